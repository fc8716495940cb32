package dev.relay.sidecar.redis;

import java.nio.charset.StandardCharsets;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * What a script's answer means. Redis 6.2 hides the cause of a script's failure inside {@code ERR Error running script},
 * so causes are found by substring.
 */
enum WriteOutcome {
    OK,
    /** Another, newer sidecar writes: this one must stop for good. */
    FENCED,
    /** Redis does not hold what was last written: write the whole book. */
    RESYNC,
    /** The renewal stood in a queue longer than the liveness key may live, so it was not done. */
    LATE,
    /** The script is not loaded (server restarted). */
    NOSCRIPT,
    /** Out of memory. */
    OOM,
    /** A replica: the connection points at the wrong server. */
    READONLY,
    /** Redis refuses writes because it cannot save. */
    MISCONF,
    /** Any other error reply. */
    ERROR;

    static WriteOutcome of(Object reply) {
        if (reply instanceof JedisDataException error) {
            return ofError(String.valueOf(error.getMessage()));
        }
        if (reply instanceof byte[] bytes) {
            String text = new String(bytes, StandardCharsets.UTF_8);
            return switch (text) {
                case "OK" -> OK;
                case "FENCED" -> FENCED;
                case "RESYNC" -> RESYNC;
                case "LATE" -> LATE;
                default -> ERROR;
            };
        }
        return ERROR;
    }

    private static WriteOutcome ofError(String message) {
        for (WriteOutcome outcome : new WriteOutcome[] {NOSCRIPT, OOM, READONLY, MISCONF}) {
            if (message.contains(outcome.name())) {
                return outcome;
            }
        }
        return ERROR;
    }

    /** Redis refuses writes for now: asking again at once would only make it busier. */
    boolean needsPause() {
        return this == OOM || this == MISCONF || this == ERROR;
    }

    /** The connection itself is of no use any more. */
    boolean needsReconnect() {
        return this == NOSCRIPT || this == READONLY;
    }
}
