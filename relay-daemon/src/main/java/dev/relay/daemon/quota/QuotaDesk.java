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
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Quotas of agents: messages and bytes per second that one may send, messages and bytes that may wait for it. Off until an operator sets one, here or, for everybody, in the configuration ({@code
 * quota_…}); one that is set for an agent takes the place of that for everybody, and that of the configuration's. Kept over restarts and audited. Core thread only; bounded by the number of agents.
 */
public final class QuotaDesk implements Desk {
    private static final String DESK = "quota";
    private static final String ALL = "*";
    private static final int MAX_ROWS = 200;
    private static final List<String> LIMITS =
            List.of("messages_per_s", "bytes_per_s", "mailbox_messages", "mailbox_bytes");
    private static final long MAX_VALUE = 1L << 40;
    private static final long MAX_RATE = 1_000_000_000L;

    private final BusServices services;
    /** Limits by agent key, in the order of {@link #LIMITS}; those of everybody under the namespace's {@value #ALL}. */
    private final Map<String, long[]> set = new TreeMap<>();

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

    private static String namespaceOf(Caller caller, Map<String, @Nullable Object> request) {
        return caller.namespace().isEmpty() ? Arguments.text(request, "namespace", "default") : caller.namespace();
    }

    private void set(Caller caller, Map<String, @Nullable Object> request, Answer answer) {
        String name = Arguments.text(request, "agent", "");
        String namespace = namespaceOf(caller, request);
        long[] limits = limits(request);
        if (!caller.isOperator()) {
            services.count(Counter.UNAUTHORIZED);
            answer.fail(ErrorCode.UNAUTHORIZED, "only operators set quotas");
        } else if (!name.equals(ALL) && !Names.isName(name)) {
            answer.fail(ErrorCode.BAD_NAME, "not an agent's name, nor * for all: agent=" + name);
        } else if (!name.equals(ALL) && services.agent(namespace, name) == null) {
            answer.fail(ErrorCode.NOT_FOUND, "no such agent: agent=" + name);
        } else if (limits == null) {
            answer.fail(
                    ErrorCode.BAD_REQUEST,
                    "give at least one of " + LIMITS + ", each 0 (none) to " + MAX_VALUE + ", messages_per_s to "
                            + MAX_RATE);
        } else {
            set(caller, namespace, name, limits, answer);
        }
    }

    private void set(Caller caller, String namespace, String name, long[] limits, Answer answer) {
        boolean isNone = isNone(limits);
        if (isNone) {
            set.remove(Agent.key(namespace, name));
        } else {
            set.put(Agent.key(namespace, name), limits);
        }
        Map<String, Object> row = row(namespace, name, limits);
        services.keep(DESK, namespace, name, isNone ? null : Json.write(row).getBytes(StandardCharsets.UTF_8));
        services.audit("quota.set", caller.who(), row.toString());
        services.agents().forEach(this::apply);
        services.whenCommitted(() -> answer.ok(row));
    }

    private static boolean isNone(long[] limits) {
        for (long limit : limits) {
            if (limit != 0) {
                return false;
            }
        }
        return true;
    }

    private static long @Nullable [] limits(Map<String, @Nullable Object> request) {
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
        return isAny ? limits : null;
    }

    /** Gives an agent the quota that holds for it now. What was sent this second counts no more when it changes. */
    private void apply(Agent agent) {
        if (services.isOwnName(agent.name)) {
            return;
        }
        long[] limits = set.get(Agent.key(agent.namespace, agent.name));
        limits = limits == null ? set.get(Agent.key(agent.namespace, ALL)) : limits;
        limits = limits == null ? configured() : limits;
        Quota now = agent.quota;
        if (limits == null) {
            agent.quota = null;
        } else if (now == null
                || now.messagesPerS != limits[0]
                || now.bytesPerS != limits[1]
                || now.mailboxMessages != limits[2]
                || now.mailboxBytes != limits[3]) {
            long nowNs = services.clock().nanoTime();
            agent.quota = new Quota(limits[0], limits[1], limits[2], limits[3], nowNs);
        }
    }

    private long @Nullable [] configured() {
        QuotaLimits all = services.quota();
        return all.isNone()
                ? null
                : new long[] {all.messagesPerS(), all.bytesPerS(), all.mailboxMessages(), all.mailboxBytes()};
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
            long[] limits = limits((Map<String, @Nullable Object>) json);
            if (limits != null) {
                set.put(Agent.key(row.namespace(), row.key()), limits);
                services.agents().forEach(this::apply);
            }
        }
    }

    private void list(Caller caller, Map<String, @Nullable Object> request, Answer answer) {
        String namespace = namespaceOf(caller, request);
        String after = Agent.key(namespace, Arguments.text(request, "after", ""));
        List<Map<String, Object>> rows = new ArrayList<>();
        boolean more = false;
        for (Map.Entry<String, long[]> each : set.entrySet()) {
            String name = each.getKey()
                    .substring(namespace.length() + 1 > each.getKey().length() ? 0 : namespace.length() + 1);
            boolean isListed = each.getKey().startsWith(namespace + "/")
                    && each.getKey().compareTo(after) > 0
                    && (caller.isOperator() || name.equals(caller.name()) || name.equals(ALL));
            if (isListed && rows.size() >= MAX_ROWS) {
                more = true;
                break;
            }
            if (isListed) {
                rows.add(row(namespace, name, each.getValue()));
            }
        }
        answer.ok(Map.of("quotas", rows, "more", more));
    }

    private static Map<String, Object> row(String namespace, String name, long[] limits) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("namespace", namespace);
        row.put("agent", name);
        for (int i = 0; i < limits.length; i++) {
            row.put(LIMITS.get(i), limits[i]);
        }
        return row;
    }
}
