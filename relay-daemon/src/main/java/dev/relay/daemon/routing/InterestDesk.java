package dev.relay.daemon.routing;

import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Interest;
import dev.relay.daemon.session.InterestFilter;
import dev.relay.daemon.session.Session;
import dev.relay.daemon.store.KeptRows;
import dev.relay.daemon.store.Recovered;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Json;
import dev.relay.protocol.Names;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What agents are interested in: topics by pattern, durable or while connected, each with a filter by sender and content type that the daemon applies. Declared in HELLO or by
 * {@code subscribe}; the same pattern again changes the filter. A filter of a durable one is kept beside it, in the same cut. Core thread only; bounded by {@value #MAX_INTERESTS} of each kind per
 * agent, one more is refused OVERLOADED.
 */
final class InterestDesk implements Desk {
    static final int MAX_INTERESTS = 1_000;
    private static final int MAX_SENDERS = 32;
    private static final int MAX_CONTENT = 255;
    private static final String DESK = "interest";
    private static final List<String> CONTENTS = List.of("bytes", "json", "text", "msgpack");

    private final Core core;
    private final BatchCutter cutter;
    private final TopicIndex topics;

    InterestDesk(Core core, BatchCutter cutter, TopicIndex topics) {
        this.core = core;
        this.cutter = cutter;
        this.topics = topics;
    }

    @Override
    public boolean operate(Caller caller, String op, Map<String, @Nullable Object> request, Answer answer) {
        Session session = caller.session();
        if (session == null) {
            return false;
        }
        switch (op) {
            case "subscribe" -> subscribe(session.owner(), request, answer);
            case "unsubscribe" -> unsubscribe(session.owner(), request, answer);
            case "interest.ls" -> answer.ok(list(session.owner(), request));
            default -> {
                return false;
            }
        }
        return true;
    }

    private void subscribe(Agent agent, Map<String, @Nullable Object> request, Answer answer) {
        Refusal refusal = add(agent, request);
        if (refusal == null) {
            String pattern = Arguments.text(request, "topic", "");
            cutter.whenCommitted(() -> answer.ok(Map.of("subscription", pattern)));
        } else {
            answer.fail(refusal.code, refusal.why);
        }
    }

    private record Refusal(ErrorCode code, String why) {}

    private @Nullable Refusal add(Agent agent, Map<String, @Nullable Object> request) {
        String pattern = Arguments.text(request, "topic", "");
        boolean isDurable = Arguments.flag(request, "durable", false);
        Map<String, Interest> interests = isDurable ? agent.durableInterests : agent.liveInterests;
        InterestFilter filter = filter(request);
        if (!Names.isPattern(pattern)) {
            return new Refusal(ErrorCode.BAD_NAME, "not a topic pattern: topic=" + pattern);
        }
        if (filter == null) {
            return new Refusal(
                    ErrorCode.BAD_REQUEST,
                    "senders is a list of at most " + MAX_SENDERS + " names or beginnings with *, content_types one of "
                            + CONTENTS + " or of numbers to " + MAX_CONTENT);
        }
        Interest known = interests.get(pattern);
        boolean isNew = known == null;
        if (isNew && interests.size() >= MAX_INTERESTS) {
            return new Refusal(
                    ErrorCode.OVERLOADED, "too many interests: agent=" + agent.name + " limit=" + MAX_INTERESTS);
        }
        if (isDurable && isNew) {
            core.next.subscribe(new Recovered.SubscriptionRow(agent.namespace, agent.name, pattern));
        }
        boolean hadFilter = known != null && !known.filter.isAll();
        boolean isChanged = topics.add(agent, pattern, isDurable, filter);
        if (isDurable && isChanged && (hadFilter || !filter.isAll())) {
            keep(agent, pattern, filter);
        }
        return null;
    }

    /** The filter of a request, null when it is none. */
    private static @Nullable InterestFilter filter(Map<String, @Nullable Object> request) {
        List<String> senders = Arguments.texts(request, "senders");
        if (senders == null || senders.size() > MAX_SENDERS || !senders.stream().allMatch(InterestDesk::isSender)) {
            return null;
        }
        if (request.get("content_types") == null) {
            return new InterestFilter(senders, null);
        }
        BitSet contents = new BitSet();
        if (!(request.get("content_types") instanceof List<?> types) || types.isEmpty()) {
            return null;
        }
        for (Object type : types) {
            long number = type instanceof Long n ? n : CONTENTS.indexOf(type);
            if (number < 0 || number > MAX_CONTENT) {
                return null;
            }
            contents.set((int) number);
        }
        return new InterestFilter(senders, contents);
    }

    private static boolean isSender(String text) {
        boolean isBeginning = text.endsWith("*");
        String name = isBeginning ? text.substring(0, text.length() - 1) : text;
        return Names.isName(name) || (isBeginning && name.isEmpty());
    }

    private static Map<String, Object> described(InterestFilter filter) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("senders", filter.senders());
        BitSet contents = filter.contents();
        if (contents != null) {
            List<Object> types = new ArrayList<>();
            contents.stream().forEach(n -> types.add(n < CONTENTS.size() ? CONTENTS.get(n) : (Object) (long) n));
            json.put("content_types", types);
        }
        return json;
    }

    private void keep(Agent agent, String pattern, @Nullable InterestFilter filter) {
        byte[] body = filter == null || filter.isAll()
                ? null
                : Json.write(described(filter)).getBytes(StandardCharsets.UTF_8);
        core.next.kept.documents.add(new KeptRows.Document(DESK, agent.namespace, agent.name + " " + pattern, body));
    }

    @Override
    @SuppressWarnings("unchecked")
    public void restore(KeptRows.Document row) {
        byte[] body = row.body();
        int space = row.key().indexOf(' ');
        if (!row.desk().equals(DESK) || body == null || space < 0) {
            return;
        }
        Agent agent = core.agent(row.namespace(), row.key().substring(0, space));
        String pattern = row.key().substring(space + 1);
        if (agent != null
                && agent.durableInterests.containsKey(pattern)
                && Json.parse(new String(body, StandardCharsets.UTF_8)) instanceof Map<?, ?> json) {
            InterestFilter filter = filter((Map<String, @Nullable Object>) json);
            topics.add(agent, pattern, true, filter == null ? InterestFilter.ALL : filter);
        }
    }

    /** HELLO can name interests, so that a start costs no round trips; a bad one is told and does no harm to the others. */
    @Override
    @SuppressWarnings("unchecked")
    public void onOpen(Agent agent, Session session) {
        if (!(session.declared.get("interests") instanceof List<?> interests)) {
            return;
        }
        for (Object each : interests) {
            Refusal refusal = each instanceof Map<?, ?> interest
                    ? add(agent, (Map<String, @Nullable Object>) interest)
                    : new Refusal(ErrorCode.BAD_REQUEST, "an interest is an object");
            if (refusal != null) {
                core.error(session, refusal.code, "HELLO: " + refusal.why + ".", false, null);
            }
        }
    }

    private void unsubscribe(Agent agent, Map<String, @Nullable Object> request, Answer answer) {
        String pattern = Arguments.text(request, "topic", "");
        boolean wasLive = topics.remove(agent, pattern, false);
        Interest durable = agent.durableInterests.get(pattern);
        if (durable != null) {
            topics.remove(agent, pattern, true);
            core.next.unsubscribe(new Recovered.SubscriptionRow(agent.namespace, agent.name, pattern));
            if (!durable.filter.isAll()) {
                keep(agent, pattern, null);
            }
        }
        if (wasLive || durable != null) {
            cutter.whenCommitted(() -> answer.ok(Map.of()));
        } else {
            answer.fail(ErrorCode.NOT_FOUND, "no such subscription: topic=" + pattern);
        }
    }

    private static Map<String, Object> list(Agent agent, Map<String, @Nullable Object> request) {
        String after = Arguments.text(request, "after", "");
        List<Map<String, Object>> rows = new ArrayList<>();
        List<Interest> all = new ArrayList<>(agent.durableInterests.values());
        all.addAll(agent.liveInterests.values());
        all.sort(java.util.Comparator.comparing((Interest i) -> i.pattern).thenComparing(i -> i.isDurable));
        boolean more = false;
        for (Interest interest : all) {
            if (interest.pattern.compareTo(after) <= 0) {
                continue;
            }
            if (rows.size() >= MAX_ROWS
                    && !interest.pattern.equals(rows.get(rows.size() - 1).get("topic"))) {
                more = true;
                break;
            }
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("topic", interest.pattern);
            row.put("durable", interest.isDurable);
            row.putAll(described(interest.filter));
            rows.add(row);
        }
        return Map.of("interests", rows, "more", more);
    }

    /** Each at most about 1,500 bytes with its senders: a page fits one control frame. */
    private static final int MAX_ROWS = 20;
}
