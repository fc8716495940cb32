package dev.relay.client.internal;

/** Class of a stream or lane; with the sender's name it is a lane's identity. */
public enum MessageClass {
    MESSAGE("message"),
    REPLY("reply"),
    TOPIC("topic"),
    EXPRESS("express"),
    GROUP("group");

    private final String wire;

    MessageClass(String wire) {
        this.wire = wire;
    }

    /** The word on the wire. */
    public String wire() {
        return wire;
    }

    /** Its inverse; throws {@link IllegalArgumentException} for another word. */
    public static MessageClass ofWire(String word) {
        for (MessageClass c : values()) {
            if (c.wire.equals(word)) {
                return c;
            }
        }
        throw new IllegalArgumentException("unknown message class: class=" + word);
    }
}
