package dev.relay.daemon.config;

import dev.relay.protocol.Limits;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The one list of configuration keys: name, range or form, default, meaning. The operations guide is checked against it. */
public enum ConfigKey {
    SOCKET("socket", "", "path of the bus socket; its directory is created 0700 when missing"),
    DATA_DIR("data_dir", "", "directory of the store, 0700, one daemon at a time"),
    ADMIN_PORT("admin_port", -1, 65_535, -1, "port of the admin HTTP server on 127.0.0.1; 0 picks one, -1 for none"),
    ALLOW_UIDS("allow_uids", "", "user ids besides the daemon's own that may connect, separated by commas"),
    SOCKET_GROUP(
            "socket_group", "", "group that may enter the socket's directory: 0750 and 0660 instead of 0700 and 0600"),
    TOKENS_FILE("tokens_file", "", "tokens of names, `name: token` a line; 0600"),
    TCP_PORT("tcp_port", 0, 65_535, 0, "loopback port of the bus, where every HELLO needs a token; 0 is none"),
    ALLOW_SEND("allow_send", "", "who may send to whom, `who -> whom, who -> group:whom, …`; empty allows all"),
    ALLOW_JOIN("allow_join", "", "who may join which work group, `who -> group, …`; empty allows all"),
    ALLOW_PUBLISH("allow_publish", "", "who may publish on what, `who -> topics, …`; empty allows all"),
    ALLOW_SHADOW("allow_shadow", "", "who may shadow whom besides operators, `who -> whom, …`; empty is nobody"),
    OPERATORS("operators", "", "names that may handle the dead letters of others; empty is all of the daemon's user"),
    SYNC("sync", "full", "full survives power loss, normal the death of processes only"),
    WINDOW_MESSAGES(
            "window_messages",
            16,
            Limits.WINDOW_MESSAGES,
            Limits.WINDOW_MESSAGES,
            "messages of one connection without a receipt"),
    WINDOW_BYTES("window_bytes", 1 << 20, 1L << 30, Limits.WINDOW_BYTES, "bytes of one connection without a receipt"),
    LANE_QUEUE(
            "lane_queue",
            16,
            100_000,
            Limits.LANE_MEMORY_MESSAGES,
            "messages of one lane held in memory; above it, in the store"),
    PAUSE_AT("pause_at", 2, 100_000, Limits.HIGH_WATERMARK, "lane queue at which its senders are told PAUSED"),
    RESUME_AT("resume_at", 1, 100_000, Limits.LOW_WATERMARK, "lane queue at which its senders are told RESUMED"),
    MAILBOX_MESSAGES("mailbox_messages", 16, 1L << 40, 1_000_000, "unfinished messages kept for one recipient"),
    MAILBOX_BYTES("mailbox_bytes", 1L << 20, 1L << 50, 4L << 30, "bytes of unfinished messages kept for one recipient"),
    MAX_CONNECTIONS("max_connections", 64, 1_000_000, 16_384, "open connections; one more is refused OVERLOADED"),
    OUTPUT_BYTES(
            "output_bytes",
            4L << 20,
            1L << 30,
            64L << 20,
            "bytes waiting for a peer that does not read, then it is closed"),
    MEMORY_BYTES(
            "memory_bytes",
            0,
            1L << 40,
            0,
            "message bytes in memory: above three quarters lanes spill, above it QUEUE_FULL; 0 is a quarter of the heap"),
    JOURNAL_DAYS("journal_days", 1, 36_500, 7, "how long messages of the journal class are kept"),
    BREAKER_FAILURES(
            "breaker_failures",
            0,
            1_000_000,
            5,
            "failures in a row, on more than one lane, that open an agent's breaker; 0 is never"),
    LANE_BREAKER_FAILURES(
            "lane_breaker_failures",
            0,
            1_000_000,
            5,
            "failures in a row, of more than one message, that open a lane's breaker; 0 is never"),
    SPIN_US(
            "spin_us",
            0,
            1_000_000,
            0,
            "microseconds that the core waits awake, on a processor of its own, before it sleeps"),
    CORE_CPU("core_cpu", -1, 4_095, -1, "processor that the core thread is tied to by taskset; -1 is any"),
    BREAKER_COOLDOWN_MS("breaker_cooldown_ms", 100, 86_400_000, 30_000, "how long an open breaker holds"),
    QUOTA_MESSAGES_PER_S(
            "quota_messages_per_s",
            0,
            1_000_000_000L,
            0,
            "messages per second that an agent without a quota of its own may send; 0 is no limit"),
    QUOTA_BYTES_PER_S(
            "quota_bytes_per_s",
            0,
            1L << 40,
            0,
            "bytes per second that an agent without a quota of its own may send; 0 is no limit"),
    QUOTA_MAILBOX_MESSAGES(
            "quota_mailbox_messages",
            0,
            1L << 40,
            0,
            "messages that may wait for an agent without a quota of its own; 0 is mailbox_messages alone"),
    QUOTA_MAILBOX_BYTES(
            "quota_mailbox_bytes",
            0,
            1L << 40,
            0,
            "bytes that may wait for an agent without a quota of its own; 0 is mailbox_bytes alone"),
    PROBE_MS("probe_ms", 50, 10_000, 200, "silence after which an agent is asked for a sign of life"),
    SILENT_MS("silent_ms", 50, 60_000, 350, "time without an answer after which health names the agent"),
    STORE_MAX_BYTES(
            "store_max_bytes",
            0,
            1L << 50,
            0,
            "size of the store above which new messages are refused STORAGE_FULL; 0 is none");

    private final String key;
    private final long min;
    private final long max;
    private final String fallback;
    private final String meaning;

    ConfigKey(String key, String fallback, String meaning) {
        this.key = key;
        this.min = 1;
        this.max = 0;
        this.fallback = fallback;
        this.meaning = meaning;
    }

    ConfigKey(String key, long min, long max, long fallback, String meaning) {
        this.key = key;
        this.min = min;
        this.max = max;
        this.fallback = Long.toString(fallback);
        this.meaning = meaning;
    }

    /** As written in the file; {@code data_dir} is {@code --data-dir} as a flag and {@code RELAY_DATA_DIR} in the environment. */
    public String key() {
        return key;
    }

    public long min() {
        return min;
    }

    public long max() {
        return max;
    }

    public boolean isNumber() {
        return min <= max;
    }

    /** Empty for what is off by default and for the two paths, whose default depends on the user: see {@link ConfigLoader}. */
    public String fallback() {
        return fallback;
    }

    public long number() {
        return Long.parseLong(fallback);
    }

    /** Units that a value may end in, empty for a plain count or a text. */
    public Set<String> units() {
        return isNumber() ? new TreeSet<>(Amount.units(key).keySet()) : Set.of("");
    }

    public String meaning() {
        return meaning;
    }

    static Optional<ConfigKey> of(String name) {
        return Arrays.stream(values()).filter(k -> k.key.equals(name)).findFirst();
    }

    /** The known key with the fewest edits from {@code name}. */
    static ConfigKey nearest(String name) {
        return Arrays.stream(values())
                .min(Comparator.comparingInt(k -> edits(k.key, name)))
                .orElseThrow();
    }

    /** Levenshtein distance over two short names. */
    static int edits(String a, String b) {
        int[] row = new int[b.length() + 1];
        Arrays.setAll(row, i -> i);
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(change, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
