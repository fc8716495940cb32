package dev.relay.protocol;

/** Bits of byte 5 of SEND and DELIVER. */
public final class Flags {
    /** The sender asks for RESULT. */
    public static final int WANT_RESULT = 1;
    /** Sent before on an earlier connection; may be a duplicate. */
    public static final int RESENT = 2;
    /** May have been delivered before. */
    public static final int REDELIVERED = 4;
    /** A receipt by ack is not enough. */
    public static final int REQUIRE_DISK = 8;
    /** Always written and kept for audit. */
    public static final int JOURNAL = 16;
    /** The header block carries an application id. */
    public static final int APP_ID = 32;
    /** Answers a request and acks it. */
    public static final int REPLY = 64;
    /** Asks for one reply. */
    public static final int REQUEST = 128;

    private Flags() {}
}
