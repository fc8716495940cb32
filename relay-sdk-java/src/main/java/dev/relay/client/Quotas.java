package dev.relay.client;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Quotas of agents and groups; off until an operator sets one. A send above its sender's rate fails with RATE_LIMITED, and {@link RelayRefused#retryAfterMs} says when to try again; one that
 * finds its recipient's mailbox full, with MAILBOX_FULL. Safe for any thread; every call waits for the daemon's answer and throws {@link RelayRefused} (UNAUTHORIZED, NOT_FOUND, BAD_NAME,
 * BAD_REQUEST) or {@link RelayTimeout}. Changes are audited there and kept over its restarts.
 */
public final class Quotas {
    /** All agents that have none of their own. */
    public static final String ALL = "*";

    private final Relay relay;

    Quotas(Relay relay) {
        this.relay = relay;
    }

    /** For an agent, for {@link #ALL}, or for {@code group:NAME}, which has a mailbox only. Takes the place of the one before; {@link Quota#NONE} takes it away. */
    public void set(String target, Quota quota) {
        Map<String, Object> arguments = new TreeMap<>();
        arguments.put("agent", target);
        arguments.put("messages_per_s", quota.messagesPerS());
        arguments.put("bytes_per_s", quota.bytesPerS());
        arguments.put("mailbox_messages", quota.mailboxMessages());
        arguments.put("mailbox_bytes", quota.mailboxBytes());
        relay.control("quota.set", arguments);
    }

    /** Those that are set, by target; who is no operator is told its own and that of all. */
    public Map<String, Quota> list() {
        Map<String, Quota> quotas = new TreeMap<>();
        Rows.all(relay, "quota.ls", Map.of(), "quotas", "agent")
                .forEach(row -> quotas.put(String.valueOf(row.get("agent")), quota(row)));
        return quotas;
    }

    private static Quota quota(Map<String, @Nullable Object> row) {
        return new Quota(
                number(row, "messages_per_s"),
                number(row, "bytes_per_s"),
                number(row, "mailbox_messages"),
                number(row, "mailbox_bytes"));
    }

    private static long number(Map<String, @Nullable Object> row, String key) {
        return row.get(key) instanceof Long number ? number : 0;
    }
}
