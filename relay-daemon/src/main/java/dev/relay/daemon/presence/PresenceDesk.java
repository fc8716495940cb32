package dev.relay.daemon.presence;

import dev.relay.daemon.routing.Answer;
import dev.relay.daemon.routing.Arguments;
import dev.relay.daemon.routing.BusServices;
import dev.relay.daemon.routing.Caller;
import dev.relay.daemon.routing.Desk;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Session;
import dev.relay.daemon.store.KeptRows;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Json;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The directory: who there is, what each says of itself, who is connected, silent or away; and who is told of changes.
 *
 * <p>Every change of an agent gives it a higher version, above all of earlier lives of the daemon. A watcher takes a snapshot, in pages,
 * and holds each agent at the highest version that it has seen, in a page or in an event; so pages and events may mix, and a watcher that
 * was away takes a new snapshot and is right again. The events of one watch are numbered without gaps.
 *
 * <p>Core thread only. Bounded by the number of agents, {@value Declaration#MAX_BYTES} bytes of each, {@value #MAX_WATCHES} watches and
 * {@value Waiters#MAX} who wait; one more is refused OVERLOADED.
 */
public final class PresenceDesk implements Desk {
    static final int MAX_WATCHES = 1_024;
    private static final int MAX_ROWS = 1_000;
    private static final int MAX_LIST_BYTES = 48 << 10;
    private static final String DESK = "presence";

    private enum State {
        AWAY,
        CONNECTED,
        STALE
    }

    private final class Entry {
        final Agent agent;
        State state = State.AWAY;
        /** What the last life of the daemon told of it is older. */
        long version = services.bootNo() << 32;

        long sinceMs;

        Entry(Agent agent) {
            this.agent = agent;
        }
    }

    private static final class Watch {
        final Selection selection;
        long no;

        Watch(Selection selection) {
            this.selection = selection;
        }
    }

    /** Which agents somebody asks for; "" for all. */
    private record Selection(String namespace, String prefix, String capability, String state) {
        static Selection of(Caller caller, Map<String, @Nullable Object> request) {
            return new Selection(
                    Arguments.namespace(caller, request),
                    Arguments.text(request, "prefix", ""),
                    Arguments.text(request, "capability", ""),
                    Arguments.text(request, "state", ""));
        }

        /** Without the state: a watcher hears of the change that takes an agent out of its selection. */
        boolean isOf(Agent agent) {
            return agent.namespace.equals(namespace)
                    && agent.name.startsWith(prefix)
                    && (capability.isEmpty() || agent.capabilities.contains(capability));
        }
    }

    private final BusServices services;
    private final NavigableMap<String, Entry> entries = new TreeMap<>();
    private final Set<Entry> connected = new LinkedHashSet<>();
    private final Map<Session, Watch> watches = new LinkedHashMap<>();
    private final Waiters waiters;
    private int seeded;
    private long changes;

    public PresenceDesk(BusServices services) {
        this.services = services;
        this.waiters = new Waiters(services, agent -> row(entry(agent)));
    }

    @Override
    public boolean operate(Caller caller, String op, Map<String, @Nullable Object> request, Answer answer) {
        switch (op) {
            case "presence.ls" -> answer.ok(page(Selection.of(caller, request), request));
            case "presence.watch" -> watch(caller, request, answer);
            case "presence.unwatch" -> {
                watches.remove(caller.session());
                answer.ok(Map.of());
            }
            case "presence.set" -> set(caller, request, answer);
            case "agents.wait" -> waiters.await(caller, request, answer);
            default -> {
                return false;
            }
        }
        return true;
    }

    // ---- what agents say of themselves

    private void set(Caller caller, Map<String, @Nullable Object> request, Answer answer) {
        Session session = caller.session();
        String wrong = session == null ? "only a connected agent can" : Declaration.mistake(request);
        if (session == null || wrong != null) {
            answer.fail(ErrorCode.BAD_REQUEST, String.valueOf(wrong));
            return;
        }
        Entry entry = entry(session.owner());
        if (declare(entry.agent, request)) {
            changed(entry, "changed");
        }
        services.whenCommitted(() -> answer.ok(Map.of("version", entry.version)));
    }

    /** Takes what is given and keeps it; false when nothing is new. */
    private boolean declare(Agent agent, Map<String, @Nullable Object> json) {
        Declaration before = Declaration.of(agent);
        Declaration now = before.with(json);
        if (now.equals(before)) {
            return false;
        }
        now.giveTo(agent);
        services.keep(DESK, agent.namespace, agent.name, now.row());
        return true;
    }

    @Override
    @SuppressWarnings("unchecked")
    public void restore(KeptRows.Document row) {
        Agent agent = row.desk().equals(DESK) ? services.agent(row.namespace(), row.key()) : null;
        byte[] body = row.body();
        if (agent != null && body != null && Json.parse(body) instanceof Map<?, ?> kept) {
            Declaration.of(agent).with((Map<String, @Nullable Object>) kept).giveTo(agent);
        }
    }

    // ---- who comes and goes

    @Override
    public void onOpen(Agent agent, Session session) {
        String wrong = Declaration.mistake(session.declared);
        if (wrong == null) {
            declare(agent, session.declared);
        } else {
            services.error(session, ErrorCode.BAD_REQUEST, "HELLO: " + wrong + ".");
        }
        Entry entry = entry(agent);
        entry.state = State.CONNECTED;
        entry.sinceMs = services.clock().wallMs();
        connected.add(entry);
        changed(entry, "join");
        waiters.tell(services.clock().nanoTime());
    }

    @Override
    public void onEnd(Agent agent, Session session) {
        watches.remove(session);
        waiters.onEnd(session);
        Entry entry = entry(agent);
        entry.state = State.AWAY;
        entry.sinceMs = services.clock().wallMs();
        connected.remove(entry);
        changed(entry, "leave");
    }

    @Override
    public void onTimer(long nowNs) {
        for (Entry entry : connected) {
            Session session = entry.agent.session;
            State now = session != null && session.isSuspect ? State.STALE : State.CONNECTED;
            if (entry.state != now) {
                entry.state = now;
                changed(entry, now == State.STALE ? "stale" : "fresh");
            }
        }
        waiters.tell(nowNs);
    }

    private Entry entry(Agent agent) {
        return entries.computeIfAbsent(Agent.key(agent.namespace, agent.name), key -> new Entry(agent));
    }

    /** Agents that exist without having connected in this life of the daemon. */
    private void seed() {
        Collection<Agent> all = services.agents();
        if (all.size() != seeded) {
            seeded = all.size();
            all.stream().filter(agent -> !services.isOwnName(agent.name)).forEach(this::entry);
        }
    }

    private void changed(Entry entry, String what) {
        entry.version = services.bootNo() << 32 | ++changes;
        if (watches.isEmpty() && entry.agent.shadows == null) {
            return;
        }
        Map<String, Object> row = row(entry);
        services.shadow(entry.agent, "relay.presence", Map.of("what", what, "agent", row));
        watches.forEach((session, watch) -> {
            if (watch.selection.isOf(entry.agent)) {
                Map<String, Object> event = new LinkedHashMap<>();
                event.put("event", DESK);
                event.put("no", ++watch.no);
                event.put("what", what);
                event.put("agent", row);
                services.event(session, event);
            }
        });
    }

    // ---- who asks

    private void watch(Caller caller, Map<String, @Nullable Object> request, Answer answer) {
        Session session = caller.session();
        if (session == null) {
            answer.fail(ErrorCode.BAD_REQUEST, "events go to agents on the bus");
        } else if (watches.size() >= MAX_WATCHES && !watches.containsKey(session)) {
            answer.fail(ErrorCode.OVERLOADED, "too many watches: limit=" + MAX_WATCHES);
        } else {
            Selection selection = Selection.of(caller, request);
            watches.put(session, new Watch(selection));
            answer.ok(page(selection, request));
        }
    }

    private Map<String, Object> page(Selection selection, Map<String, @Nullable Object> request) {
        seed();
        long limit = Math.min(MAX_ROWS, Math.max(1, Arguments.number(request, "limit", MAX_ROWS)));
        String from = Agent.key(selection.namespace(), selection.prefix());
        String after = Agent.key(selection.namespace(), Arguments.text(request, "after", ""));
        List<Map<String, Object>> rows = new ArrayList<>();
        int bytes = 0;
        boolean more = false;
        for (Entry entry : entries.tailMap(after.compareTo(from) > 0 ? after : from, after.compareTo(from) <= 0)
                .values()) {
            if (!entry.agent.namespace.equals(selection.namespace())
                    || !entry.agent.name.startsWith(selection.prefix())) {
                break;
            }
            if (!selection.isOf(entry.agent) || !isIn(entry.state, selection.state())) {
                continue;
            }
            if (rows.size() >= limit || bytes > MAX_LIST_BYTES) {
                more = true;
                break;
            }
            Map<String, Object> row = row(entry);
            bytes += Declaration.bytes(row).length;
            rows.add(row);
        }
        return Map.of("agents", rows, "more", more, "version", services.bootNo() << 32 | changes);
    }

    private static boolean isIn(State state, String wanted) {
        return wanted.isEmpty() || word(state).equals(wanted);
    }

    private static String word(State state) {
        return switch (state) {
            case AWAY -> "away";
            case CONNECTED -> "connected";
            case STALE -> "stale";
        };
    }

    private static Map<String, Object> row(Entry entry) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("name", entry.agent.name);
        row.put("state", word(entry.state));
        row.put("version", entry.version);
        row.put("since_ms", entry.sinceMs);
        row.put("client", entry.agent.client);
        row.put("metadata", entry.agent.metadata);
        row.put("capabilities", entry.agent.capabilities);
        return row;
    }
}
