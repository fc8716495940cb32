package dev.relay.daemon.group;

import dev.relay.daemon.routing.Answer;
import dev.relay.daemon.routing.Arguments;
import dev.relay.daemon.routing.BusServices;
import dev.relay.daemon.routing.Caller;
import dev.relay.daemon.routing.Desk;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Session;
import dev.relay.daemon.store.KeptRows;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Names;
import dev.relay.protocol.Partitions;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Work groups over CONTROL: who joins and leaves, the directory, EVENT {@code group} to the members when owners change. The owners of a
 * group are one row, in the cut that has the epochs of its partitions; a group exists from its first member or {@code group.add} on. Core
 * thread only; at most {@value #MAX_GROUPS} groups, one more is refused OVERLOADED.
 */
public final class GroupDesk implements Desk {
    static final int MAX_GROUPS = 64;
    private static final String DESK = "group";
    private static final int MAX_ROWS = 64;

    private record Leaver(Group group, Agent member, Answer answer) {}

    private final BusServices services;
    private final NavigableMap<String, Group> groups = new TreeMap<>();
    /** Who waits until nothing of the group is in its hands; at most one per member and group. */
    private final List<Leaver> leavers = new ArrayList<>();

    public GroupDesk(BusServices services) {
        this.services = services;
    }

    @Override
    public boolean operate(Caller caller, String op, Map<String, @Nullable Object> request, Answer answer) {
        switch (op) {
            case "group.add" -> withName(caller, request, answer, name -> add(caller, request, name, answer));
            case "group.join" -> withName(caller, request, answer, name -> join(caller, name, answer));
            case "group.leave" -> withGroup(caller, request, answer, group -> leave(caller, group, answer));
            case "group.ls" -> answer.ok(list(caller, request));
            case "group.get" ->
                withGroup(caller, request, answer, group -> answer.ok(Directory.of(group, services.seats())));
            case "group.partition" -> withGroup(caller, request, answer, group -> partition(group, request, answer));
            default -> {
                return false;
            }
        }
        return true;
    }

    private interface NameAction {
        void run(String name);
    }

    private interface GroupAction {
        void run(Group group);
    }

    private static void withName(
            Caller caller, Map<String, @Nullable Object> request, Answer answer, NameAction action) {
        String name = Arguments.text(request, "group", "");
        if (Names.isName(name)) {
            action.run(name);
        } else {
            answer.fail(ErrorCode.BAD_NAME, "not a legal name: group=" + name);
        }
    }

    private void withGroup(Caller caller, Map<String, @Nullable Object> request, Answer answer, GroupAction action) {
        withName(caller, request, answer, name -> {
            Group group = groups.get(Agent.key(Arguments.namespace(caller, request), name));
            if (group == null) {
                answer.fail(ErrorCode.NOT_FOUND, "no such group: group=" + name);
            } else {
                action.run(group);
            }
        });
    }

    /** The group with this name, made if need be; null when there are too many. */
    private @Nullable Group made(String namespace, String name, Answer answer) {
        Group group = groups.get(Agent.key(namespace, name));
        if (group == null && groups.size() >= MAX_GROUPS) {
            answer.fail(ErrorCode.OVERLOADED, "too many groups: limit=" + MAX_GROUPS);
        } else if (group == null) {
            group = new Group(services, namespace, name);
            groups.put(Agent.key(namespace, name), group);
            keep(group);
        }
        return group;
    }

    private boolean mayJoin(Caller caller, String name, Answer answer) {
        boolean may = services.mayJoin(caller.namespace(), caller.name(), name);
        if (!may) {
            answer.fail(ErrorCode.UNAUTHORIZED, "no rule of allow_join names this: group=" + name);
        }
        return may;
    }

    private void add(Caller caller, Map<String, @Nullable Object> request, String name, Answer answer) {
        if (!caller.isOperator() && !mayJoin(caller, name, answer)) {
            return;
        }
        Group group = made(Arguments.namespace(caller, request), name, answer);
        if (group != null) {
            services.whenCommitted(() -> answer.ok(Directory.row(group, services.seats())));
        }
    }

    private void join(Caller caller, String name, Answer answer) {
        Session session = caller.session();
        if (session == null) {
            answer.fail(ErrorCode.BAD_REQUEST, "only a connected agent can join");
            return;
        }
        Group group = mayJoin(caller, name, answer) ? made(caller.namespace(), name, answer) : null;
        if (group == null) {
            return;
        }
        if (!group.join(session.owner())) {
            answer.fail(ErrorCode.OVERLOADED, "too many members: limit=" + Group.MAX_MEMBERS);
            return;
        }
        tell(group);
        Map<String, Object> event = Directory.event(group, List.of(group.seats)); // what it missed while it was away
        services.whenCommitted(() -> {
            tell(session.owner(), event);
            answer.ok(Directory.row(group, services.seats()));
        });
    }

    /** Answered when it has nothing of the group in hand any more. */
    private void leave(Caller caller, Group group, Answer answer) {
        Agent member = services.agent(caller.namespace(), caller.name());
        if (member == null || !group.leave(member)) {
            answer.fail(ErrorCode.NOT_FOUND, "not a member: group=" + group.name);
            return;
        }
        leavers.add(new Leaver(group, member, answer));
        tell(group);
        answerLeavers();
    }

    private void answerLeavers() {
        leavers.removeIf(leaver -> {
            boolean isOver = !leaver.group().isServing(leaver.member());
            if (isOver) {
                services.whenCommitted(() -> leaver.answer().ok(Map.of()));
            }
            return isOver;
        });
    }

    private void partition(Group group, Map<String, @Nullable Object> request, Answer answer) {
        String key = Arguments.text(request, "key", "");
        if (key.isEmpty() || key.getBytes(java.nio.charset.StandardCharsets.UTF_8).length > Partitions.MAX_KEY_BYTES) {
            answer.fail(ErrorCode.BAD_REQUEST, "key has 1 to " + Partitions.MAX_KEY_BYTES + " bytes");
        } else {
            answer.ok(Directory.row(group.seats[Partitions.ofKey(key)], services.seats()));
        }
    }

    private Map<String, Object> list(Caller caller, Map<String, @Nullable Object> request) {
        String namespace = Arguments.namespace(caller, request);
        List<Map<String, Object>> rows = groups.values().stream()
                .filter(group -> group.namespace.equals(namespace))
                .limit(MAX_ROWS)
                .map(group -> Directory.row(group, services.seats()))
                .toList();
        return Map.of("groups", rows);
    }

    // ---- changes

    @Override
    public void onEnd(Agent agent, Session session) {
        leavers.removeIf(leaver -> leaver.member() == agent);
        for (Group group : groups.values()) {
            if (group.leave(agent)) {
                tell(group);
            }
        }
    }

    @Override
    public void onTimer(long nowNs) {
        for (Group group : groups.values()) {
            group.onTimer(nowNs);
            tell(group);
        }
        if (!leavers.isEmpty()) {
            answerLeavers();
        }
    }

    /**
     * Keeps and tells what has changed since the last time: one row and one event for all of it. Told once it is committed: what a crash
     * undoes nobody has heard of.
     */
    private void tell(Group group) {
        List<Seat> changed = group.takeChanged();
        if (changed.isEmpty()) {
            return;
        }
        keep(group);
        Map<String, Object> event = Directory.event(group, changed);
        Set<Agent> told = new LinkedHashSet<>(group.members());
        leavers.stream().filter(leaver -> leaver.group() == group).forEach(leaver -> told.add(leaver.member()));
        services.whenCommitted(() -> told.forEach(member -> tell(member, event)));
    }

    private void tell(Agent member, Map<String, Object> event) {
        if (member.session != null) {
            services.event(member.session, event);
        }
    }

    private void keep(Group group) {
        services.keep(DESK, group.namespace, group.name, Directory.kept(group));
    }

    @Override
    public void restore(KeptRows.Document row) {
        byte[] body = row.body();
        if (row.desk().equals(DESK) && body != null) {
            Group group = new Group(services, row.namespace(), row.key());
            groups.put(Agent.key(row.namespace(), row.key()), group);
            Directory.restore(group, body, name -> services.agent(row.namespace(), name));
            group.awaitOwners();
        }
    }
}
