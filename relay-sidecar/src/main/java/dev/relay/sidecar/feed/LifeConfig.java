package dev.relay.sidecar.feed;

/**
 * When a connection counts as failed, dead, mute or old.
 *
 * @param setupTimeoutMs from the attempt to the confirmed subscription
 * @param silenceMs no frame of any kind: the peer is gone
 * @param dataSilenceMs frames but no market data: the first suspicion; grows with the pauses the market is seen to make
 *     and each time it was wrong, up to {@link #MAX_DATA_SILENCE_MS}
 * @param maxAgeMs age at which a younger connection takes over, before the venue cuts this one
 * @param handoverMs how long both connections may run side by side
 */
public record LifeConfig(long setupTimeoutMs, long silenceMs, long dataSilenceMs, long maxAgeMs, long handoverMs) {
    public static final long MAX_DATA_SILENCE_MS = 600_000;

    public LifeConfig {
        if (setupTimeoutMs < 1 || silenceMs < 1 || dataSilenceMs < 1 || maxAgeMs < 1 || handoverMs < 1) {
            throw new IllegalArgumentException("all times must be positive, setupTimeoutMs=" + setupTimeoutMs
                    + " silenceMs=" + silenceMs + " dataSilenceMs=" + dataSilenceMs + " maxAgeMs=" + maxAgeMs
                    + " handoverMs=" + handoverMs);
        }
    }

    /** Set-up 30 s, silence 10 s, no data 30 s, rotation after 23 h, hand-over 10 s. */
    public static LifeConfig defaults() {
        return new LifeConfig(30_000, 10_000, 30_000, 23 * 3_600_000L, 10_000);
    }

    public LifeConfig withSilenceMs(long ms) {
        return new LifeConfig(setupTimeoutMs, ms, dataSilenceMs, maxAgeMs, handoverMs);
    }
}
