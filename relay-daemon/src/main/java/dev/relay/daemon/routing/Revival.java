package dev.relay.daemon.routing;

import dev.relay.daemon.deadletter.DeadLetters;
import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.LaneClass;
import dev.relay.daemon.store.DeadLetterRow;
import dev.relay.daemon.store.KeptRows;
import dev.relay.protocol.DeadLetterReason;
import dev.relay.protocol.FrameType;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Lanes that halt at a dead letter (I13), and dead letters that {@code lane.resume} brings back to life in their old place. The frame of a revived message stays in its dead
 * letter until it is acked or dies again, so that a restart finds it there; its row goes with the commit of its new outcome. Core thread only; the state is the lane's.
 */
final class Revival {
    private final Core core;
    private final Delivery delivery;
    private final DeadLetters deadLetters;

    Revival(Core core, Delivery delivery, DeadLetters deadLetters) {
        this.core = core;
        this.delivery = delivery;
        this.deadLetters = deadLetters;
    }

    /** May the hole at this entry be announced? If not, the lane halts here. */
    boolean mayPass(Lane lane, int i) {
        long epoch = lane.epoch(i);
        long seq = lane.seq(i);
        if (lane.isHalted && epoch == lane.haltedEpoch && seq == lane.haltedSeq) {
            return false;
        }
        if (lane.onDeadLetter != Lane.HALT || Lane.compare(epoch, seq, lane.releasedEpoch, lane.releasedSeq) <= 0) {
            return true;
        }
        lane.isHalted = true;
        lane.haltedEpoch = epoch;
        lane.haltedSeq = seq;
        core.count(Counter.LANES_HALTED);
        tell(lane);
        return false;
    }

    private void tell(Lane lane) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("event", "lane_halted");
        json.put("sender", lane.sender.name);
        json.put("recipient", lane.recipient.name);
        json.put("class", LaneClass.nameOf(lane.laneClass));
        json.put("epoch", lane.haltedEpoch);
        json.put("seq", lane.haltedSeq);
        if (lane.recipient.session != null && lane.recipient.session.events.contains("lane_halted")) {
            core.control(lane.recipient.session, FrameType.EVENT, json);
        }
        if (lane.sender.session != null && lane.sender.session.events.contains("lane_halted")) {
            core.control(lane.sender.session, FrameType.EVENT, json);
        }
    }

    /** A halted lane still reads ahead; one that waits for a revived message fetches it once its place is in the ring, and is a hole. */
    void whileHalted(Lane lane) {
        delivery.spill.readBack(lane);
        if (lane.revivedNo == 0 || lane.isFetching) {
            return;
        }
        int i = lane.find(lane.releasedEpoch, lane.releasedSeq);
        if (lane.isAtOrBelowFloor(lane.releasedEpoch, lane.releasedSeq)) {
            goOnBehind(lane);
        } else if (i >= 0 && !lane.hasMessage(i)) {
            fetch(lane);
        }
    }

    private void fetch(Lane lane) {
        lane.isFetching = true;
        long no = lane.revivedNo;
        core.store.deadLetter(no, row -> {
            lane.isFetching = false;
            if (row == null || row.frame() == null) {
                throw new IllegalStateException("a revived message is missing: lane=" + lane.id + " no=" + no);
            }
            revive(lane, row);
        });
    }

    /** A crash has forgotten that the revived message was handled; its recipient, which is ahead, says so (R4). */
    private void goOnBehind(Lane lane) {
        onOver(lane, lane.releasedEpoch, lane.releasedSeq, false);
        lane.isHalted = false;
        delivery.pump.pump(lane);
    }

    /** From now on this dead letter is the lane's, at whose place it stands. */
    void claim(Lane lane, DeadLetterRow row) {
        deadLetters.hold(row.no());
        lane.revivedNo = row.no();
        lane.releasedEpoch = row.epoch();
        lane.releasedSeq = row.seq();
    }

    /** The message is back in its place and its lane goes on. */
    void revive(Lane lane, DeadLetterRow row) {
        if (lane.isAtOrBelowFloor(row.epoch(), row.seq())) {
            goOnBehind(lane);
            return;
        }
        putBack(lane, row);
        core.count(Counter.REVIVED);
        lane.isHalted = false;
        delivery.pump.pump(lane);
    }

    private void putBack(Lane lane, DeadLetterRow row) {
        delivery.spill.revive(lane, row);
        deadLetters.onRevived(lane, row.epoch(), row.seq());
    }

    /** The access lists do not let it be given to anybody: it dies again, in the commit that takes its row, and its lane halts before it as before. */
    void forbid(Lane lane, DeadLetterRow row) {
        putBack(lane, row);
        delivery.retries.kill(lane, lane.find(row.epoch(), row.seq()), DeadLetterReason.FORBIDDEN);
        lane.isHalted = false;
    }

    /** Tells about a finished or dying entry; does nothing unless it was a revived one. */
    void onOver(Lane lane, long epoch, long seq, boolean died) {
        if (lane.revivedNo == 0 || epoch != lane.releasedEpoch || seq != lane.releasedSeq) {
            return;
        }
        core.next.kept.revived.add(lane.revivedNo);
        core.deadLetterCount = Math.max(0, core.deadLetterCount - 1);
        lane.revivedNo = 0;
        lane.releasedSeq -= died ? 1 : 0;
        lane.isHalted &= lane.onDeadLetter == Lane.HALT; // it may have been told meanwhile not to
        save(lane);
    }

    void save(Lane lane) {
        core.next.kept.laneOptions.add(new KeptRows.LaneOptionRow(
                lane.id, lane.onDeadLetter, lane.overflow, lane.releasedEpoch, lane.releasedSeq, lane.revivedNo));
    }

    /** After a restart. */
    void restore(Iterable<KeptRows.LaneOptionRow> rows) {
        for (KeptRows.LaneOptionRow row : rows) {
            Lane lane = core.lanesById.get(row.lane());
            if (lane != null) {
                restore(lane, row);
            }
        }
    }

    private void restore(Lane lane, KeptRows.LaneOptionRow row) {
        lane.onDeadLetter = row.onDeadLetter();
        lane.overflow = row.overflow();
        lane.releasedEpoch = row.releasedEpoch();
        lane.releasedSeq = row.releasedSeq();
        lane.revivedNo = row.revivedNo();
        if (row.revivedNo() != 0) {
            deadLetters.hold(row.revivedNo());
            lane.isHalted = true;
            lane.haltedEpoch = row.releasedEpoch();
            lane.haltedSeq = row.releasedSeq();
        }
    }
}
