package dev.relay.client.internal;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a session tells its owner. Called on the thread that called the session, in the order of the wire; implementations return at once
 * and do not call the session back.
 */
public interface SessionListener {
    /** The session is open. {@code resumed} is false for a first session and after the daemon's store was replaced. */
    default void onOpen(boolean resumed) {}

    /** The message is safe; {@code by} is one of {@code Frames.BY_*}. */
    void onSent(Outgoing message, int by);

    /** The message was not accepted and is never delivered. {@code code} is a number of {@code errors.json}. */
    void onRefused(Outgoing message, int code, int retryAfterMs);

    /** The addressee's own outcome: {@code outcome} is {@code Frames.ACKED} or {@code Frames.DEAD} with its reason number. */
    void onResult(Outgoing message, int outcome, int reason, int attempts);

    /** Nothing more can be learned about the message. */
    void onUnknown(Outgoing message, String why);

    /** How many subscriptions a publication matched. */
    default void onMatched(Outgoing message, int durable, int live) {}

    /** A reply to a pending request; it is acked already. */
    void onReply(Outgoing request, Inbound reply);

    /** At least one delivery can be started with {@link ClientSession#startNext}. */
    default void onReady() {}

    /** The recipient's queue rose above (paused) or fell below (not paused) its watermark. */
    default void onPressure(String target, boolean paused, int queued) {}

    /** The answer to a control call: CONTROL_REPLY's fields, or null when the connection was lost before it came. */
    default void onControlReply(long ref, @Nullable Map<String, @Nullable Object> reply) {}

    /** An EVENT of the daemon, by its name. */
    default void onEvent(String name, Map<String, @Nullable Object> event) {}

    /** The daemon's ERROR frame. When fatal, the session is closed for good and must not reconnect. */
    void onError(String code, String message, boolean fatal);
}
