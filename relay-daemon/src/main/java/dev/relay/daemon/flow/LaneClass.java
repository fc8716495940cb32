package dev.relay.daemon.flow;

/** Classes of streams and lanes: the wire's words and the store's numbers. Numbers never change. */
public final class LaneClass {
    public static final int MESSAGE = 0;
    public static final int REPLY = 1;
    public static final int TOPIC = 2;
    public static final int EXPRESS = 3;
    /** To a work group: one stream, a lane per partition. */
    public static final int GROUP = 4;

    private static final String[] NAMES = {"message", "reply", "topic", "express", "group"};

    /** The number of a word, or -1. */
    public static int of(Object name) {
        for (int i = 0; i < NAMES.length; i++) {
            if (NAMES[i].equals(name)) {
                return i;
            }
        }
        return -1;
    }

    public static String nameOf(int laneClass) {
        return NAMES[laneClass];
    }

    private LaneClass() {}
}
