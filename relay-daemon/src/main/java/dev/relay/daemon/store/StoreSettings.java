package dev.relay.daemon.store;

import java.nio.file.Path;

/**
 * How a store is kept.
 *
 * @param isFullSync a commit survives power loss, not only the death of the process
 * @param ballastBytes room held back for acks and dead letters when the disk is full; 0 holds none
 * @param maxBytes size of the store above which new messages are refused like on a full disk; 0 is no limit
 * @param checkpointBytes how much may be written to the log before an idle store moves it into the database
 */
public record StoreSettings(Path dataDir, boolean isFullSync, long ballastBytes, long maxBytes, long checkpointBytes) {
    static final long BALLAST_BYTES = 16L << 20;
    static final long CHECKPOINT_BYTES = 4L << 20;

    public StoreSettings {
        if (ballastBytes < 0 || maxBytes < 0 || checkpointBytes < 1) {
            throw new IllegalArgumentException("bad store settings: ballast_bytes=" + ballastBytes + " max_bytes="
                    + maxBytes + " checkpoint_bytes=" + checkpointBytes);
        }
    }

    public static StoreSettings of(Path dataDir, boolean isFullSync) {
        return new StoreSettings(dataDir, isFullSync, BALLAST_BYTES, 0, CHECKPOINT_BYTES);
    }

    public StoreSettings withMaxBytes(long bytes) {
        return new StoreSettings(dataDir, isFullSync, ballastBytes, bytes, checkpointBytes);
    }
}
