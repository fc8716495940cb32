package dev.relay.daemon.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The checksum that every row of state carries: CRC32C over its values with their types and lengths. SQLite's own check looks at structure only, so a flipped bit in
 * a floor would silently finish messages; with the sum it is damage with a name.
 */
final class RowSum {
    private static final byte NULL = 0;
    private static final byte NUMBER = 1;
    private static final byte TEXT = 2;
    private static final byte BLOB = 3;

    private final CRC32C crc = new CRC32C();
    private final ByteBuffer head = ByteBuffer.allocate(1 + Long.BYTES);

    /** Numbers of any width count as 64 bits, as SQLite gives them back. */
    static long of(@Nullable Object... values) {
        RowSum sum = new RowSum();
        for (Object value : values) {
            sum.add(value);
        }
        return sum.value();
    }

    RowSum add(@Nullable Object value) {
        if (value == null) {
            head(NULL, 0);
        } else if (value instanceof Number number) {
            head(NUMBER, number.longValue());
        } else if (value instanceof byte[] bytes) {
            bytes(BLOB, bytes);
        } else {
            bytes(TEXT, value.toString().getBytes(StandardCharsets.UTF_8));
        }
        return this;
    }

    long value() {
        return crc.getValue();
    }

    private void bytes(byte type, byte[] bytes) {
        head(type, bytes.length);
        crc.update(bytes, 0, bytes.length);
    }

    private void head(byte type, long number) {
        crc.update(head.clear().put(type).putLong(number).flip());
    }
}
