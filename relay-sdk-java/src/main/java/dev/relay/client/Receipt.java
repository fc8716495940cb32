package dev.relay.client;

/**
 * The message is safe.
 *
 * @param by why it is: written to disk, handled by its recipient, or (express) handed over
 * @param durableMatches durable subscriptions that a publication matched, else 0
 * @param liveMatches live subscriptions that it matched, else 0
 */
public record Receipt(By by, int durableMatches, int liveMatches) {
    /** What made it safe. */
    public enum By {
        DISK,
        ACK,
        LIVE
    }
}
