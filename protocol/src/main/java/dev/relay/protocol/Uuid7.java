package dev.relay.protocol;

import java.nio.ByteBuffer;
import java.util.random.RandomGenerator;

/**
 * Makes UUIDs of version 7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, a 12-bit counter that keeps ids of one millisecond rising,
 * 62 random bits. One owner thread per instance; {@link #next} then {@link #msb} and {@link #lsb}, so that no object is made.
 */
public final class Uuid7 {
    private static final long VERSION = 0x7000L;
    private static final long VARIANT = 0x8000_0000_0000_0000L;

    private final Clock clock;
    private final RandomGenerator random;
    private long stamp;
    private int counter;
    private long lsb;

    public Uuid7(Clock clock, RandomGenerator random) {
        this.clock = clock;
        this.random = random;
    }

    /** Moves on to the next id. Rises even when the wall clock goes back. */
    public void next() {
        long now = clock.wallMs();
        if (now > stamp) {
            stamp = now;
            counter = random.nextInt(1 << 11);
        } else if (++counter == 1 << 12) {
            stamp++;
            counter = 0;
        }
        lsb = random.nextLong() >>> 2 | VARIANT;
    }

    public long msb() {
        return stamp << 16 | VERSION | counter;
    }

    public long lsb() {
        return lsb;
    }

    /** The sixteen bytes in wire order. */
    public static byte[] bytes(long msb, long lsb) {
        return ByteBuffer.allocate(16).putLong(msb).putLong(lsb).array();
    }
}
