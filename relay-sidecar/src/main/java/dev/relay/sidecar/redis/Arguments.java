package dev.relay.sidecar.redis;

import dev.relay.sidecar.book.Scale;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.args.Rawable;

/**
 * Collects the arguments of one EVALSHA and their size. The arrays of short numbers and members are used again by the next
 * call, which is why a call must have been sent before the next one is begun. Redis thread only. Bounded by the largest
 * call: as many arrays of each length are kept as one call had of it.
 */
final class Arguments {
    /** Length line and line ends around one argument on the wire. */
    private static final int OVERHEAD_BYTES = 10;

    private static final int MOST_BYTES = 2 * Scale.MAX_TEXT_BYTES + 2;
    private static final Scale WHOLE = new Scale(0);

    private final List<byte[]> parts = new ArrayList<>();
    private final byte[] scratch = new byte[MOST_BYTES];
    /** By length: arrays made so far, and how many of them this call has. */
    private final List<List<byte[]>> shorts = new ArrayList<>();

    private final int[] used = new int[MOST_BYTES];
    private final Map<String, byte[]> names = new HashMap<>();
    private final Call call = new Call();
    private long bytes;

    Arguments() {
        for (int length = 0; length < MOST_BYTES; length++) {
            shorts.add(new ArrayList<>());
        }
    }

    Arguments clear() {
        parts.clear();
        Arrays.fill(used, 0);
        bytes = 0;
        return this;
    }

    Arguments add(byte[] part) {
        parts.add(part);
        bytes += part.length + OVERHEAD_BYTES;
        return this;
    }

    Arguments add(String text) {
        return add(text.getBytes(StandardCharsets.UTF_8));
    }

    Arguments add(long number) {
        return number < 0 ? add(Long.toString(number)) : addShort(WHOLE.write(number, scratch, 0));
    }

    /** One of few words, whose bytes are kept. */
    Arguments word(String name) {
        return add(names.computeIfAbsent(name, word -> word.getBytes(StandardCharsets.UTF_8)));
    }

    Arguments pair(String field, long number) {
        return word(field).add(number);
    }

    /** Exact, without trailing zeros. */
    Arguments decimal(Scale scale, long value) {
        return addShort(scale.write(value, scratch, 0));
    }

    /** {@code price:quantity}, exact. */
    Arguments member(Scale priceScale, long price, Scale quantityScale, long quantity) {
        int at = priceScale.write(price, scratch, 0);
        scratch[at++] = ':';
        return addShort(quantityScale.write(quantity, scratch, at));
    }

    /** The price as score (ordering only), then the member. */
    Arguments scoreAndMember(Scale priceScale, long price, Scale quantityScale, long quantity) {
        addShort(priceScale.write(price, scratch, 0));
        return member(priceScale, price, quantityScale, quantity);
    }

    private Arguments addShort(int length) {
        List<byte[]> made = shorts.get(length);
        int next = used[length]++;
        if (next == made.size()) {
            made.add(new byte[length]);
        }
        byte[] part = made.get(next);
        System.arraycopy(scratch, 0, part, 0, length);
        return add(part);
    }

    /** What the collected arguments take on the wire. */
    long bytes() {
        return bytes;
    }

    /** The call to send now; it is gone when the next one is begun. */
    CommandArguments call() {
        return call;
    }

    /** The collected arguments as Jedis takes them, without an object for each. */
    private final class Call extends CommandArguments {
        private final Steps steps = new Steps();

        Call() {
            super(Command.EVALSHA);
        }

        @Override
        public int size() {
            return 1 + parts.size();
        }

        @Override
        public Iterator<Rawable> iterator() {
            steps.next = 0;
            return steps;
        }
    }

    /** Steps over the command and its arguments, and is each of them in its turn. */
    private final class Steps implements Iterator<Rawable>, Rawable {
        private int next;

        @Override
        public boolean hasNext() {
            return next <= parts.size();
        }

        @Override
        public Rawable next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            next++;
            return this;
        }

        @Override
        public byte[] getRaw() {
            return next == 1 ? Command.EVALSHA.getRaw() : parts.get(next - 2);
        }
    }
}
