package dev.relay.exchange.stream;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** One event of one stream, encoded once for all who listen; the wrapped form is made at first need. */
final class StreamMessage {
    private final String stream;
    private final byte[] raw;
    private byte @Nullable [] combined;

    StreamMessage(String stream, byte[] raw) {
        this.stream = stream;
        this.raw = raw;
    }

    byte[] raw() {
        return raw;
    }

    byte[] combined() {
        byte[] known = combined;
        if (known == null) {
            known = wrap();
            combined = known;
        }
        return known;
    }

    private byte[] wrap() {
        byte[] head = ("{\"stream\":\"" + stream + "\",\"data\":").getBytes(StandardCharsets.US_ASCII);
        byte[] wrapped = new byte[head.length + raw.length + 1];
        System.arraycopy(head, 0, wrapped, 0, head.length);
        System.arraycopy(raw, 0, wrapped, head.length, raw.length);
        wrapped[wrapped.length - 1] = '}';
        return wrapped;
    }
}
