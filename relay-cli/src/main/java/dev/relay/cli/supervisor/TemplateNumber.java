package dev.relay.cli.supervisor;

/** The numbers of a template: key, range, default, meaning. The schema is made from it. */
public enum TemplateNumber {
    BACKOFF_MS("backoff_ms", 10, 3_600_000, 500, "wait before the first restart; doubles with each failure in a row"),
    BACKOFF_MAX_MS("backoff_max_ms", 10, 3_600_000, 30_000, "the longest wait before a restart"),
    MAX_RESTARTS("max_restarts", 0, 1_000_000, 10, "failures in a row after which it is given up"),
    READY_TIMEOUT_MS("ready_timeout_ms", 100, 600_000, 10_000, "how long it may take to connect to the bus"),
    STOP_GRACE_MS("stop_grace_ms", 0, 600_000, 5_000, "time between SIGTERM and SIGKILL"),
    MEMORY_MB("memory_mb", 0, 1 << 20, 0, "memory that it may allocate, RLIMIT_DATA; 0 is no limit"),
    OPEN_FILES("open_files", 0, 1 << 20, 0, "files that it may have open; 0 is as the supervisor"),
    LOG_MAX_KB("log_max_kb", 16, 1 << 20, 1_024, "size at which its log is moved to NAME.log.1, which is replaced");

    private final String key;
    private final long min;
    private final long max;
    private final long fallback;
    private final String meaning;

    TemplateNumber(String key, long min, long max, long fallback, String meaning) {
        this.key = key;
        this.min = min;
        this.max = max;
        this.fallback = fallback;
        this.meaning = meaning;
    }

    public String key() {
        return key;
    }

    public long min() {
        return min;
    }

    public long max() {
        return max;
    }

    public long fallback() {
        return fallback;
    }

    public String meaning() {
        return meaning;
    }
}
