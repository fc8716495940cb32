package dev.relay.client.internal;

/** Identity of an outgoing stream: what the daemon numbers marks by, together with the sender. */
public record StreamKey(String targetKind, String target, MessageClass messageClass) {
    /** Direct messages to an agent. */
    public static StreamKey agent(String name) {
        return new StreamKey("agent", name, MessageClass.MESSAGE);
    }

    /** Messages to one of a group. */
    public static StreamKey group(String name) {
        return new StreamKey("group", name, MessageClass.MESSAGE);
    }

    /** Replies to an agent. */
    public static StreamKey reply(String name) {
        return new StreamKey("agent", name, MessageClass.REPLY);
    }

    /** Express messages to an agent. */
    public static StreamKey express(String name) {
        return new StreamKey("agent", name, MessageClass.EXPRESS);
    }

    /** All publications of this agent. */
    public static StreamKey topics() {
        return new StreamKey("topics", "", MessageClass.MESSAGE);
    }
}
