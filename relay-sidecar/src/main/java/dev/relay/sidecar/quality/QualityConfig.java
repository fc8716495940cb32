package dev.relay.sidecar.quality;

/**
 * Bounds of the gate.
 *
 * @param maxJumpPpm largest move of the middle between two published books, in millionths
 * @param confirmations changes that must agree with a jump before it is believed
 * @param confirmMs and how long it must have stood; without any further change it must stand ten times as long
 * @param maxSilenceMs no frame of any kind from the venue
 */
public record QualityConfig(int maxJumpPpm, int confirmations, long confirmMs, long maxSilenceMs) {
    public QualityConfig {
        if (maxJumpPpm < 1 || confirmations < 1 || confirmMs < 0 || maxSilenceMs < 1) {
            throw new IllegalArgumentException("quality bounds out of range, maxJumpPpm=" + maxJumpPpm
                    + " confirmations=" + confirmations + " confirmMs=" + confirmMs + " maxSilenceMs=" + maxSilenceMs);
        }
    }

    /** 5 %, confirmed by three changes and 300 ms; silence after 3 s. */
    public static QualityConfig defaults() {
        return new QualityConfig(50_000, 3, 300, 3_000);
    }
}
