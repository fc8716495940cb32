package dev.relay.protocol;

/** Bounds that both ends enforce. Sizes are bytes, times are milliseconds, counts are messages. */
public final class Limits {
    /** Largest frame, header and header block included; checked before anything is allocated. */
    public static final int MAX_FRAME_BYTES = 1 << 20;
    /** Largest frame that is read past and refused TOO_LARGE instead of closing the connection. */
    public static final int MAX_SKIPPED_BYTES = 64 << 20;
    /** Largest control frame, and all that is taken from a peer before its HELLO (I49). */
    public static final int MAX_CONTROL_BYTES = 64 << 10;
    /** Floors that a HELLO names; they fit into {@link #MAX_CONTROL_BYTES} whatever the names are. Other lanes are settled by their acks. */
    public static final int MAX_HELLO_FLOORS = 160;

    public static final int MAX_HEADER_BLOCK_BYTES = 4096;
    public static final int MAX_JSON_DEPTH = 16;
    /** Messages without receipt per connection. */
    public static final int WINDOW_MESSAGES = 2_000;
    /** Bytes without receipt per connection. */
    public static final long WINDOW_BYTES = 16L << 20;
    /** Messages delivered and not acked per lane, at most. */
    public static final int LANE_WINDOW_MESSAGES = 2_000;
    /** Messages that every lane may have in flight whatever the byte budget says. */
    public static final int LANE_WINDOW_GUARANTEED = 16;
    /** Messages of a lane kept in memory; above it they are read back from the store. */
    public static final int LANE_MEMORY_MESSAGES = 2_000;
    /** PAUSED is told when a lane's queue rises to this. */
    public static final int HIGH_WATERMARK = 1_500;
    /** RESUMED is told when it falls to this. */
    public static final int LOW_WATERMARK = 500;

    public static final int MAX_HANDLES = 65_536;
    public static final int MAX_ERROR_TEXT_BYTES = 512;
    public static final int MAX_NAME_BYTES = 64;
    public static final int MAX_APP_ID_BYTES = 128;
    public static final int MAX_TOPIC_SEGMENTS = 8;
    public static final long HANDSHAKE_MS = 2_000;
    public static final int MAX_UNAUTHENTICATED = 64;
    public static final long PING_MS = 1_000;
    public static final long SUSPECT_MS = 3_000;
    public static final long FENCED_MS = 30_000;
    /** Retries after the first failure: offsets from it, in milliseconds of connected time. */
    public static final int RETRIES = 5;

    private static final long[] RETRY_OFFSETS_MS = {2_000, 6_000, 14_000, 30_000, 55_000};
    /** No attempt starts later than this after the first failure. */
    public static final long RETRY_BUDGET_MS = 60_000;

    /** Offset of retry {@code k} (1 to {@link #RETRIES}) from the first failure, in milliseconds. */
    public static long retryOffsetMs(int k) {
        return RETRY_OFFSETS_MS[k - 1];
    }

    private Limits() {}
}
