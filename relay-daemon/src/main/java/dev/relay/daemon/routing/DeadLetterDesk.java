package dev.relay.daemon.routing;

import dev.relay.daemon.deadletter.DeadLetters;
import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Session;
import dev.relay.daemon.store.Batch;
import dev.relay.daemon.store.DeadLetterCount;
import dev.relay.daemon.store.DeadLetterQuery;
import dev.relay.daemon.store.DeadLetterRow;
import dev.relay.protocol.DeadLetterReason;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.Json;
import dev.relay.protocol.MessageHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What owners and operators do with dead letters (invariant I17): list, count, read, put back, drop. Who is neither owner nor operator is told UNAUTHORIZED. A redrive is a new acceptance
 * and the end of the dead letter in one commit; that, a drop and a look at a payload are audited in the same commit, and answered after it. Core thread only. Answers stay below the size of a control frame:
 * lists end with {@code more}, payloads come in pieces of {@value #PIECE_BYTES} bytes.
 */
final class DeadLetterDesk implements Desk {
    private static final int MAX_ROWS = 1_000;
    private static final int MAX_LIST_BYTES = 48 << 10;
    private static final int MAX_GROUPS = 100;
    static final int PIECE_BYTES = 32 << 10;

    private final Core core;
    private final OwnMessages ownMessages;
    private final BatchCutter cutter;
    private final DeadLetters deadLetters;
    /** Redriven or dropped, and not committed yet. */
    private final Set<Long> leaving = new HashSet<>();

    DeadLetterDesk(Core core, OwnMessages ownMessages, BatchCutter cutter, DeadLetters deadLetters) {
        this.deadLetters = deadLetters;
        this.core = core;
        this.ownMessages = ownMessages;
        this.cutter = cutter;
    }

    @Override
    public boolean operate(Caller caller, String op, Map<String, @Nullable Object> request, Answer answer) {
        switch (op) {
            case "dlq.ls" -> list(caller, request, answer);
            case "dlq.stats" -> core.store.deadLetterCounts(counts -> answer.ok(stats(caller, counts)));
            case "dlq.show" ->
                withRow(caller, request, answer, (row, lane) -> show(caller, request, row, lane, answer));
            case "dlq.redrive" -> withRow(caller, request, answer, (row, lane) -> redrive(caller, row, lane, answer));
            case "dlq.drop" -> withRow(caller, request, answer, (row, lane) -> drop(caller, row, answer));
            default -> {
                return false;
            }
        }
        return true;
    }

    // ---- reading

    private void list(Caller caller, Map<String, @Nullable Object> request, Answer answer) {
        String reasonName = Handshake.text(request, "reason", "");
        DeadLetterReason reason = reasonOf(reasonName);
        if (reason == null && !reasonName.isEmpty()) {
            answer.fail(
                    ErrorCode.BAD_REQUEST,
                    "unknown reason: reason=" + reasonName + "; there are "
                            + Arrays.toString(DeadLetterReason.values()));
            return;
        }
        long now = core.clock.wallMs();
        long minAgeMs = Math.max(0, Handshake.number(request, "min_age_ms", 0));
        long maxAgeMs = Math.max(0, Handshake.number(request, "max_age_ms", Long.MAX_VALUE));
        DeadLetterQuery query = new DeadLetterQuery(
                Handshake.number(request, "after", 0),
                (int) Math.min(MAX_ROWS, Math.max(1, Handshake.number(request, "limit", 100))),
                reason == null ? 0 : reason.number(),
                Handshake.text(request, "sender", ""),
                Handshake.text(request, "target", ""),
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

    private static String nameOf(int reason) {
        DeadLetterReason known = DeadLetterReason.byNumber(reason);
        return known == null ? "REASON_" + reason : known.name();
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

    private void show(
            Caller caller, Map<String, @Nullable Object> request, DeadLetterRow row, Lane lane, Answer answer) {
        Map<String, Object> json = described(row, lane);
        byte[] frame = row.frame();
        if (frame != null) {
            ByteBuffer b = ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN);
            int payloadAt = MessageHeader.payloadAt(b, 0);
            long offset = Math.max(0, Handshake.number(request, "offset", 0));
            int from = (int) Math.min(frame.length, payloadAt + Math.min(offset, frame.length));
            int to = Math.min(frame.length, from + PIECE_BYTES);
            json.put("content", (long) MessageHeader.content(b, 0));
            json.put("payload_bytes", (long) frame.length - payloadAt);
            json.put("payload", Base64.getEncoder().encodeToString(Arrays.copyOfRange(frame, from, to)));
            json.put("more", to < frame.length);
        }
        audit(caller, "dlq.show", row);
        cutter.whenCommitted(() -> answer.ok(json));
    }

    /** Reads a dead letter and checks that the caller may have it. */
    private void withRow(
            Caller caller, Map<String, @Nullable Object> request, Answer answer, BiConsumer<DeadLetterRow, Lane> then) {
        long no = Handshake.number(request, "no", 0);
        core.store.deadLetter(no, row -> {
            Lane lane = row == null ? null : core.lanesById.get(row.lane());
            if (row == null
                    || lane == null
                    || !caller.isInNamespaceOf(lane)
                    || leaving.contains(no)
                    || deadLetters.isHeld(no)) {
                answer.fail(ErrorCode.NOT_FOUND, "no such dead letter: no=" + no);
            } else if (!caller.maySee(row)) {
                core.count(Counter.UNAUTHORIZED);
                answer.fail(ErrorCode.UNAUTHORIZED, "only its sender, its target and operators may: no=" + no);
            } else {
                then.accept(row, lane);
            }
        });
    }

    // ---- changing

    private void redrive(Caller caller, DeadLetterRow row, Lane lane, Answer answer) {
        Agent recipient = core.agent(lane.recipient.namespace, lane.recipient.name);
        if (recipient == null || row.frame() == null || row.reason() == DeadLetterReason.CORRUPT.number()) {
            answer.fail(ErrorCode.NOT_FOUND, "the recipient or the payload is gone: no=" + row.no());
            return;
        }
        if (row.reason() == DeadLetterReason.FORBIDDEN.number() && !caller.isOperator()) {
            answer.fail(ErrorCode.UNAUTHORIZED, "its sender may not send it: no=" + row.no());
            return;
        }
        ByteBuffer frame = Origin.marked(row);
        ErrorCode refusal = ownMessages.refusal(recipient, frame);
        if (refusal != null) {
            answer.fail(refusal, "not now: no=" + row.no());
            return;
        }
        long seq = ownMessages.redrive(recipient, frame);
        leave(caller, "dlq.redrive", row, () -> answer.ok(Map.of("seq", seq)));
    }

    private void drop(Caller caller, DeadLetterRow row, Answer answer) {
        leave(caller, "dlq.drop", row, () -> answer.ok(Map.of()));
    }

    private void leave(Caller caller, String op, DeadLetterRow row, Runnable committed) {
        leaving.add(row.no());
        core.next.droppedDeadLetters.add(row.no());
        core.deadLetterCount = Math.max(0, core.deadLetterCount - 1);
        audit(caller, op, row);
        cutter.whenCommitted(() -> {
            leaving.remove(row.no());
            committed.run();
        });
    }

    private void audit(Caller caller, String op, DeadLetterRow row) {
        core.next.audits.add(new Batch.Audit(
                core.clock.wallMs(),
                op,
                caller.who(),
                "no=" + row.no() + " id=" + new UUID(row.idMsb(), row.idLsb()) + " sender=" + row.sender() + " target="
                        + row.target() + " reason=" + nameOf(row.reason())));
    }

    // ---- telling

    /** Its death is durable: the sender's session is told, if it is there and asked for it. */
    void tell(DeadLetters.Dying dead) {
        Session session = dead.lane().stream.session;
        if (session == null || !session.isOpen() || !session.events.contains("dead_letter")) {
            return;
        }
        DeadLetterRow row = dead.row();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("event", "dead_letter");
        json.put("no", row.no());
        json.put("id", new UUID(row.idMsb(), row.idLsb()).toString());
        json.put("target", row.target());
        json.put("class", row.laneClass());
        json.put("epoch", row.epoch());
        json.put("seq", row.seq());
        json.put("kind", row.kind());
        json.put("reason", nameOf(row.reason()));
        json.put("attempts", (long) row.attempts());
        json.put("error", row.error());
        core.control(session, FrameType.EVENT, json);
    }
}
