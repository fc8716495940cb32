package dev.relay.daemon.state;

import dev.relay.daemon.routing.Answer;
import dev.relay.daemon.routing.Arguments;
import dev.relay.daemon.routing.BusServices;
import dev.relay.daemon.routing.Caller;
import dev.relay.daemon.routing.Desk;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Session;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Names;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Conflated topics: the latest value of each key, for readers that may be slow. A reader has at most one batch under way and asks for the
 * next when it has finished it, so that what waits for it is one mark per key here and the values themselves are kept once. Nothing is
 * stored, acked or retried, and nothing shares a lane with messages. Refused TOO_LARGE: a value above {@value #MAX_VALUE_BYTES} bytes, more
 * than {@value #MAX_KEYS} keys of a topic, {@value #MAX_TOPICS} topics, or all values above {@value #MAX_TOTAL_BYTES} bytes. Core thread
 * only.
 */
public final class LatestDesk implements Desk {
    static final int MAX_KEYS = 4_096;
    static final int MAX_TOPICS = 1_024;
    static final int MAX_VALUE_BYTES = 4 << 10;
    static final long MAX_TOTAL_BYTES = 32L << 20;
    static final int BATCH_KEYS = 128;
    private static final int BATCH_BYTES = 16 << 10;
    private static final int MAX_PATTERNS = 64;

    private final BusServices services;
    private final Map<String, LatestTopic> topics = new LinkedHashMap<>();
    private final Map<Session, LatestReader> readers = new LinkedHashMap<>();
    private long totalBytes;
    private long generation;

    public LatestDesk(BusServices services) {
        this.services = services;
    }

    @Override
    public boolean operate(Caller caller, String op, Map<String, @Nullable Object> request, Answer answer) {
        switch (op) {
            case "latest.put" -> put(caller, request, answer);
            case "latest.watch" -> watch(caller, request, answer);
            case "latest.unwatch" -> unwatch(caller, request, answer);
            case "latest.more" -> more(caller, request, answer);
            case "latest.get" -> get(caller, request, answer);
            default -> {
                return false;
            }
        }
        return true;
    }

    // ---- writing

    private void put(Caller caller, Map<String, @Nullable Object> request, Answer answer) {
        String name = Arguments.text(request, "topic", "");
        Map<String, @Nullable Object> values = Arguments.object(request, "values");
        if (!Names.isTopic(name)) {
            answer.fail(ErrorCode.BAD_NAME, "not a topic: topic=" + name);
        } else if (values == null || values.isEmpty() || caller.session() == null) {
            answer.fail(ErrorCode.BAD_REQUEST, "values is an object of keys and values, from an agent");
        } else if (!services.mayPublish(caller.namespace(), caller.name(), name)) {
            answer.fail(ErrorCode.UNAUTHORIZED, "may not publish: topic=" + name);
        } else {
            put(caller.namespace(), name, values, answer);
        }
    }

    private void put(String namespace, String name, Map<String, @Nullable Object> values, Answer answer) {
        LatestTopic topic = topics.get(Agent.key(namespace, name));
        int[] sizes = new int[values.size()];
        String excess = excess(topic, values, sizes);
        if (excess != null) {
            answer.fail(ErrorCode.TOO_LARGE, excess);
            return;
        }
        if (topic == null) {
            topic = new LatestTopic(namespace, name);
            topics.put(Agent.key(namespace, name), topic);
        }
        List<LatestReader> told = readersOf(topic);
        long now = services.clock().nanoTime();
        int i = 0;
        for (Map.Entry<String, @Nullable Object> entry : values.entrySet()) {
            LatestTopic.Cell cell = topic.cell(entry.getKey());
            totalBytes += sizes[i] - cell.bytes;
            cell.value = entry.getValue();
            cell.bytes = sizes[i++];
            cell.putNs = now;
            cell.puts++;
            for (LatestReader reader : told) {
                reader.mark(topic, cell);
            }
        }
        answer.ok(Map.of("readers", (long) told.size()));
        told.forEach(this::give);
    }

    private @Nullable String excess(@Nullable LatestTopic topic, Map<String, @Nullable Object> values, int[] sizes) {
        if (topic == null && topics.size() >= MAX_TOPICS) {
            return "there are topics=" + MAX_TOPICS;
        }
        int keys = topic == null ? 0 : topic.cells.size();
        long growth = 0;
        int i = 0;
        for (Map.Entry<String, @Nullable Object> entry : values.entrySet()) {
            String key = entry.getKey();
            LatestTopic.Cell cell = topic == null ? null : topic.byKey.get(key);
            int bytes = key.length() + Arguments.bytes(entry.getValue());
            if (!Keys.isKey(key) || bytes > MAX_VALUE_BYTES) {
                return "key=" + key + " bytes=" + bytes + " limit=" + MAX_VALUE_BYTES;
            }
            sizes[i++] = bytes;
            growth += bytes - (cell == null ? 0 : cell.bytes);
            keys += cell == null ? 1 : 0;
        }
        if (keys > MAX_KEYS) {
            return "the topic would have keys=" + keys + " limit=" + MAX_KEYS;
        }
        return growth > 0 && totalBytes + growth > MAX_TOTAL_BYTES
                ? "the values of all topics would be above bytes=" + MAX_TOTAL_BYTES
                : null;
    }

    // ---- reading

    private void get(Caller caller, Map<String, @Nullable Object> request, Answer answer) {
        String namespace = Arguments.namespace(caller, request);
        LatestTopic topic = topics.get(Agent.key(namespace, Arguments.text(request, "topic", "")));
        if (topic == null) {
            answer.fail(ErrorCode.NOT_FOUND, "nothing was put: topic=" + request.get("topic"));
            return;
        }
        Map<String, Object> values = new LinkedHashMap<>();
        int from = (int) Math.max(0, Math.min(topic.cells.size(), Arguments.number(request, "from", 0)));
        int at = from;
        int bytes = 0;
        while (at < topic.cells.size() && bytes < BATCH_BYTES) {
            LatestTopic.Cell cell = topic.cells.get(at++);
            bytes += cell.bytes + 16;
            values.put(cell.key, described(cell));
        }
        answer.ok(Map.of("values", values, "more", at < topic.cells.size(), "next", (long) at));
    }

    /** The value and its age: how long ago it was put, by the daemon's monotonic clock. */
    private List<@Nullable Object> described(LatestTopic.Cell cell) {
        List<@Nullable Object> pair = new java.util.ArrayList<>(2);
        pair.add(cell.value);
        pair.add(TimeUnit.NANOSECONDS.toMillis(services.clock().nanoTime() - cell.putNs));
        return pair;
    }

    private void watch(Caller caller, Map<String, @Nullable Object> request, Answer answer) {
        Session session = caller.session();
        String pattern = Arguments.text(request, "topic", "");
        if (session == null) {
            answer.fail(ErrorCode.BAD_REQUEST, "only a session can watch; read with latest.get");
            return;
        }
        if (!Names.isPattern(pattern)) {
            answer.fail(ErrorCode.BAD_NAME, "not a topic pattern: topic=" + pattern);
            return;
        }
        LatestReader reader = readers.computeIfAbsent(session, LatestReader::new);
        if (reader.patterns.size() >= MAX_PATTERNS && !reader.patterns.contains(pattern)) {
            answer.fail(ErrorCode.TOO_LARGE, "a session watches at most patterns=" + MAX_PATTERNS);
            return;
        }
        reader.patterns.add(pattern);
        generation++;
        for (LatestTopic topic : topics.values()) {
            if (reader.reads(topic)) {
                topic.cells.forEach(cell -> reader.mark(topic, cell));
            }
        }
        answer.ok(Map.of());
        give(reader);
    }

    private void unwatch(Caller caller, Map<String, @Nullable Object> request, Answer answer) {
        Session session = caller.session();
        LatestReader reader = session == null ? null : readers.get(session);
        if (reader == null || !reader.patterns.remove(Arguments.text(request, "topic", ""))) {
            answer.fail(ErrorCode.NOT_FOUND, "not watched: topic=" + request.get("topic"));
            return;
        }
        generation++;
        topics.values().stream().filter(topic -> !reader.reads(topic)).forEach(reader::forget);
        answer.ok(Map.of());
    }

    /** The reader has finished its batch. */
    private void more(Caller caller, Map<String, @Nullable Object> request, Answer answer) {
        Session session = caller.session();
        LatestReader reader = session == null ? null : readers.get(session);
        if (reader == null || reader.batch == 0 || reader.batch != Arguments.number(request, "batch", 0)) {
            answer.fail(ErrorCode.NOT_FOUND, "not under way: batch=" + request.get("batch"));
            return;
        }
        reader.batch = 0;
        answer.ok(Map.of());
        give(reader);
    }

    private List<LatestReader> readersOf(LatestTopic topic) {
        if (topic.readersOf != generation) {
            topic.readers = readers.values().stream()
                    .filter(reader -> reader.reads(topic))
                    .toList();
            topic.readersOf = generation;
        }
        return topic.readers;
    }

    private void give(LatestReader reader) {
        LatestTopic topic = reader.batch == 0 ? reader.waiting.pollFirst() : null;
        if (topic == null) {
            return;
        }
        Map<String, Object> values = new LinkedHashMap<>();
        int bytes = 0;
        while (values.size() < BATCH_KEYS && bytes < BATCH_BYTES) {
            int index = reader.next(topic);
            if (index < 0) {
                break;
            }
            LatestTopic.Cell cell = topic.cells.get(index);
            bytes += cell.bytes + 16;
            values.put(cell.key, described(cell));
        }
        if (reader.hasMarks(topic)) {
            reader.waiting.addLast(topic);
        }
        reader.batch = ++reader.batches;
        services.event(
                reader.session,
                Map.of("event", "latest", "batch", reader.batch, "topic", topic.name, "values", values));
    }

    @Override
    public void onEnd(Agent agent, Session session) {
        if (readers.remove(session) != null) {
            generation++;
        }
    }
}
