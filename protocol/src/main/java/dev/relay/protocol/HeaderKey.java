package dev.relay.protocol;

/** Keys of header block entries. Bit 15 marks a key that its reader must understand. */
public final class HeaderKey {
    public static final int TOPIC = 1;
    public static final int IN_REPLY_TO = 2;
    public static final int ACKS = 3;
    public static final int TRACEPARENT = 4;
    public static final int TRACESTATE = 5;
    public static final int APP_ID = 6;
    public static final int ERROR_TEXT = 7;
    public static final int SHADOW = 8;
    public static final int KEY = 9;
    public static final int ORIGIN = 10;
    /** Epoch u64 and address of the partition whose handler sends it. */
    public static final int FENCE = 11;

    public static final int MUST_UNDERSTAND = 0x8000;
    /** Length of an ACKS entry: lane u32, spare u32, epoch u64, seq u64. */
    public static final int ACKS_BYTES = 24;

    private HeaderKey() {}
}
