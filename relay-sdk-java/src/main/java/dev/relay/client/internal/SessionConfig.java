package dev.relay.client.internal;

import org.jspecify.annotations.Nullable;

/**
 * Settings of one session.
 *
 * @param maxOutboxMessages messages without final receipt over all streams; at the bound {@link ClientSession#submit} refuses
 * @param maxOutboxBytes their header blocks and payloads
 * @param maxPendingRequests requests without reply
 * @param windowMessages credit per lane that is given to the daemon when deliveries are on
 * @param windowBytes the same in bytes
 * @param pid process id for the daemon's listing, 0 for none
 */
public record SessionConfig(
        String namespace,
        String name,
        int maxOutboxMessages,
        long maxOutboxBytes,
        int maxPendingRequests,
        int windowMessages,
        long windowBytes,
        String client,
        long pid,
        @Nullable String auth) {
    public SessionConfig {
        if (maxOutboxMessages < 1 || maxOutboxBytes < 1 || maxPendingRequests < 1 || windowMessages < 1) {
            throw new IllegalArgumentException("session bounds must be positive: maxOutboxMessages=" + maxOutboxMessages
                    + " maxOutboxBytes=" + maxOutboxBytes + " maxPendingRequests=" + maxPendingRequests
                    + " windowMessages=" + windowMessages);
        }
    }

    /** Defaults for an agent of this name in the default namespace. */
    public static SessionConfig of(String name) {
        return new SessionConfig("default", name, 10_000, 64L << 20, 10_000, 256, 8L << 20, "java/0.1.0", 0, null);
    }
}
