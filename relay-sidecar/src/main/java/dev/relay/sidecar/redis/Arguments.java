package dev.relay.sidecar.redis;

import dev.relay.sidecar.book.Scale;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Collects the arguments of one EVALSHA and their size. Redis thread only. */
final class Arguments {
    /** Length line and line ends around one argument on the wire. */
    private static final int OVERHEAD_BYTES = 10;

    private final List<byte[]> parts = new ArrayList<>();
    private final byte[] scratch = new byte[2 * Scale.MAX_TEXT_BYTES + 1];
    private long bytes;

    Arguments clear() {
        parts.clear();
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
        return add(Long.toString(number));
    }

    Arguments pair(String field, long number) {
        return add(field).add(number);
    }

    /** {@code price:quantity}, exact. */
    void member(Scale priceScale, long price, Scale quantityScale, long quantity) {
        int at = priceScale.write(price, scratch, 0);
        scratch[at++] = ':';
        add(Arrays.copyOf(scratch, quantityScale.write(quantity, scratch, at)));
    }

    /** The price as score (ordering only), then the member. */
    void scoreAndMember(Scale priceScale, long price, Scale quantityScale, long quantity) {
        add(Arrays.copyOf(scratch, priceScale.write(price, scratch, 0)));
        member(priceScale, price, quantityScale, quantity);
    }

    /** What the collected arguments take on the wire. */
    long bytes() {
        return bytes;
    }

    byte[][] toArray() {
        return parts.toArray(new byte[0][]);
    }
}
