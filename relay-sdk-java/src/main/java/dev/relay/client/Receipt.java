package dev.relay.client;

import org.jspecify.annotations.Nullable;

/**
 * The message is safe.
 *
 * @param by why it is: written to disk, handled by its recipient, or (express) handed over
 * @param message names it for {@link Relay#fate}
 * @param durableMatches durable subscriptions that a publication matched; -1 when that is not known, as for direct messages and for a
 *     publication that the daemon had accepted before a reconnect
 * @param liveMatches live subscriptions that it matched, or -1
 */
public record Receipt(By by, @Nullable MessageRef message, int durableMatches, int liveMatches) {
    /** What made it safe. */
    public enum By {
        DISK,
        ACK,
        LIVE
    }
}
