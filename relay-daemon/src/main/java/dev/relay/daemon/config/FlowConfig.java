package dev.relay.daemon.config;

/**
 * The bounds of the bus. At each one something stated happens: the sender window refuses QUEUE_FULL, the lane queue spills to the store and
 * tells its senders PAUSED and RESUMED, the mailbox refuses MAILBOX_FULL, the output bound closes a peer that does not read, a connection
 * too many is refused OVERLOADED.
 */
public record FlowConfig(
        int windowMessages,
        long windowBytes,
        int laneQueueMessages,
        int pauseAtMessages,
        int resumeAtMessages,
        long mailboxMessages,
        long mailboxBytes,
        long outputBytes,
        int maxConnections,
        long memoryBytes,
        int journalDays,
        int breakerFailures,
        int laneBreakerFailures,
        long breakerCoolDownMs,
        QuotaConfig quota,
        long probeMs,
        long silentMs) {

    /** With the usual breakers and probes, and no quota. */
    public FlowConfig(
            int windowMessages,
            long windowBytes,
            int laneQueueMessages,
            int pauseAtMessages,
            int resumeAtMessages,
            long mailboxMessages,
            long mailboxBytes,
            long outputBytes,
            int maxConnections,
            long memoryBytes,
            int journalDays) {
        this(
                windowMessages,
                windowBytes,
                laneQueueMessages,
                pauseAtMessages,
                resumeAtMessages,
                mailboxMessages,
                mailboxBytes,
                outputBytes,
                maxConnections,
                memoryBytes,
                journalDays,
                (int) ConfigKey.BREAKER_FAILURES.number(),
                (int) ConfigKey.LANE_BREAKER_FAILURES.number(),
                ConfigKey.BREAKER_COOLDOWN_MS.number(),
                QuotaConfig.NONE,
                ConfigKey.PROBE_MS.number(),
                ConfigKey.SILENT_MS.number());
    }

    public FlowConfig {
        Mistakes mistakes = new Mistakes();
        mistakes.range(ConfigKey.WINDOW_MESSAGES, windowMessages);
        mistakes.range(ConfigKey.WINDOW_BYTES, windowBytes);
        mistakes.range(ConfigKey.LANE_QUEUE, laneQueueMessages);
        mistakes.range(ConfigKey.PAUSE_AT, pauseAtMessages);
        mistakes.range(ConfigKey.RESUME_AT, resumeAtMessages);
        mistakes.range(ConfigKey.MAILBOX_MESSAGES, mailboxMessages);
        mistakes.range(ConfigKey.MAILBOX_BYTES, mailboxBytes);
        mistakes.range(ConfigKey.OUTPUT_BYTES, outputBytes);
        mistakes.range(ConfigKey.MAX_CONNECTIONS, maxConnections);
        mistakes.range(ConfigKey.MEMORY_BYTES, memoryBytes);
        mistakes.range(ConfigKey.JOURNAL_DAYS, journalDays);
        mistakes.range(ConfigKey.PROBE_MS, probeMs);
        mistakes.range(ConfigKey.SILENT_MS, silentMs);
        mistakes.below(ConfigKey.RESUME_AT, resumeAtMessages, ConfigKey.PAUSE_AT, pauseAtMessages);
        mistakes.below(ConfigKey.PAUSE_AT, pauseAtMessages, ConfigKey.LANE_QUEUE, laneQueueMessages);
        mistakes.throwIfAny();
    }

    public static FlowConfig defaults() {
        return new FlowConfig(
                (int) ConfigKey.WINDOW_MESSAGES.number(),
                ConfigKey.WINDOW_BYTES.number(),
                (int) ConfigKey.LANE_QUEUE.number(),
                (int) ConfigKey.PAUSE_AT.number(),
                (int) ConfigKey.RESUME_AT.number(),
                ConfigKey.MAILBOX_MESSAGES.number(),
                ConfigKey.MAILBOX_BYTES.number(),
                ConfigKey.OUTPUT_BYTES.number(),
                (int) ConfigKey.MAX_CONNECTIONS.number(),
                ConfigKey.MEMORY_BYTES.number(),
                (int) ConfigKey.JOURNAL_DAYS.number());
    }
}
