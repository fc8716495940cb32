package dev.relay.daemon.routing;

import dev.relay.daemon.session.QuotaLimits;
import dev.relay.protocol.Limits;

/**
 * What an operator can choose about the heart. Sizes are bytes, times milliseconds, counts messages. Invalid values are refused when built.
 */
public record BusConfig(
        String version,
        long pingMs,
        long suspectMs,
        long fencedMs,
        long handshakeMs,
        int maxUnauthenticated,
        int windowMessages,
        long windowBytes,
        int memoryMessages,
        int highWatermark,
        int lowWatermark,
        long mailboxMessages,
        long mailboxBytes,
        int maxAgents,
        long memoryBytes,
        int journalDays,
        Breaking breaker,
        QuotaLimits quota,
        Probing probing) {
    private static final int JOURNAL_DAYS = 7;
    private static final int MANY_SESSIONS = 1_000;

    /**
     * When breakers open: after so many failures in a row, 0 for never, and for how long.
     */
    public record Breaking(int agentFailures, int laneFailures, long coolDownMs) {
        public static final Breaking USUAL = new Breaking(5, 5, 30_000);

        public Breaking {
            require(agentFailures >= 0, "breaker_failures", agentFailures);
            require(laneFailures >= 0, "lane_breaker_failures", laneFailures);
            require(coolDownMs > 0, "breaker_cooldown_ms", coolDownMs);
        }
    }

    /**
     * How soon a silent agent is named: it is asked after {@code afterMs} of silence, and has {@code answerMs} to answer. Changes nothing for the agent; being suspect and fenced does.
     */
    public record Probing(long afterMs, long answerMs) {
        public Probing {
            require(afterMs > 0, "probe_ms", afterMs);
            require(answerMs > 0, "silent_ms", answerMs);
        }
    }

    /** With the usual memory, a quarter of what the process may have, and the usual journal. */
    public BusConfig(
            String version,
            long pingMs,
            long suspectMs,
            long fencedMs,
            long handshakeMs,
            int maxUnauthenticated,
            int windowMessages,
            long windowBytes,
            int memoryMessages,
            int highWatermark,
            int lowWatermark,
            long mailboxMessages,
            long mailboxBytes,
            int maxAgents) {
        this(
                version,
                pingMs,
                suspectMs,
                fencedMs,
                handshakeMs,
                maxUnauthenticated,
                windowMessages,
                windowBytes,
                memoryMessages,
                highWatermark,
                lowWatermark,
                mailboxMessages,
                mailboxBytes,
                maxAgents,
                Math.max(64L << 20, Runtime.getRuntime().maxMemory() / 4),
                JOURNAL_DAYS,
                Breaking.USUAL,
                QuotaLimits.NONE,
                new Probing(pingMs, pingMs));
    }

    /** So many sessions that asking each of them often would cost more than their messages. */
    static boolean isCrowd(int sessions) {
        return sessions > MANY_SESSIONS;
    }

    /** Silence after which either side of a session says something. In a crowd it leaves {@link #pingMs()} for the answer before anybody is suspect. */
    long pingMs(int sessions) {
        return isCrowd(sessions) ? Math.max(pingMs, suspectMs - pingMs) : pingMs;
    }

    public BusConfig {
        require(memoryBytes > 0, "memory_bytes", memoryBytes);
        require(journalDays > 0, "journal_days", journalDays);
        require(lowWatermark > 0 && lowWatermark < highWatermark, "low_watermark", lowWatermark);
        require(highWatermark <= memoryMessages, "high_watermark", highWatermark);
        require(windowMessages > 0 && windowMessages <= Limits.WINDOW_MESSAGES, "window_messages", windowMessages);
        require(pingMs > 0 && pingMs < suspectMs, "ping_ms", pingMs);
        require(suspectMs < fencedMs, "suspect_ms", suspectMs);
        require(mailboxMessages > 0, "mailbox_messages", mailboxMessages);
    }

    /** The values of the protocol's table of limits. */
    public static BusConfig defaults(String version) {
        return new BusConfig(
                version,
                Limits.PING_MS,
                Limits.SUSPECT_MS,
                Limits.FENCED_MS,
                Limits.HANDSHAKE_MS,
                Limits.MAX_UNAUTHENTICATED,
                Limits.WINDOW_MESSAGES,
                Limits.WINDOW_BYTES,
                Limits.LANE_MEMORY_MESSAGES,
                Limits.HIGH_WATERMARK,
                Limits.LOW_WATERMARK,
                1_000_000,
                4L << 30,
                100_000);
    }

    /** The same with another budget for message bytes in memory: above three quarters lanes spill, above it sends are refused QUEUE_FULL (I25). */
    public BusConfig withMemory(long bytes) {
        return with(windowMessages, windowBytes, bytes, quota, probing);
    }

    /** The same with a quota for every agent that has none of its own. */
    BusConfig withQuota(QuotaLimits other) {
        return with(windowMessages, windowBytes, memoryBytes, other, probing);
    }

    /** The same with other probes. */
    BusConfig withProbing(Probing other) {
        return with(windowMessages, windowBytes, memoryBytes, quota, other);
    }

    /** The same with other windows of a connection. */
    BusConfig withWindows(int messages, long bytes) {
        return with(messages, bytes, memoryBytes, quota, probing);
    }

    private BusConfig with(int messages, long bytes, long memory, QuotaLimits newQuota, Probing newProbing) {
        return new BusConfig(
                version,
                pingMs,
                suspectMs,
                fencedMs,
                handshakeMs,
                maxUnauthenticated,
                messages,
                bytes,
                memoryMessages,
                highWatermark,
                lowWatermark,
                mailboxMessages,
                mailboxBytes,
                maxAgents,
                memory,
                journalDays,
                breaker,
                newQuota,
                newProbing);
    }

    private static void require(boolean condition, String key, long value) {
        if (!condition) {
            throw new IllegalArgumentException("bad configuration: key=" + key + " value=" + value);
        }
    }
}
