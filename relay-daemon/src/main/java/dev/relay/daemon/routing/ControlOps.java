package dev.relay.daemon.routing;

import dev.relay.daemon.deadletter.DeadLetters;
import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.LaneClass;
import dev.relay.daemon.flow.Message;
import dev.relay.daemon.flow.Stream;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Session;
import dev.relay.daemon.store.Batch;
import dev.relay.daemon.store.DeadLetterRow;
import dev.relay.daemon.store.Recovered;
import dev.relay.protocol.DeadLetterReason;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.MessageHeader;
import dev.relay.protocol.Names;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The CONTROL operations of the protocol: slow path, JSON in, JSON out. What changes state answers once it is committed. Core thread only. */
final class ControlOps {
    private static final int LIST_LIMIT = 1_000;

    private final Core core;
    private final Acceptance acceptance;
    private final BatchCutter cutter;
    private final TopicIndex topics;
    private final DeadLetters deadLetters;
    private final Facts facts;

    ControlOps(
            Core core,
            Acceptance acceptance,
            BatchCutter cutter,
            TopicIndex topics,
            DeadLetters deadLetters,
            Facts facts) {
        this.core = core;
        this.acceptance = acceptance;
        this.cutter = cutter;
        this.topics = topics;
        this.deadLetters = deadLetters;
        this.facts = facts;
    }

    void onControl(Session session, Map<String, @Nullable Object> request) {
        Object ref = request.get("ref") == null ? 0L : request.get("ref");
        switch (Handshake.text(request, "op", "")) {
            case "subscribe" -> subscribe(session, ref, request);
            case "unsubscribe" -> unsubscribe(session, ref, request);
            case "agents" -> ok(session, ref, facts.agents());
            case "agents.add" -> addAgent(session, ref, request);
            case "status" -> ok(session, ref, facts.status());
            case "health" -> ok(session, ref, facts.health());
            case "fate" -> fate(session, ref, request);
            case "dlq.ls" -> list(session, ref, request);
            case "dlq.show" -> withDeadLetter(session, ref, request, row -> ok(session, ref, shown(row)));
            case "dlq.redrive" -> withDeadLetter(session, ref, request, row -> redrive(session, ref, row));
            case "dlq.drop" -> withDeadLetter(session, ref, request, row -> drop(session, ref, row));
            default -> fail(session, ref, ErrorCode.BAD_REQUEST, "unknown op: op=" + request.get("op"));
        }
    }

    private void ok(Session session, @Nullable Object ref, Map<String, ?> result) {
        if (session.isOpen()) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("ref", ref == null ? 0L : ref);
            json.put("ok", true);
            json.putAll(result);
            core.control(session, FrameType.CONTROL_REPLY, json);
        }
    }

    private void fail(Session session, @Nullable Object ref, ErrorCode code, String message) {
        if (session.isOpen()) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("ref", ref == null ? 0L : ref);
            json.put("ok", false);
            json.put("code", code.name());
            json.put("number", (long) code.number());
            json.put("message", message);
            core.control(session, FrameType.CONTROL_REPLY, json);
        }
    }

    private void subscribe(Session session, @Nullable Object ref, Map<String, @Nullable Object> request) {
        String pattern = Handshake.text(request, "topic", "");
        if (!Names.isPattern(pattern)) {
            fail(session, ref, ErrorCode.BAD_NAME, "not a topic pattern: topic=" + pattern);
            return;
        }
        Agent agent = session.owner();
        boolean durable = Boolean.TRUE.equals(request.get("durable"));
        if (durable && agent.durablePatterns.add(pattern)) {
            core.next.subscribed.add(new Recovered.SubscriptionRow(agent.namespace, agent.name, pattern));
        } else if (!durable) {
            agent.livePatterns.add(pattern);
        }
        topics.changed();
        cutter.whenCommitted(() -> ok(session, ref, Map.of("subscription", pattern)));
    }

    private void unsubscribe(Session session, @Nullable Object ref, Map<String, @Nullable Object> request) {
        String pattern = Handshake.text(request, "topic", "");
        Agent agent = session.owner();
        boolean wasLive = agent.livePatterns.remove(pattern);
        boolean wasDurable = agent.durablePatterns.remove(pattern);
        if (wasDurable) {
            core.next.unsubscribed.add(new Recovered.SubscriptionRow(agent.namespace, agent.name, pattern));
        }
        topics.changed();
        if (wasLive || wasDurable) {
            cutter.whenCommitted(() -> ok(session, ref, Map.of()));
        } else {
            fail(session, ref, ErrorCode.NOT_FOUND, "no such subscription: topic=" + pattern);
        }
    }

    private void addAgent(Session session, @Nullable Object ref, Map<String, @Nullable Object> request) {
        String name = Handshake.text(request, "name", "");
        if (!Names.isName(name)) {
            fail(session, ref, ErrorCode.BAD_NAME, "not a legal name: name=" + name);
        } else if (core.agents.size() >= core.config.maxAgents()) {
            fail(session, ref, ErrorCode.OVERLOADED, "too many agents");
        } else {
            core.addAgent(session.owner().namespace, name, -1);
            cutter.whenCommitted(() -> ok(session, ref, Map.of()));
        }
    }

    private void fate(Session session, @Nullable Object ref, Map<String, @Nullable Object> request) {
        boolean isTopic = "topics".equals(request.get("target_kind"));
        int laneClass = isTopic ? LaneClass.TOPIC : LaneClass.of(Handshake.text(request, "class", "message"));
        Stream stream = laneClass < 0
                ? null
                : session.owner().streams.get(laneClass + ":" + Handshake.text(request, "target", ""));
        long epoch = Handshake.number(request, "epoch", 0);
        long seq = Handshake.number(request, "seq", 0);
        if (stream == null) {
            fail(session, ref, ErrorCode.NOT_FOUND, "no such stream");
        } else {
            ok(session, ref, Map.of("state", fateOf(stream, epoch, seq)));
        }
    }

    private String fateOf(Stream stream, long epoch, long seq) {
        if (deadLetters.fate(stream.id, epoch, seq) != null) {
            return "dead";
        }
        if (epoch > stream.epoch || (epoch == stream.epoch && seq > stream.mark)) {
            return "not_recorded";
        }
        Lane lane = stream.lane;
        if (lane == null) {
            return "not_recorded";
        }
        if (lane.isAtOrBelowFloor(epoch, seq)) {
            return "acked";
        }
        Message m = Delivery.unfinished(lane, epoch, seq);
        return m == null || m.segment > 0 ? "stored" : "pending";
    }

    private void list(Session session, @Nullable Object ref, Map<String, @Nullable Object> request) {
        long limit = Math.min(LIST_LIMIT, Math.max(1, Handshake.number(request, "limit", 100)));
        core.store.deadLetters(Handshake.number(request, "after", 0), (int) limit, rows -> {
            List<Map<String, Object>> listed = new ArrayList<>();
            rows.forEach(row -> listed.add(described(row)));
            ok(session, ref, Map.of("dead_letters", listed));
        });
    }

    private void withDeadLetter(
            Session session,
            @Nullable Object ref,
            Map<String, @Nullable Object> request,
            java.util.function.Consumer<DeadLetterRow> then) {
        long no = Handshake.number(request, "no", 0);
        core.store.deadLetter(no, row -> {
            if (row == null) {
                fail(session, ref, ErrorCode.NOT_FOUND, "no such dead letter: no=" + no);
            } else if (session.isOpen()) {
                then.accept(row);
            }
        });
    }

    private static Map<String, Object> described(DeadLetterRow row) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("no", row.no());
        json.put("id", new UUID(row.idMsb(), row.idLsb()).toString());
        json.put("sender", row.sender());
        json.put("target", row.target());
        json.put("class", row.laneClass());
        json.put("epoch", row.epoch());
        json.put("seq", row.seq());
        json.put("kind", row.kind());
        DeadLetterReason reason = DeadLetterReason.byNumber(row.reason());
        json.put("reason", reason == null ? "REASON_" + row.reason() : reason.name());
        json.put("attempts", (long) row.attempts());
        json.put("first_at_ms", row.firstAtMs());
        json.put("dead_at_ms", row.deadAtMs());
        json.put("error", row.error());
        json.put("bytes", (long) row.bytes());
        return json;
    }

    private static Map<String, Object> shown(DeadLetterRow row) {
        Map<String, Object> json = described(row);
        byte[] frame = row.frame();
        if (frame != null) {
            ByteBuffer b = ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN);
            byte[] payload = Arrays.copyOfRange(frame, MessageHeader.payloadAt(b, 0), frame.length);
            json.put("payload", Base64.getEncoder().encodeToString(payload));
            json.put("content", (long) MessageHeader.content(b, 0));
        }
        return json;
    }

    private void redrive(Session session, @Nullable Object ref, DeadLetterRow row) {
        Agent recipient = core.agent(session.owner().namespace, row.target());
        byte[] frame = row.frame();
        if (recipient == null || frame == null) {
            fail(session, ref, ErrorCode.NOT_FOUND, "the recipient or the payload is gone: no=" + row.no());
        } else if (core.next.droppedDeadLetters.contains(row.no())) {
            fail(session, ref, ErrorCode.NOT_FOUND, "already redriven or dropped: no=" + row.no());
        } else {
            long seq = acceptance.redrive(recipient, frame);
            forget(session, row, "dlq.redrive");
            cutter.whenCommitted(() -> ok(session, ref, Map.of("seq", seq)));
        }
    }

    private void drop(Session session, @Nullable Object ref, DeadLetterRow row) {
        forget(session, row, "dlq.drop");
        cutter.whenCommitted(() -> ok(session, ref, Map.of()));
    }

    private void forget(Session session, DeadLetterRow row, String op) {
        core.next.droppedDeadLetters.add(row.no());
        core.deadLetterCount = Math.max(0, core.deadLetterCount - 1);
        core.next.audits.add(new Batch.Audit(
                core.clock.wallMs(),
                op,
                session.owner().name,
                "no=" + row.no() + " id=" + new UUID(row.idMsb(), row.idLsb())));
    }
}
