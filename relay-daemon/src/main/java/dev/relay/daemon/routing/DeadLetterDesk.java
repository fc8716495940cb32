package dev.relay.daemon.routing;

import dev.relay.daemon.deadletter.DeadLetters;
import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Session;
import dev.relay.daemon.store.Batch;
import dev.relay.daemon.store.DeadLetterRow;
import dev.relay.protocol.DeadLetterReason;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.MessageHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What owners and operators do with dead letters (invariant I17): list and count them ({@link DeadLetterCatalogue}), read one, put it back, drop it. Who is neither owner nor operator is told
 * UNAUTHORIZED. A redrive is a new acceptance and the end of the dead letter in one commit; that, a drop and a look at a payload are audited in the same commit, and answered after it. Payloads come in
 * pieces of {@value #PIECE_BYTES} bytes, so that an answer stays below the size of a control frame. Core thread only; keeps nothing of its own.
 */
final class DeadLetterDesk implements Desk {
    static final int PIECE_BYTES = 32 << 10;

    private final Core core;
    private final OwnMessages ownMessages;
    private final BatchCutter cutter;
    private final DeadLetters deadLetters;
    private final Rights rights;
    private final DeadLetterCatalogue catalogue;

    DeadLetterDesk(Core core, OwnMessages ownMessages, BatchCutter cutter, DeadLetters deadLetters) {
        this.deadLetters = deadLetters;
        this.core = core;
        this.ownMessages = ownMessages;
        this.cutter = cutter;
        this.rights = new Rights(core);
        this.catalogue = new DeadLetterCatalogue(core);
    }

    @Override
    public boolean operate(Caller caller, String op, Map<String, @Nullable Object> request, Answer answer) {
        switch (op) {
            case "dlq.ls" -> catalogue.list(caller, request, answer);
            case "dlq.stats" -> catalogue.stats(caller, answer);
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

    private void show(
            Caller caller, Map<String, @Nullable Object> request, DeadLetterRow row, Lane lane, Answer answer) {
        Map<String, Object> json = DeadLetterCatalogue.described(row, lane);
        byte[] frame = row.frame();
        if (frame != null) {
            ByteBuffer b = ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN);
            int payloadAt = MessageHeader.payloadAt(b, 0);
            long offset = Math.max(0, Arguments.number(request, "offset", 0));
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
        long no = Arguments.number(request, "no", 0);
        core.store.deadLetter(no, row -> {
            Lane lane = row == null ? null : core.lanesById.get(row.lane());
            if (row == null || lane == null || !caller.isInNamespaceOf(lane) || deadLetters.isHeld(no)) {
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
        if (!caller.isOperator() && rights.isForbidden(lane, row)) {
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
        deadLetters.hold(row.no());
        core.next.droppedDeadLetters.add(row.no());
        core.deadLetterCount = Math.max(0, core.deadLetterCount - 1);
        audit(caller, op, row);
        cutter.whenCommitted(committed);
    }

    private void audit(Caller caller, String op, DeadLetterRow row) {
        core.next.audits.add(new Batch.Audit(
                core.clock.wallMs(),
                op,
                caller.who(),
                "no=" + row.no() + " id=" + new UUID(row.idMsb(), row.idLsb()) + " sender=" + row.sender() + " target="
                        + row.target() + " reason=" + DeadLetterCatalogue.nameOf(row.reason())));
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
        json.put("reason", DeadLetterCatalogue.nameOf(row.reason()));
        json.put("attempts", (long) row.attempts());
        json.put("error", row.error());
        core.control(session, FrameType.EVENT, json);
    }
}
