package dev.relay.sidecar.admin;

/**
 * How long the sidecar waits for a sign of life before its health names what is silent. Nothing is cut or charged for it: connections have
 * their own, longer limits. Each bound is well above what a pause of a garbage collector or a distant venue's answer takes, and below a
 * second, so that a cause is known before anybody asks.
 *
 * @param redisMs an answer of Redis is awaited; it is asked every 200 ms
 * @param feedMs no frame of a venue, not even the pong that is asked for after 400 ms
 * @param loopMs the feed's thread has not moved; it ticks every 100 ms
 * @param busMs nothing from the daemon, which pings a silent agent after 200 ms
 */
public record Patience(long redisMs, long feedMs, long loopMs, long busMs) {
    private static final int READINESS_TIMES = 3;

    public static Patience usual() {
        return new Patience(500, 800, 700, 800);
    }

    /** How long readiness waits: a pause that health may name takes nothing out of service, what lasts does. */
    Patience ofReadiness() {
        return new Patience(
                READINESS_TIMES * redisMs, READINESS_TIMES * feedMs, READINESS_TIMES * loopMs, READINESS_TIMES * busMs);
    }
}
