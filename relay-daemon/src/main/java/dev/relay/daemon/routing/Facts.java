package dev.relay.daemon.routing;

import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Session;
import dev.relay.protocol.DeadLetterReason;
import dev.relay.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Describes the heart to operators: snapshot, status, agents, health. Reads, never changes. Core thread only. */
final class Facts {
    private final Core core;
    private final Handshake handshake;
    private final BatchCutter cutter;

    Facts(Core core, Handshake handshake, BatchCutter cutter) {
        this.core = core;
        this.handshake = handshake;
        this.cutter = cutter;
    }

    BusSnapshot snapshot() {
        List<BusSnapshot.AgentFacts> agents = new ArrayList<>();
        core.agents.values().forEach(agent -> agents.add(describe(agent)));
        return new BusSnapshot(
                core.config.version(),
                core.recovered.storeUuid(),
                core.recovered.bootNo(),
                (core.clock.nanoTime() - core.startedNs) / 1_000_000,
                core.storeState,
                core.sessions.size(),
                handshake.numbers.size(),
                (int) core.sessions.values().stream().filter(s -> s.isSuspect).count(),
                core.streams.size(),
                core.lanes.size(),
                core.queuedMessages(),
                core.lanes.stream().mapToLong(l -> l.queuedBytes).sum(),
                core.lanes.stream().mapToLong(l -> l.spilled).sum(),
                core.lanes.stream().mapToLong(l -> l.inFlight).sum(),
                cutter.ageMs(),
                core.deadLetterCount,
                counters(),
                refused(),
                dead(),
                List.copyOf(agents));
    }

    private BusSnapshot.AgentFacts describe(Agent agent) {
        Session session = agent.session;
        long queued = 0;
        long bytes = 0;
        long unacked = 0;
        for (Lane lane : agent.lanes.values()) {
            queued += lane.queued();
            bytes += lane.queuedBytes;
            unacked += lane.inFlight;
        }
        return new BusSnapshot.AgentFacts(
                agent.namespace,
                agent.name,
                session != null,
                session != null && session.isSuspect,
                session == null ? 0 : handshake.numbers.getOrDefault(session, 0L),
                agent.epoch,
                agent.lanes.size(),
                queued,
                bytes,
                unacked,
                agent.dead,
                session == null ? -1 : session.connection.pid(),
                agent.uid,
                agent.client);
    }

    private Map<String, Long> counters() {
        Map<String, Long> map = new LinkedHashMap<>();
        for (Counter c : Counter.values()) {
            map.put(c.name().toLowerCase(Locale.ROOT), core.counters[c.ordinal()]);
        }
        return map;
    }

    private Map<String, Long> refused() {
        Map<String, Long> map = new LinkedHashMap<>();
        for (ErrorCode code : ErrorCode.values()) {
            map.put(code.name(), core.refused[code.number()]);
        }
        return map;
    }

    private Map<String, Long> dead() {
        Map<String, Long> map = new LinkedHashMap<>();
        for (DeadLetterReason reason : DeadLetterReason.values()) {
            map.put(reason.name(), core.dead[reason.number()]);
        }
        return map;
    }

    Map<String, Object> agents() {
        List<Map<String, Object>> list = new ArrayList<>();
        for (Agent agent : core.agents.values()) {
            BusSnapshot.AgentFacts f = describe(agent);
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("name", f.name());
            json.put("connected", f.connected());
            json.put("suspect", f.suspect());
            json.put("session", f.session());
            json.put("epoch", f.epoch());
            json.put("lanes", (long) f.lanes());
            json.put("queued", f.queued());
            json.put("unacked", f.unacked());
            json.put("dead", f.dead());
            json.put("pid", (long) f.pid());
            json.put("uid", (long) f.uid());
            json.put("client", f.client());
            list.add(json);
        }
        return Map.of("agents", list);
    }

    Map<String, Object> status() {
        BusSnapshot s = snapshot();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("version", s.version());
        json.put("uptime_ms", s.uptimeMs());
        json.put("boot_no", s.bootNo());
        json.put("store_uuid", s.storeUuid());
        json.put("store", s.store().name().toLowerCase(Locale.ROOT));
        json.put("sessions", (long) s.sessions());
        json.put("streams", (long) s.streams());
        json.put("lanes", (long) s.lanes());
        json.put("queued", s.queuedMessages());
        json.put("spilled", s.spilledMessages());
        json.put("unacked", s.unackedMessages());
        json.put("dead_letters", s.deadLetters());
        json.put("counters", s.counters());
        json.put("refused", s.refused());
        return json;
    }

    /** Starts at 100; each deduction names its reason. */
    Map<String, Object> health() {
        BusSnapshot s = snapshot();
        List<Map<String, Object>> deductions = new ArrayList<>();
        deduct(deductions, s.store() == BusSnapshot.StoreState.FAILED, "store_failed", 100, "the store failed");
        deduct(deductions, s.store() == BusSnapshot.StoreState.FULL, "store_full", 60, "no room for new messages");
        deduct(deductions, s.store() == BusSnapshot.StoreState.RETRYING, "store_retrying", 30, "commits fail");
        deduct(deductions, s.oldestBatchMs() > 1_000, "commit_slow", 20, "oldest batch ms=" + s.oldestBatchMs());
        deduct(deductions, s.suspects() > 0, "suspects", 10, "silent sessions=" + s.suspects());
        deduct(deductions, s.deadLetters() > 0, "dead_letters", 10, "dead letters=" + s.deadLetters());
        deduct(deductions, s.spilledMessages() > 0, "spilled", 5, "messages on disk only=" + s.spilledMessages());
        long points = deductions.stream().mapToLong(d -> (Long) d.get("points")).sum();
        return Map.of("score", Math.max(0, 100 - points), "deductions", deductions);
    }

    private static void deduct(List<Map<String, Object>> to, boolean applies, String name, long points, String detail) {
        if (applies) {
            to.add(Map.of("name", name, "points", points, "detail", detail));
        }
    }
}
