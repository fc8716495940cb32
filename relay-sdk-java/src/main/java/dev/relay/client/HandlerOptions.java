package dev.relay.client;

import org.jspecify.annotations.Nullable;

/**
 * Which messages a handler takes besides their kind.
 *
 * @param sender only from this agent, null for any
 * @param topic only published on topics that match this pattern, null for any message
 */
public record HandlerOptions(
        @Nullable String sender, @Nullable String topic, AckMode ack) {
    public static final HandlerOptions ANY = new HandlerOptions(null, null, AckMode.ON_SUCCESS);

    public static HandlerOptions from(String sender) {
        return new HandlerOptions(sender, null, AckMode.ON_SUCCESS);
    }

    public static HandlerOptions topic(String pattern) {
        return new HandlerOptions(null, pattern, AckMode.ON_SUCCESS);
    }

    public static HandlerOptions manual() {
        return new HandlerOptions(null, null, AckMode.MANUAL);
    }
}
