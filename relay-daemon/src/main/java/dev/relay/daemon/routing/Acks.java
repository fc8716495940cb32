package dev.relay.daemon.routing;

import dev.relay.daemon.deadletter.DeadLetters;
import dev.relay.daemon.flow.Failure;
import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.LaneClass;
import dev.relay.daemon.flow.Message;
import dev.relay.daemon.session.Session;

/**
 * Takes what recipients finished: acks, and the floors of HELLO once the first CREDIT makes them count. Frees what the message held in its lane and mailbox
 * and hands its outcome to {@link Receipts}. Idempotent: a repeated ack finds nothing to finish. Core thread only; keeps nothing of its own.
 */
final class Acks {
    private final Core core;
    private final Delivery delivery;
    private final Receipts receipts;
    private final DeadLetters deadLetters;
    private final Segments segments;

    Acks(Core core, Delivery delivery, Receipts receipts, DeadLetters deadLetters, Segments segments) {
        this.core = core;
        this.delivery = delivery;
        this.receipts = receipts;
        this.deadLetters = deadLetters;
        this.segments = segments;
    }

    /** ACK: everything at or below the floor, and the positions of the bits. */
    void onAck(Session session, Lane lane, long epoch, long floor, long bits) {
        ackUpTo(lane, epoch, floor);
        for (long left = bits; left != 0; left &= left - 1) {
            ackOne(lane, epoch, floor + 1 + Long.numberOfTrailingZeros(left));
        }
        afterAck(lane);
        if (Lane.compare(epoch, floor, lane.durableEpoch, lane.durableSeq) <= 0) {
            delivery.announcements.tellAckOk(lane);
        }
    }

    void ackUpTo(Lane lane, long epoch, long floor) {
        lane.ackedAtNs = core.nowNs;
        if (!lane.isAcked(epoch, floor)) {
            lane.ackedEpoch = epoch;
            lane.ackedSeq = floor;
        }
        for (int i = 0; i < lane.size(); i++) {
            if (Lane.compare(lane.epoch(i), lane.seq(i), epoch, floor) > 0) {
                break;
            }
            finish(lane, i);
        }
        lane.advance();
        lane.raiseFloor(epoch, floor);
        core.dirty(lane);
    }

    /** Finishes one position; false when it is not in the session's window. */
    boolean ackOne(Lane lane, long epoch, long seq) {
        int i = lane.find(epoch, seq);
        if (i < 0 || !(lane.state(i) == Lane.FLIGHT || (lane.state(i) == Lane.QUEUED && lane.wasDelivered(i)))) {
            return false;
        }
        lane.ackedAtNs = core.nowNs;
        finish(lane, i);
        lane.advance();
        core.dirty(lane);
        return true;
    }

    void afterAck(Lane lane) {
        boolean mayOthersGoOn = delivery.breakers.mayGoOn(lane.recipient);
        if (delivery.poison.onSurvived(lane) || mayOthersGoOn) {
            delivery.pump.pumpAll(lane.recipient.actor());
        } else {
            delivery.pump.pump(lane);
        }
        delivery.announcements.pressure(lane);
    }

    void finish(Lane lane, int i) {
        int state = lane.state(i);
        if (state == Lane.DONE || state == Lane.DYING) {
            return;
        }
        boolean live = lane.isLive(i);
        boolean isAnswered = state == Lane.FLIGHT;
        lane.leave(i, Lane.DONE);
        Message m = lane.takeMessage(i);
        if (m == null) {
            deadLetters.skipAcked(lane.id, lane.epoch(i), lane.seq(i));
            return;
        }
        forget(lane, i);
        delivery.revival.onOver(lane, m.epoch, m.seq, false);
        lane.queuedBytes -= m.length;
        core.count(Counter.ACKED);
        if (isAnswered && lane.laneClass != LaneClass.REPLY) {
            lane.recipient.actor().meter.acked(core.nowNs - lane.sentNs(i));
            delivery.breakers.onSuccess(lane);
        }
        core.trace.note(Trace.Event.ACKED, m, lane.id, 0);
        if (!live) {
            finishDurable(lane, m);
            receipts.onAcked(m, lane.recipient.actor());
        }
        core.pool.release(m);
    }

    void finishDurable(Lane lane, Message m) {
        m.pending--;
        lane.recipient.mailbox.add(-1, -m.length);
        if (m.segment > 0) {
            segments.release(m.segment);
        }
    }

    static void forget(Lane lane, int i) {
        if (lane.isFailed(i)) {
            Failure f = lane.failure(lane.epoch(i), lane.seq(i));
            if (f != null) {
                lane.failures.remove(f);
            }
        }
    }

    /** The first CREDIT: what HELLO said is finished counts now, and deliveries begin. */
    void onFirstCredit(Session session) {
        session.helloFloors.forEach((lane, position) -> {
            if (lane.recipient.session == session && !lane.isAtOrBelowFloor(position[0], position[1])) {
                core.count(Counter.FLOORS_RAISED);
                ackUpTo(lane, position[0], position[1]);
            }
        });
        session.helloFloors.clear();
        delivery.pump.pumpAll(session.owner());
    }
}
