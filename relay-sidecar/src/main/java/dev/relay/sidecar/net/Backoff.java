package dev.relay.sidecar.net;

import java.util.SplittableRandom;

/**
 * Reconnect delays with full jitter: uniform in [0, min(cap, base * 2^attempt)], for ever.
 *
 * <p>The attempt count falls back to zero only after a connection stayed up for {@code healthyMs}, so a peer that accepts
 * and drops at once is not hammered. One owner thread; time and randomness come from outside.
 */
public final class Backoff {
    private static final int MAX_SHIFT = 30;

    private final long baseMs;
    private final long capMs;
    private final long healthyMs;
    private final SplittableRandom random;
    private int attempt;
    private boolean isUp;
    private long upSinceMs;

    public Backoff(long baseMs, long capMs, long healthyMs, long seed) {
        if (baseMs <= 0 || capMs < baseMs || healthyMs < 0) {
            throw new IllegalArgumentException(
                    "need 0 < baseMs <= capMs and healthyMs >= 0, baseMs=" + baseMs + " capMs=" + capMs);
        }
        this.baseMs = baseMs;
        this.capMs = capMs;
        this.healthyMs = healthyMs;
        this.random = new SplittableRandom(seed);
    }

    /** 250 ms doubling to 30 s; healthy after 60 s. */
    public static Backoff defaults(long seed) {
        return new Backoff(250, 30_000, 60_000, seed);
    }

    /** The connection is up since {@code nowMs} (monotonic milliseconds). */
    public void onUp(long nowMs) {
        isUp = true;
        upSinceMs = nowMs;
    }

    /** The connection ended or the attempt failed: how long to wait before the next one. */
    public long nextDelayMs(long nowMs) {
        if (isUp && nowMs - upSinceMs >= healthyMs) {
            attempt = 0;
        }
        isUp = false;
        long ceilingMs = attempt >= MAX_SHIFT ? capMs : Math.min(capMs, baseMs << attempt);
        if (attempt < MAX_SHIFT) {
            attempt++;
        }
        return random.nextLong(ceilingMs + 1);
    }
}
