package dev.relay.daemon.routing;

import dev.relay.daemon.deadletter.DeadLetters;
import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.LaneClass;
import dev.relay.daemon.flow.Message;
import dev.relay.daemon.flow.Stream;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Session;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.MessageHeader;
import dev.relay.protocol.Names;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The CONTROL operations of the protocol: slow path, JSON in, JSON out. What changes state answers once it is committed. Core thread only. */
final class ControlOps {
    private final Core core;
    private final BatchCutter cutter;
    private final DeadLetters deadLetters;
    private final Facts facts;
    private final List<Desk> desks;

    ControlOps(Core core, BatchCutter cutter, DeadLetters deadLetters, Facts facts, List<Desk> desks) {
        this.core = core;
        this.cutter = cutter;
        this.deadLetters = deadLetters;
        this.facts = facts;
        this.desks = desks;
    }

    void onControl(Session session, Map<String, @Nullable Object> request) {
        Object ref = request.get("ref") == null ? 0L : request.get("ref");
        switch (Arguments.text(request, "op", "")) {
            case "agents" -> ok(session, ref, facts.agents(session, request));
            case "agents.add" -> addAgent(session, ref, request);
            case "status" -> ok(session, ref, facts.status());
            case "health" -> ok(session, ref, facts.health());
            case "fate", "message.fate" -> fate(session, ref, request);
            case "message.trace" -> trace(session, ref, request);
            default -> atDesk(session, ref, request);
        }
    }

    private void atDesk(Session session, @Nullable Object ref, Map<String, @Nullable Object> request) {
        Answer answer = new Answer() {
            @Override
            public void ok(Map<String, ?> result) {
                ControlOps.this.ok(session, ref, result);
            }

            @Override
            public void fail(ErrorCode code, String message) {
                ControlOps.this.fail(session, ref, code, message);
            }
        };
        String op = Arguments.text(request, "op", "");
        Caller caller = Caller.of(session);
        if (desks.stream().noneMatch(desk -> desk.operate(caller, op, request, answer))) {
            answer.fail(ErrorCode.BAD_REQUEST, "unknown op: op=" + request.get("op"));
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

    private void addAgent(Session session, @Nullable Object ref, Map<String, @Nullable Object> request) {
        String name = Arguments.text(request, "name", "");
        if (!Names.isName(name)) {
            fail(session, ref, ErrorCode.BAD_NAME, "not a legal name: name=" + name);
        } else if (!core.hasRoomForAgent(session.owner().namespace, name)) {
            fail(session, ref, ErrorCode.OVERLOADED, "too many agents");
        } else {
            core.addAgent(session.owner().namespace, name, -1);
            cutter.whenCommitted(() -> ok(session, ref, Map.of()));
        }
    }

    private void fate(Session session, @Nullable Object ref, Map<String, @Nullable Object> request) {
        int laneClass = Bindings.streamClass(
                Arguments.text(request, "target_kind", ""), LaneClass.of(Arguments.text(request, "class", "message")));
        String senderName = Arguments.text(request, "sender", session.owner().name);
        Agent sender = core.agent(session.owner().namespace, senderName);
        if (sender != session.owner() && !session.isOperator) {
            core.count(Counter.UNAUTHORIZED);
            fail(session, ref, ErrorCode.UNAUTHORIZED, "only the sender and operators may: sender=" + senderName);
            return;
        }
        Stream stream = laneClass < 0 || sender == null
                ? null
                : sender.streams.get(laneClass + ":" + Arguments.text(request, "target", ""));
        long epoch = Arguments.number(request, "epoch", 0);
        long seq = Arguments.number(request, "seq", 0);
        if (stream == null) {
            fail(session, ref, ErrorCode.NOT_FOUND, "no such stream");
        } else {
            ok(session, ref, Map.of("state", verified(stream, epoch, seq, request)));
        }
    }

    /** A message that is still there must have the id that was asked for; another call has this place then. */
    private String verified(Stream stream, long epoch, long seq, Map<String, @Nullable Object> request) {
        Message m = epoch == stream.epoch ? stream.unreceipted(seq) : null;
        if (m == null && stream.lane != null) {
            m = Delivery.unfinished(stream.lane, epoch, seq);
        }
        UUID id = uuid(request);
        if (m != null && id != null) {
            boolean isSame = MessageHeader.idMsb(m.frame, 0) == id.getMostSignificantBits()
                    && MessageHeader.idLsb(m.frame, 0) == id.getLeastSignificantBits();
            return isSame ? fateOf(stream, epoch, seq) : "not_recorded";
        }
        return fateOf(stream, epoch, seq);
    }

    private static @Nullable UUID uuid(Map<String, @Nullable Object> request) {
        try {
            String id = Arguments.text(request, "id", "");
            return id.isEmpty() ? null : UUID.fromString(id);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private void trace(Session session, @Nullable Object ref, Map<String, @Nullable Object> request) {
        UUID id = uuid(request);
        if (id == null) {
            fail(session, ref, ErrorCode.BAD_REQUEST, "id is not a UUID: id=" + request.get("id"));
        } else if (!session.isOperator) {
            core.count(Counter.UNAUTHORIZED);
            fail(session, ref, ErrorCode.UNAUTHORIZED, "only operators may trace messages");
        } else {
            List<Map<String, Object>> events = core.trace.find(
                    id.getMostSignificantBits(), id.getLeastSignificantBits(), session.owner().namespace);
            ok(session, ref, Map.of("events", events.subList(Math.max(0, events.size() - 200), events.size())));
        }
    }

    private static String stateIn(Lane lane, long epoch, long seq) {
        if (lane.isAtOrBelowFloor(epoch, seq)) {
            return "acked";
        }
        Message m = Delivery.unfinished(lane, epoch, seq);
        return m == null || m.segment > 0 ? "stored" : "pending";
    }

    private String fateOf(Stream stream, long epoch, long seq) {
        if (deadLetters.fate(stream.id, epoch, seq) != null) {
            return "dead";
        }
        if (epoch > stream.epoch || (epoch == stream.epoch && seq > stream.mark)) {
            return "not_recorded";
        }
        if (stream.lane != null) {
            return stateIn(stream.lane, epoch, seq);
        }
        String state = "not_recorded";
        for (Lane lane : stream.topicLanes.values()) {
            String here = stateIn(lane, epoch, seq);
            boolean isOpen = !here.equals("acked");
            boolean isKnown = isOpen && (lane.find(epoch, seq) >= 0 || lane.spilled > 0);
            state = isKnown ? here : isOpen || !state.equals("not_recorded") ? state : here;
        }
        return state;
    }
}
