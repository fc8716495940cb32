package dev.relay.daemon.routing;

import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.store.DeadLetterCount;
import dev.relay.daemon.store.DeadLetterQuery;
import dev.relay.daemon.store.DeadLetterRow;
import dev.relay.protocol.DeadLetterReason;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The dead letters as their owners and operators see them: pages of rows, and counts. Everybody sees those that it sent or was to get, operators all of their namespace. An answer stays below the size of
 * a control frame: a page ends with {@code more} after {@value #MAX_LIST_BYTES} bytes. Core thread only; keeps nothing of its own.
 */
final class DeadLetterCatalogue {
    private static final int MAX_ROWS = 1_000;
    private static final int MAX_LIST_BYTES = 48 << 10;
    private static final int MAX_GROUPS = 100;

    private final Core core;

    DeadLetterCatalogue(Core core) {
        this.core = core;
    }

    void list(Caller caller, Map<String, @Nullable Object> request, Answer answer) {
        String reasonName = Arguments.text(request, "reason", "");
        DeadLetterReason reason = reasonOf(reasonName);
        if (reason == null && !reasonName.isEmpty()) {
            answer.fail(
                    ErrorCode.BAD_REQUEST,
                    "unknown reason: reason=" + reasonName + "; there are "
                            + Arrays.toString(DeadLetterReason.values()));
            return;
        }
        long now = core.clock.wallMs();
        long minAgeMs = Math.max(0, Arguments.number(request, "min_age_ms", 0));
        long maxAgeMs = Math.max(0, Arguments.number(request, "max_age_ms", Long.MAX_VALUE));
        DeadLetterQuery query = new DeadLetterQuery(
                Arguments.number(request, "after", 0),
                (int) Math.min(MAX_ROWS, Math.max(1, Arguments.number(request, "limit", 100))),
                reason == null ? 0 : reason.number(),
                Arguments.text(request, "sender", ""),
                Arguments.text(request, "target", ""),
                caller.isOperator() ? "" : caller.name(),
                maxAgeMs > now ? 0 : now - maxAgeMs,
                minAgeMs == 0 ? Long.MAX_VALUE : now - minAgeMs);
        core.store.deadLetters(query, rows -> answer.ok(page(caller, query.limit(), rows)));
    }

    private static @Nullable DeadLetterReason reasonOf(String name) {
        return Arrays.stream(DeadLetterReason.values())
                .filter(reason -> reason.name().equals(name))
                .findAny()
                .orElse(null);
    }

    /** As many rows as fit one control frame. */
    private Map<String, Object> page(Caller caller, int limit, List<DeadLetterRow> rows) {
        List<Map<String, Object>> listed = new ArrayList<>();
        boolean more = rows.size() == limit;
        int bytes = 0;
        for (DeadLetterRow row : rows) {
            Lane lane = core.lanesById.get(row.lane());
            if (lane == null || !caller.isInNamespaceOf(lane)) {
                continue;
            }
            Map<String, Object> json = described(row, lane);
            bytes += Json.write(json).getBytes(StandardCharsets.UTF_8).length;
            if (bytes > MAX_LIST_BYTES && !listed.isEmpty()) {
                more = true;
                break;
            }
            listed.add(json);
        }
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("dead_letters", listed);
        answer.put("more", more);
        if (more) {
            answer.put("next", listed.isEmpty() ? rows.get(rows.size() - 1).no() : lastNo(listed));
        }
        return answer;
    }

    private static Object lastNo(List<Map<String, Object>> listed) {
        return listed.get(listed.size() - 1).getOrDefault("no", 0L);
    }

    static Map<String, Object> described(DeadLetterRow row, Lane lane) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("no", row.no());
        json.put("namespace", lane.sender.namespace);
        json.put("id", new UUID(row.idMsb(), row.idLsb()).toString());
        json.put("sender", row.sender());
        json.put("target", row.target());
        json.put("class", row.laneClass());
        json.put("epoch", row.epoch());
        json.put("seq", row.seq());
        json.put("kind", row.kind());
        json.put("reason", nameOf(row.reason()));
        json.put("attempts", (long) row.attempts());
        json.put("first_at_ms", row.firstAtMs());
        json.put("dead_at_ms", row.deadAtMs());
        json.put("error", row.error());
        json.put("bytes", (long) row.bytes());
        return json;
    }

    static String nameOf(int reason) {
        DeadLetterReason known = DeadLetterReason.byNumber(reason);
        return known == null ? "REASON_" + reason : known.name();
    }

    /** Sums by reason, and by sender and target the {@value #MAX_GROUPS} largest. */
    void stats(Caller caller, Answer answer) {
        core.store.deadLetterCounts(counts -> answer.ok(stats(caller, counts)));
    }

    private Map<String, Object> stats(Caller caller, List<DeadLetterCount> counts) {
        List<DeadLetterCount> mine = counts.stream()
                .filter(count -> isFor(caller, core.lanesById.get(count.lane())))
                .sorted(Comparator.comparingLong(DeadLetterCount::messages).reversed())
                .toList();
        Map<String, Long> byReason = new LinkedHashMap<>();
        mine.forEach(count -> byReason.merge(nameOf(count.reason()), count.messages(), Long::sum));
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("total", mine.stream().mapToLong(DeadLetterCount::messages).sum());
        json.put("bytes", mine.stream().mapToLong(DeadLetterCount::bytes).sum());
        json.put(
                "oldest_at_ms",
                mine.stream().mapToLong(DeadLetterCount::oldestMs).min().orElse(0));
        json.put("by_reason", byReason);
        json.put("groups", mine.stream().limit(MAX_GROUPS).map(this::group).toList());
        return json;
    }

    private static boolean isFor(Caller caller, @Nullable Lane lane) {
        return lane != null
                && caller.isInNamespaceOf(lane)
                && (caller.isOperator()
                        || caller.name().equals(lane.sender.name)
                        || caller.name().equals(lane.recipient.actor().name));
    }

    private Map<String, Object> group(DeadLetterCount count) {
        Lane lane = core.lanesById.get(count.lane());
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("reason", nameOf(count.reason()));
        json.put("sender", lane == null ? "" : lane.sender.name);
        json.put("target", lane == null ? "" : lane.recipient.name);
        json.put("messages", count.messages());
        json.put("bytes", count.bytes());
        json.put("oldest_at_ms", count.oldestMs());
        return json;
    }
}
