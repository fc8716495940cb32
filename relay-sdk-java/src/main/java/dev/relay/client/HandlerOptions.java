package dev.relay.client;

import org.jspecify.annotations.Nullable;

/**
 * Which messages a handler takes besides their kind, and when they count as handled. Immutable.
 *
 * @param sender only from this agent, null for any
 * @param topic only published on topics that match this pattern, null for any message
 * @param group only what comes by this work group, null for any message
 * @param ack when a message is acked
 */
public record HandlerOptions(
        @Nullable String sender,
        @Nullable String topic,
        @Nullable String group,
        AckMode ack) {
    /** Everything, acked when the handler returns. */
    public static final HandlerOptions ANY = new HandlerOptions(null, null, null, AckMode.ON_SUCCESS);

    /** Without a group. */
    public HandlerOptions(@Nullable String sender, @Nullable String topic, AckMode ack) {
        this(sender, topic, null, ack);
    }

    /** Only from this agent. */
    public static HandlerOptions from(String sender) {
        return new HandlerOptions(sender, null, AckMode.ON_SUCCESS);
    }

    /** Only what is published on matching topics; {@link Relay#subscribe} is a call of its own. */
    public static HandlerOptions topic(String pattern) {
        return new HandlerOptions(null, pattern, AckMode.ON_SUCCESS);
    }

    /** Only what comes by this work group. */
    public static HandlerOptions ofGroup(String group) {
        return new HandlerOptions(null, null, group, AckMode.ON_SUCCESS);
    }

    /** Everything, acked by {@link Message#ack}. */
    public static HandlerOptions manual() {
        return new HandlerOptions(null, null, AckMode.MANUAL);
    }
}
