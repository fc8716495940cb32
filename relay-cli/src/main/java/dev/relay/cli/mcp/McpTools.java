package dev.relay.cli.mcp;

import dev.relay.client.DeadLetter;
import dev.relay.client.Message;
import dev.relay.client.MessageRef;
import dev.relay.client.Receipt;
import dev.relay.client.Relay;
import dev.relay.client.RelayException;
import dev.relay.client.RelayRefused;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What a language-model agent may do: send, ask, receive and ack as the one agent that its connection belongs to, look at agents, status
 * and dead letters. It cannot name a sender, place orders, start, stop or change anything of others: there are no tools for that, and the
 * sidecar and the daemon's own kinds are refused as targets. Messages that came wait here until they are given out, at most
 * {@value #MAX_WAITING}; further ones stay in the daemon, because their handler waits. Any thread.
 */
public final class McpTools implements AutoCloseable {
    public static final List<String> NAMES =
            List.of("send", "request", "receive", "ack", "inbox", "agents", "status", "dead_letters");
    static final int MAX_WAITING = 1_000;
    private static final Set<String> NOT_REACHED = Set.of("sidecar", "supervisor");
    static final long MAX_WAIT_MS = 60_000;
    private static final int MAX_ROWS = 100;

    private final Relay relay;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    /** Came and were not given out, oldest first. */
    private final Deque<Message> waiting = new ArrayDeque<>();
    /** Given out, not acked, by id. */
    private final Map<String, Message> given = new LinkedHashMap<>();

    private boolean isClosed;

    public McpTools(Relay relay) {
        this.relay = relay;
    }

    /** The handler of every message: keeps it for {@code receive}. Waits while there are too many. */
    public void received(Message message) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (waiting.size() + given.size() >= MAX_WAITING && !isClosed) {
                changed.await();
            }
            waiting.add(message);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Runs a tool.
     *
     * @throws IllegalArgumentException when its arguments are wrong
     * @throws RelayException when the bus says no
     */
    Map<String, ?> call(String tool, Map<String, @Nullable Object> arguments) {
        return switch (tool) {
            case "send" -> send(arguments);
            case "request" -> request(arguments);
            case "receive" -> receive(arguments);
            case "ack" -> ack(arguments);
            case "inbox" -> inbox();
            case "agents" ->
                Map.of("agents", rows(relay.control("agents", Map.of("limit", (long) MAX_ROWS)), "agents"));
            case "status" -> status();
            case "dead_letters" -> deadLetters();
            default -> throw new IllegalArgumentException("no such tool: " + tool);
        };
    }

    private Map<String, Object> send(Map<String, @Nullable Object> arguments) {
        String to = target(arguments);
        Receipt receipt = relay.send(to, kind(arguments), arguments.get("body")).result(wait(arguments, 10_000));
        MessageRef message = receipt.message();
        return Map.of(
                "ok",
                true,
                "id",
                message == null ? "" : message.id().toString(),
                "safe_by",
                receipt.by().name());
    }

    private Map<String, Object> request(Map<String, @Nullable Object> arguments) {
        String to = target(arguments);
        String reply = relay.request(to, kind(arguments), arguments.get("body"), wait(arguments, 10_000))
                .text();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("from", to);
        json.put("untrusted_body", reply);
        return json;
    }

    /** Orders go by code that was reviewed, not by a model: nothing here reaches what places them. */
    private static String target(Map<String, @Nullable Object> arguments) {
        String to = text(arguments, "to");
        if (NOT_REACHED.contains(to)) {
            throw new RelayRefused("UNAUTHORIZED", "to=" + to + " cannot be reached over this bridge", 0);
        }
        return to;
    }

    private static String kind(Map<String, @Nullable Object> arguments) {
        String kind = text(arguments, "kind");
        if (kind.startsWith("relay.") || kind.startsWith("orders.")) {
            throw new RelayRefused("UNAUTHORIZED", "kind=" + kind + " cannot be sent over this bridge", 0);
        }
        return kind;
    }

    private Map<String, Object> receive(Map<String, @Nullable Object> arguments) {
        long leftNs = wait(arguments, 0).toNanos();
        lock.lock();
        try {
            if (arguments.containsKey("id")) {
                return handedOut(notAcked(text(arguments, "id")));
            }
            while (waiting.isEmpty() && leftNs > 0) {
                leftNs = changed.awaitNanos(leftNs);
            }
            Message message = waiting.poll();
            if (message == null) {
                return Map.of("message", Map.of(), "waiting", 0L);
            }
            given.put(message.id().toString(), message);
            return handedOut(message);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RelayException("CLOSED", "interrupted while waiting for a message");
        } finally {
            lock.unlock();
        }
    }

    private Map<String, Object> handedOut(Message message) {
        return Map.of("message", described(message, true), "waiting", (long) waiting.size());
    }

    /** One that was given out; an answer that was lost on its way is asked for again by the id that {@code inbox} shows. */
    private Message notAcked(String id) {
        Message message = given.get(id);
        if (message == null) {
            throw new RelayRefused("NOT_FOUND", "no message with this id was given out and not acked: id=" + id, 0);
        }
        return message;
    }

    private Map<String, Object> ack(Map<String, @Nullable Object> arguments) {
        String id = text(arguments, "id");
        Message message;
        lock.lock();
        try {
            message = notAcked(id);
            given.remove(id);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (message.isRequest() && arguments.containsKey("reply")) {
            message.respond(arguments.get("reply"));
        } else {
            message.ack();
        }
        return Map.of("ok", true, "id", id);
    }

    private Map<String, Object> inbox() {
        List<Map<String, Object>> rows = new ArrayList<>();
        lock.lock();
        try {
            waiting.stream().limit(MAX_ROWS).forEach(m -> rows.add(described(m, false)));
            return Map.of(
                    "waiting",
                    rows,
                    "waiting_messages",
                    (long) waiting.size(),
                    "not_acked",
                    List.copyOf(given.keySet()));
        } finally {
            lock.unlock();
        }
    }

    private Map<String, Object> status() {
        Map<String, @Nullable Object> daemon = relay.control("status", Map.of());
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("agent", relay.name());
        for (String key : List.of("version", "uptime_ms", "store", "sessions", "queued", "dead_letters")) {
            Object value = daemon.get(key);
            if (value != null) {
                json.put(key, value);
            }
        }
        return json;
    }

    /** Never a payload: that would be a body of somebody else's message. */
    private Map<String, Object> deadLetters() {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (DeadLetter letter : relay.deadLetters().list(MAX_ROWS, 0)) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("no", letter.no());
            row.put("sender", letter.sender());
            row.put("target", letter.target());
            row.put("kind", letter.kind());
            row.put("reason", letter.reason());
            row.put("attempts", letter.attempts());
            row.put("untrusted_error", letter.error());
            rows.add(row);
        }
        return Map.of("dead_letters", rows);
    }

    private static Map<String, Object> described(Message m, boolean isWhole) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", m.id().toString());
        json.put("from", m.sender());
        json.put("kind", m.kind());
        json.put("attempt", (long) m.attempt());
        json.put("wants_reply", m.isRequest());
        if (isWhole) {
            json.put("untrusted_body", m.text());
        } else {
            json.put("bytes", (long) m.bytes().length);
        }
        return json;
    }

    private static List<Object> rows(Map<String, @Nullable Object> answer, String key) {
        return answer.get(key) instanceof List<?> rows ? List.copyOf(rows) : List.of();
    }

    private static String text(Map<String, @Nullable Object> arguments, String key) {
        if (arguments.get(key) instanceof String text && !text.isEmpty()) {
            return text;
        }
        throw new IllegalArgumentException(key + " must be a text");
    }

    private static Duration wait(Map<String, @Nullable Object> arguments, long otherwiseMs) {
        Object given = arguments.get("timeout_ms");
        long ms = given instanceof Long n ? n : otherwiseMs;
        if ((given != null && !(given instanceof Long)) || ms < 0 || ms > MAX_WAIT_MS) {
            throw new IllegalArgumentException("timeout_ms must be a whole number from 0 to " + MAX_WAIT_MS);
        }
        return Duration.ofMillis(ms);
    }

    /** What was not acked comes again to the next process of this name. */
    @Override
    public void close() {
        lock.lock();
        try {
            isClosed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
