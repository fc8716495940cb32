package dev.relay.daemon.routing;

import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Session;
import dev.relay.protocol.DeadLetterReason;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Json;
import dev.relay.protocol.Names;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Describes the heart to operators: snapshot, status, agents, health. Reads, never changes. Core thread only. */
final class Facts {
    private static final int MAX_ROWS = 1_000;
    private static final int MAX_LIST_BYTES = 48 << 10;

    private final Core core;
    private final Handshake handshake;
    private final BatchCutter cutter;
    private final SessionWatch watch;
    private final AgentFigures figures;

    Facts(Core core, Handshake handshake, BatchCutter cutter, SessionWatch watch, AgentFigures figures) {
        this.watch = watch;
        this.figures = figures;
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
                core.around,
                core.sessions.size(),
                handshake.numbers.size(),
                (int) core.sessions.values().stream().filter(s -> s.isSuspect).count(),
                watch.silent(),
                watch.lost(),
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
        for (Lane lane : agent.allLanes()) {
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
                agent.allLanes().size(),
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

    /** A page of the agents in order of {@code namespace/name}, as many as fit one control frame. */
    Map<String, Object> agents(Session session, Map<String, @Nullable Object> request) {
        boolean isForAll = session.isOperator && "*".equals(request.get("namespace"));
        String namespace = session.owner().namespace;
        String after = Arguments.text(request, "after", "");
        String capability = Arguments.text(request, "capability", "");
        long limit = Math.min(MAX_ROWS, Math.max(1, Arguments.number(request, "limit", MAX_ROWS)));
        Iterator<Agent> sorted = core.agents.values().stream()
                .filter(agent -> isForAll || agent.namespace.equals(namespace))
                .filter(agent -> keyOf(agent).compareTo(after) > 0 && Names.isName(agent.name))
                .filter(agent -> capability.isEmpty() || agent.capabilities.contains(capability))
                .sorted(Comparator.comparing(Facts::keyOf))
                .iterator();
        List<Map<String, Object>> list = new ArrayList<>();
        int bytes = 0;
        while (sorted.hasNext() && list.size() < limit && bytes < MAX_LIST_BYTES) {
            Agent agent = sorted.next();
            Map<String, Object> row = row(agent);
            row.put("metadata", agent.metadata);
            row.put("capabilities", agent.capabilities);
            bytes += Json.write(row).getBytes(StandardCharsets.UTF_8).length;
            list.add(row);
        }
        return Map.of("agents", list, "more", sorted.hasNext());
    }

    /** The first of all namespaces, connected ones before others. */
    Map<String, Object> agents(int limit) {
        List<Map<String, Object>> rows = core.agents.values().stream()
                .sorted(Comparator.comparing((Agent agent) -> agent.session == null)
                        .thenComparing(Facts::keyOf))
                .limit(limit)
                .map(this::row)
                .toList();
        return Map.of("agents", rows, "total", core.agents.size());
    }

    private static String keyOf(Agent agent) {
        return Agent.key(agent.namespace, agent.name);
    }

    private Map<String, Object> row(Agent agent) {
        Map<String, Object> row = row(describe(agent));
        figures.addTo(row, agent);
        return row;
    }

    private static Map<String, Object> row(BusSnapshot.AgentFacts f) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", f.name());
        json.put("namespace", f.namespace());
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
        return json;
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

    Map<String, Object> health() {
        return HealthRules.judge(snapshot()).asJson();
    }
}
