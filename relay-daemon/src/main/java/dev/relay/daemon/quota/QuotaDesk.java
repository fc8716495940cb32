package dev.relay.daemon.quota;

import dev.relay.daemon.routing.Answer;
import dev.relay.daemon.routing.Arguments;
import dev.relay.daemon.routing.BusServices;
import dev.relay.daemon.routing.Caller;
import dev.relay.daemon.routing.Counter;
import dev.relay.daemon.routing.Desk;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Quota;
import dev.relay.daemon.session.QuotaLimits;
import dev.relay.daemon.session.Session;
import dev.relay.daemon.store.KeptRows;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Json;
import dev.relay.protocol.Names;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Quotas of agents: messages and bytes per second that one may send, messages and bytes that may wait for it; and of work groups: what may wait for all partitions of one together. Off until an
 * operator sets one, here or, for every agent, in the configuration ({@code quota_…}); one that is set for an agent takes the place of that for everybody, and that of the configuration's. Kept
 * over restarts and audited. Core thread only; bounded by the number of agents and groups.
 */
public final class QuotaDesk implements Desk {
    private static final String DESK = "quota";
    private static final String ALL = "*";
    /** Before the name of a work group, as where it is sent to. */
    private static final String GROUP = "group:";

    private static final int MAX_ROWS = 200;
    private static final List<String> LIMITS =
            List.of("messages_per_s", "bytes_per_s", "mailbox_messages", "mailbox_bytes");
    private static final long MAX_VALUE = 1L << 40;
    private static final long MAX_RATE = 1_000_000_000L;

    private final BusServices services;
    /** Limits by the key of an agent, of everybody ({@value #ALL}) or of a group ({@value #GROUP} and its name). */
    private final NavigableMap<String, QuotaLimits> set = new TreeMap<>();

    public QuotaDesk(BusServices services) {
        this.services = services;
    }

    @Override
    public boolean operate(Caller caller, String op, Map<String, @Nullable Object> request, Answer answer) {
        switch (op) {
            case "quota.set" -> set(caller, request, answer);
            case "quota.ls" -> list(caller, request, answer);
            default -> {
                return false;
            }
        }
        return true;
    }

    private void set(Caller caller, Map<String, @Nullable Object> request, Answer answer) {
        String target = Arguments.text(request, "agent", "");
        String namespace = Arguments.namespace(caller, request);
        QuotaLimits limits = limits(request);
        if (!caller.isOperator()) {
            services.count(Counter.UNAUTHORIZED);
            answer.fail(ErrorCode.UNAUTHORIZED, "only operators set quotas");
        } else if (!target.equals(ALL) && !Names.isName(isGroup(target) ? groupOf(target) : target)) {
            answer.fail(ErrorCode.BAD_NAME, "neither an agent nor group:NAME nor * for all agents: agent=" + target);
        } else if (!exists(namespace, target)) {
            answer.fail(ErrorCode.NOT_FOUND, "no such agent or group: agent=" + target);
        } else if (limits == null) {
            answer.fail(
                    ErrorCode.BAD_REQUEST,
                    "give at least one of " + LIMITS + ", each 0 (none) to " + MAX_VALUE + ", messages_per_s to "
                            + MAX_RATE);
        } else if (isGroup(target) && limits.hasRate()) {
            answer.fail(ErrorCode.BAD_REQUEST, "a group sends nothing, it has a mailbox only: agent=" + target);
        } else {
            set(caller, namespace, target, limits, answer);
        }
    }

    private static boolean isGroup(String target) {
        return target.startsWith(GROUP);
    }

    private static String groupOf(String target) {
        return target.substring(GROUP.length());
    }

    private boolean exists(String namespace, String target) {
        return isGroup(target)
                ? services.seats().exist(namespace, groupOf(target))
                : target.equals(ALL) || services.agent(namespace, target) != null;
    }

    private void set(Caller caller, String namespace, String target, QuotaLimits limits, Answer answer) {
        Map<String, Object> row = row(namespace, target, limits);
        hold(namespace, target, limits);
        services.keep(
                DESK,
                namespace,
                target,
                limits.isNone() ? null : Json.write(row).getBytes(StandardCharsets.UTF_8));
        services.audit("quota.set", caller.who(), row.toString());
        services.whenCommitted(() -> answer.ok(row));
    }

    private static @Nullable QuotaLimits limits(Map<String, @Nullable Object> request) {
        long[] limits = new long[LIMITS.size()];
        boolean isAny = false;
        for (int i = 0; i < limits.length; i++) {
            Object value = request.get(LIMITS.get(i));
            if (value != null && !(value instanceof Long n && n >= 0 && n <= (i == 0 ? MAX_RATE : MAX_VALUE))) {
                return null;
            }
            limits[i] = value instanceof Long n ? n : 0;
            isAny |= value != null;
        }
        return isAny ? new QuotaLimits(limits[0], limits[1], limits[2], limits[3]) : null;
    }

    /** These limits hold from now on. */
    private void hold(String namespace, String target, QuotaLimits limits) {
        if (limits.isNone()) {
            set.remove(Agent.key(namespace, target));
        } else {
            set.put(Agent.key(namespace, target), limits);
        }
        if (isGroup(target)) {
            Quota quota =
                    limits.isNone() ? null : new Quota(limits, services.clock().nanoTime());
            for (Agent partition : services.seats().of(namespace, groupOf(target))) {
                partition.quota = quota; // their mailbox is one
            }
        } else {
            services.agents().forEach(this::apply);
        }
    }

    /** Gives an agent the quota that holds for it now. What was sent this second counts no more when it changes. */
    private void apply(Agent agent) {
        if (services.isOwnName(agent.name)) {
            return;
        }
        QuotaLimits limits = limitsOf(agent);
        Quota now = agent.quota;
        if (limits.isNone()) {
            agent.quota = null;
        } else if (now == null || !now.limits.equals(limits)) {
            agent.quota = new Quota(limits, services.clock().nanoTime());
        }
    }

    private QuotaLimits limitsOf(Agent agent) {
        QuotaLimits own = set.get(Agent.key(agent.namespace, agent.name));
        return own == null ? set.getOrDefault(Agent.key(agent.namespace, ALL), services.quota()) : own;
    }

    @Override
    public void onOpen(Agent agent, Session session) {
        if (!set.isEmpty() || !services.quota().isNone()) {
            apply(agent);
        }
    }

    @Override
    @SuppressWarnings("unchecked")
    public void restore(KeptRows.Document row) {
        byte[] body = row.body();
        if (!row.desk().equals(DESK) || body == null) {
            return;
        }
        if (Json.parse(new String(body, StandardCharsets.UTF_8)) instanceof Map<?, ?> json) {
            QuotaLimits limits = limits((Map<String, @Nullable Object>) json);
            if (limits != null) {
                hold(row.namespace(), row.key(), limits);
            }
        }
    }

    private void list(Caller caller, Map<String, @Nullable Object> request, Answer answer) {
        String namespace = Arguments.namespace(caller, request);
        String before = Agent.key(namespace, "");
        List<Map<String, Object>> rows = new ArrayList<>();
        boolean more = false;
        for (Map.Entry<String, QuotaLimits> each : set.tailMap(before + Arguments.text(request, "after", ""), false)
                .entrySet()) {
            if (!each.getKey().startsWith(before) || rows.size() >= MAX_ROWS) {
                more = each.getKey().startsWith(before);
                break;
            }
            String target = each.getKey().substring(before.length());
            if (caller.isOperator() || target.equals(caller.name()) || target.equals(ALL)) {
                rows.add(row(namespace, target, each.getValue()));
            }
        }
        answer.ok(Map.of("quotas", rows, "more", more));
    }

    private static Map<String, Object> row(String namespace, String target, QuotaLimits limits) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("namespace", namespace);
        row.put("agent", target);
        row.put("messages_per_s", limits.messagesPerS());
        row.put("bytes_per_s", limits.bytesPerS());
        row.put("mailbox_messages", limits.mailboxMessages());
        row.put("mailbox_bytes", limits.mailboxBytes());
        return row;
    }
}
