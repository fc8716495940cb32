package dev.relay.protocol;

/** Frame type numbers: byte 4 of every frame. Directions and layouts are in {@code PROTOCOL.md}, section 3. */
public final class FrameType {
    public static final int HELLO = 1;
    public static final int WELCOME = 2;
    public static final int ERROR = 3;
    public static final int BIND = 4;
    public static final int BOUND = 5;
    public static final int KIND = 6;
    public static final int LANE = 7;
    public static final int CONTROL = 8;
    public static final int CONTROL_REPLY = 9;
    public static final int GOODBYE = 10;
    public static final int EVENT = 11;
    public static final int SEND = 16;
    public static final int DELIVER = 17;
    public static final int SENT = 18;
    public static final int REFUSED = 19;
    public static final int RESULT = 20;
    public static final int ACK = 21;
    public static final int ACK_OK = 22;
    public static final int NACK = 23;
    public static final int SKIP = 24;
    public static final int CREDIT = 25;
    public static final int PAUSED = 26;
    public static final int RESUMED = 27;
    public static final int MATCHED = 28;
    public static final int PING = 29;
    public static final int PONG = 30;

    private static final String[] NAMES = {
        "",
        "HELLO",
        "WELCOME",
        "ERROR",
        "BIND",
        "BOUND",
        "KIND",
        "LANE",
        "CONTROL",
        "CONTROL_REPLY",
        "GOODBYE",
        "EVENT",
        "",
        "",
        "",
        "",
        "SEND",
        "DELIVER",
        "SENT",
        "REFUSED",
        "RESULT",
        "ACK",
        "ACK_OK",
        "NACK",
        "SKIP",
        "CREDIT",
        "PAUSED",
        "RESUMED",
        "MATCHED",
        "PING",
        "PONG"
    };

    /** True when version 1 defines the type. */
    public static boolean isKnown(int type) {
        return type > 0 && type < NAMES.length && !NAMES[type].isEmpty();
    }

    /** True for types whose body is a JSON object. */
    public static boolean isControl(int type) {
        return type >= HELLO && type <= EVENT;
    }

    /** The type's word in the specification, or {@code TYPE_n}. */
    public static String nameOf(int type) {
        return isKnown(type) ? NAMES[type] : "TYPE_" + type;
    }

    private FrameType() {}
}
