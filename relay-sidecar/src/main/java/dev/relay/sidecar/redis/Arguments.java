package dev.relay.sidecar.redis;

import dev.relay.sidecar.book.Scale;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Collects the arguments of one EVALSHA. Redis thread only. */
final class Arguments {
    private final List<byte[]> parts = new ArrayList<>();
    private final byte[] scratch = new byte[2 * Scale.MAX_TEXT_BYTES + 1];

    Arguments clear() {
        parts.clear();
        return this;
    }

    Arguments add(String text) {
        parts.add(text.getBytes(StandardCharsets.UTF_8));
        return this;
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
        parts.add(Arrays.copyOf(scratch, quantityScale.write(quantity, scratch, at)));
    }

    /** The price as score (ordering only), then the member. */
    void scoreAndMember(Scale priceScale, long price, Scale quantityScale, long quantity) {
        parts.add(Arrays.copyOf(scratch, priceScale.write(price, scratch, 0)));
        member(priceScale, price, quantityScale, quantity);
    }

    byte[][] toArray() {
        return parts.toArray(new byte[0][]);
    }
}
