package dev.relay.sidecar.redis;

import dev.relay.sidecar.book.Scale;
import java.util.Arrays;

/** Builds a text of ASCII in one array that grows to the longest and is used again. Redis thread only. */
final class AsciiText {
    private static final Scale WHOLE = new Scale(0);

    private byte[] bytes = new byte[2_048];
    private int length;

    AsciiText clear() {
        length = 0;
        return this;
    }

    AsciiText add(String text) {
        room(text.length());
        for (int i = 0; i < text.length(); i++) {
            bytes[length++] = (byte) text.charAt(i);
        }
        return this;
    }

    AsciiText add(long number) {
        if (number < 0) {
            return add(Long.toString(number));
        }
        return add(WHOLE, number);
    }

    AsciiText add(Scale scale, long value) {
        room(Scale.MAX_TEXT_BYTES);
        length = scale.write(value, bytes, length);
        return this;
    }

    private void room(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, 2 * (length + more));
        }
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }
}
