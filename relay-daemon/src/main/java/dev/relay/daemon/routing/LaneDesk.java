package dev.relay.daemon.routing;

import dev.relay.daemon.deadletter.DeadLetters;
import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.LaneClass;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Session;
import dev.relay.daemon.store.Batch;
import dev.relay.daemon.store.DeadLetterRow;
import dev.relay.protocol.DeadLetterReason;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Names;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a lane behaves when a message of it dies, and when it is full; and the two ways on for a lane that halted at a dead letter (I13): {@code lane.skip} announces the
 * hole and goes on behind it, {@code lane.resume} tries the dead message again in its old place with a new budget; unless an operator asks, what the access lists forbid by now dies again instead, as
 * FORBIDDEN. For the lane's recipient and for operators; audited; answered once committed. Core thread only; keeps nothing of its own.
 */
final class LaneDesk implements Desk {
    private static final List<String> DEATH_WORDS = List.of("skip", "halt");
    private static final List<String> OVERFLOW_WORDS = List.of("spill", "block", "refuse");

    private final Core core;
    private final Delivery delivery;
    private final BatchCutter cutter;
    private final DeadLetters deadLetters;
    private final Rights rights;

    LaneDesk(Core core, Delivery delivery, BatchCutter cutter, DeadLetters deadLetters) {
        this.core = core;
        this.delivery = delivery;
        this.cutter = cutter;
        this.deadLetters = deadLetters;
        this.rights = new Rights(core);
    }

    @Override
    public boolean operate(Caller caller, String op, Map<String, @Nullable Object> request, Answer answer) {
        Session session = caller.session();
        return session != null && operate(session, op, request, answer);
    }

    private boolean operate(Session session, String op, Map<String, @Nullable Object> request, Answer answer) {
        switch (op) {
            case "lane.ls" -> answer.ok(list(session, request));
            case "lane.policy" -> withLane(session, request, true, answer, lane -> set(session, lane, request, answer));
            case "lane.skip" -> withLane(session, request, false, answer, lane -> skip(session, lane, answer));
            case "lane.resume" -> withLane(session, request, false, answer, lane -> resume(session, lane, answer));
            default -> {
                return false;
            }
        }
        return true;
    }

    private interface LaneAction {
        void run(Lane lane);
    }

    private void withLane(
            Session session, Map<String, @Nullable Object> request, boolean make, Answer answer, LaneAction then) {
        Agent self = session.owner();
        String recipientName = Arguments.text(request, "recipient", self.name);
        String senderName = Arguments.text(request, "sender", "");
        int laneClass = LaneClass.of(Arguments.text(request, "class", "message"));
        if (!recipientName.equals(self.name) && !session.isOperator) {
            core.count(Counter.UNAUTHORIZED);
            answer.fail(ErrorCode.UNAUTHORIZED, "only the recipient and operators may: recipient=" + recipientName);
            return;
        }
        Agent recipient = core.agent(self.namespace, recipientName);
        Agent sender = core.agent(self.namespace, senderName);
        if (recipient == null || sender == null || laneClass < 0 || laneClass == LaneClass.EXPRESS) {
            answer.fail(
                    ErrorCode.NOT_FOUND,
                    "no such lane: sender=" + senderName + " recipient=" + recipientName + "; a sender must exist"
                            + (Names.isName(senderName) ? ", see agents.add" : ""));
            return;
        }
        Lane lane = recipient.lanes.get(Agent.laneKey(laneClass, senderName));
        if (lane == null && !make) {
            answer.fail(ErrorCode.NOT_FOUND, "no such lane: sender=" + senderName + " recipient=" + recipientName);
        } else {
            then.run(lane != null ? lane : core.lane(sender, recipient, laneClass));
        }
    }

    private Map<String, Object> list(Session session, Map<String, @Nullable Object> request) {
        Agent self = session.owner();
        String recipientName = Arguments.text(request, "recipient", self.name);
        boolean onlyHalted = Boolean.TRUE.equals(request.get("halted"));
        List<Map<String, Object>> lanes = new ArrayList<>();
        for (Lane lane : core.lanes) {
            boolean isMine = lane.recipient.actor() == self
                    || (session.isOperator && lane.recipient.namespace.equals(self.namespace));
            boolean isAsked = recipientName.isEmpty() || recipientName.equals(lane.recipient.name);
            if (isMine && isAsked && (lane.isHalted || !onlyHalted) && lanes.size() < 200) {
                lanes.add(described(lane));
            }
        }
        return Map.of("lanes", lanes);
    }

    static Map<String, Object> described(Lane lane) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("sender", lane.sender.name);
        json.put("recipient", lane.recipient.name);
        json.put("class", LaneClass.nameOf(lane.laneClass));
        json.put("on_dead_letter", DEATH_WORDS.get(lane.onDeadLetter));
        json.put("overflow", OVERFLOW_WORDS.get(lane.overflow));
        json.put("halted", lane.isHalted);
        if (lane.isHalted) {
            json.put("halted_epoch", lane.haltedEpoch);
            json.put("halted_seq", lane.haltedSeq);
        }
        json.put("paused", lane.isHeldBy(Lane.LANE_PAUSED) || lane.isHeldBy(Lane.AGENT_PAUSED));
        json.put("breaker", lane.breaker.state().name().toLowerCase(Locale.ROOT));
        json.put("queued", (long) lane.queued());
        json.put("in_flight", (long) lane.inFlight);
        json.put("express_gaps", lane.gapCount);
        return json;
    }

    private void set(Session session, Lane lane, Map<String, @Nullable Object> request, Answer answer) {
        int death = DEATH_WORDS.indexOf(Arguments.text(request, "on_dead_letter", DEATH_WORDS.get(lane.onDeadLetter)));
        int overflow = OVERFLOW_WORDS.indexOf(Arguments.text(request, "overflow", OVERFLOW_WORDS.get(lane.overflow)));
        if (death < 0 || overflow < 0) {
            answer.fail(
                    ErrorCode.BAD_REQUEST,
                    "on_dead_letter is one of " + DEATH_WORDS + ", overflow one of " + OVERFLOW_WORDS);
            return;
        }
        if (death == Lane.HALT && lane.onDeadLetter != Lane.HALT && !lane.isHalted && lane.revivedNo == 0) {
            passAnnounced(lane);
        }
        lane.onDeadLetter = death;
        lane.overflow = overflow;
        delivery.revival.save(lane);
        audit(session, "lane.policy", lane);
        if (death != Lane.HALT && isUndecided(lane)) {
            release(lane);
        }
        cutter.whenCommitted(() -> answer.ok(described(lane)));
    }

    /** Holes that the recipient may have heard of before the lane was told to halt do not halt it. */
    private static void passAnnounced(Lane lane) {
        for (int i = 0; i < lane.size(); i++) {
            if (lane.state(i) == Lane.SKIP || lane.state(i) == Lane.SKIPPED) {
                lane.releasedEpoch = lane.epoch(i);
                lane.releasedSeq = lane.seq(i);
            }
        }
    }

    private void audit(Session session, String op, Lane lane) {
        core.next.audits.add(new Batch.Audit(
                core.clock.wallMs(),
                op,
                Caller.of(session).who(),
                "sender=" + lane.sender.name + " recipient=" + lane.recipient.name + " class="
                        + LaneClass.nameOf(lane.laneClass) + " on_dead_letter=" + DEATH_WORDS.get(lane.onDeadLetter)
                        + " overflow=" + OVERFLOW_WORDS.get(lane.overflow) + " epoch=" + lane.haltedEpoch + " seq="
                        + lane.haltedSeq));
    }

    /** It is halted, and nobody has said how it goes on: what was said takes effect with its commit. */
    private static boolean isUndecided(Lane lane) {
        return lane.isHalted
                && lane.revivedNo == 0
                && Lane.compare(lane.haltedEpoch, lane.haltedSeq, lane.releasedEpoch, lane.releasedSeq) > 0;
    }

    private void skip(Session session, Lane lane, Answer answer) {
        if (!isUndecided(lane)) {
            answer.fail(ErrorCode.BAD_REQUEST, "the lane is not halted, or it was said already how it goes on");
            return;
        }
        audit(session, "lane.skip", lane);
        release(lane);
        cutter.whenCommitted(() -> answer.ok(Map.of("seq", lane.releasedSeq)));
    }

    /** The hole at which it halted may be announced, once that is committed. */
    private void release(Lane lane) {
        lane.releasedEpoch = lane.haltedEpoch;
        lane.releasedSeq = lane.haltedSeq;
        delivery.revival.save(lane);
        cutter.whenCommitted(() -> {
            lane.isHalted = false;
            delivery.pump.pump(lane);
        });
    }

    private void resume(Session session, Lane lane, Answer answer) {
        if (!isUndecided(lane)) {
            answer.fail(ErrorCode.BAD_REQUEST, "the lane is not halted, or it was said already how it goes on");
            return;
        }
        long epoch = lane.haltedEpoch;
        long seq = lane.haltedSeq;
        core.store.deadPosition(lane.id, epoch, seq, position -> {
            if (position == null) {
                answer.fail(ErrorCode.NOT_FOUND, "its dead letter is gone, go on with lane.skip");
            } else {
                core.store.deadLetter(position.no(), row -> resume(session, lane, epoch, seq, row, answer));
            }
        });
    }

    private void resume(Session session, Lane lane, long epoch, long seq, @Nullable DeadLetterRow row, Answer answer) {
        boolean isHalted = isUndecided(lane) && lane.haltedEpoch == epoch && lane.haltedSeq == seq;
        if (row == null || row.frame() == null || !isHalted || deadLetters.isHeld(row.no())) {
            answer.fail(ErrorCode.NOT_FOUND, "its dead letter is gone, go on with lane.skip");
            return;
        }
        if (row.reason() == DeadLetterReason.CORRUPT.number()) {
            answer.fail(ErrorCode.NOT_FOUND, "its payload is gone, go on with lane.skip");
            return;
        }
        audit(session, "lane.resume", lane);
        delivery.revival.claim(lane, row);
        if (!session.isOperator && rights.isForbidden(lane, row)) {
            delivery.revival.forbid(lane, row);
            cutter.whenCommitted(() -> answer.ok(Map.of("seq", seq)));
            return;
        }
        lane.isFetching = true;
        delivery.revival.save(lane);
        cutter.whenCommitted(() -> {
            lane.isFetching = false;
            delivery.revival.revive(lane, row);
            answer.ok(Map.of("seq", seq));
        });
    }
}
