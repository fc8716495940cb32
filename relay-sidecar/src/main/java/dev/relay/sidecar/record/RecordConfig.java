package dev.relay.sidecar.record;

import java.nio.file.Path;

/**
 * Where and how a recording is kept.
 *
 * @param venueName the venue's name in configuration, written into every part
 * @param dir folder of the parts, made when missing
 * @param maxPartBytes compressed size after which a new part begins
 * @param maxPartMs age after which a new part begins
 */
public record RecordConfig(String venueName, Path dir, long maxPartBytes, long maxPartMs) {
    private static final long DEFAULT_PART_BYTES = 64L << 20;
    private static final long DEFAULT_PART_MS = 3_600_000;

    public RecordConfig {
        if (maxPartBytes < 1_024 || maxPartMs < 1_000) {
            throw new IllegalArgumentException("a part must hold at least 1024 bytes and last 1000 ms, maxPartBytes="
                    + maxPartBytes + " maxPartMs=" + maxPartMs);
        }
    }

    /** Parts of 64 MiB or an hour. */
    public static RecordConfig of(String venueName, Path dir) {
        return new RecordConfig(venueName, dir, DEFAULT_PART_BYTES, DEFAULT_PART_MS);
    }
}
