package dev.relay.sidecar.redis;

import dev.relay.sidecar.net.SidecarClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * How Redis takes the writes, and by that when the next one may be tried: after a refusal in {@value #ERROR_PAUSE_MS} ms,
 * after FENCED never again. The redis thread notes every answer, any thread reads.
 */
final class WriteHealth {
    private static final Logger LOG = LoggerFactory.getLogger(WriteHealth.class);
    private static final int ERROR_PAUSE_MS = 50;
    private static final int ERROR_LOG_EVERY_MS = 5_000;

    private final SidecarClock clock;
    private final WriteCounts counts;
    private final long epoch;
    private volatile boolean isFenced;
    private volatile boolean isRefusing;
    private volatile long lastOkAtMs;
    private volatile String lastError = "";
    private long pausedUntilMs;
    private long nextErrorLogMs;

    WriteHealth(SidecarClock clock, WriteCounts counts, long epoch) {
        this.clock = clock;
        this.counts = counts;
        this.epoch = epoch;
    }

    void note(WriteOutcome outcome, Object reply) {
        switch (outcome) {
            case OK -> noteOk();
            case RESYNC -> {
                noteOk();
                counts.resyncs.increment();
            }
            case FENCED -> {
                isFenced = true;
                lastError = "FENCED";
                LOG.error("fenced epoch={} action=all_writes_stopped", epoch);
            }
            default -> noteError(outcome, reply);
        }
    }

    private void noteOk() {
        lastOkAtMs = clock.monotonicMs();
        isRefusing = false;
    }

    private void noteError(WriteOutcome outcome, Object reply) {
        counts.errorReplies.increment();
        isRefusing = true;
        lastError = outcome + (reply instanceof JedisDataException e ? " " + e.getMessage() : "");
        long nowMs = clock.monotonicMs();
        if (outcome.needsPause()) {
            pausedUntilMs = nowMs + ERROR_PAUSE_MS;
        }
        if (nowMs >= nextErrorLogMs) {
            nextErrorLogMs = nowMs + ERROR_LOG_EVERY_MS;
            LOG.warn("redis_reply outcome={} errors={} error={}", outcome, counts.errorReplies.sum(), lastError);
        }
    }

    void onConnectionLost(RuntimeException error) {
        lastError = String.valueOf(error.getMessage());
    }

    /** How long no write may be tried because the last one was refused; at most 0 when one may. */
    long pauseMs() {
        return pausedUntilMs - clock.monotonicMs();
    }

    /** A newer sidecar writes: this one has stopped for good. */
    boolean isFenced() {
        return isFenced;
    }

    boolean isRefusing() {
        return isRefusing;
    }

    long lastOkAtMs() {
        return lastOkAtMs;
    }

    String lastError() {
        return lastError;
    }
}
