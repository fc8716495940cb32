package dev.relay.daemon.routing;

import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.Message;
import dev.relay.daemon.flow.MessageQueue;
import dev.relay.daemon.flow.Stream;
import dev.relay.daemon.store.Batch;
import dev.relay.daemon.store.Recovered;
import dev.relay.protocol.Flags;
import dev.relay.protocol.MessageHeader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The batch at the store and what it was cut of, as of one moment (rule R6): marks of streams, floors and finished sets of lanes, and the frames of everything
 * accepted and unfinished. A message that is finished by then is never written; its mark and its floor say that it was. Once committed, all of these learn that they are
 * safe. One for the whole run, filled anew for every batch. Core thread only; bounded by what the core has accepted.
 */
final class Cut {
    private final Core core;
    private final Receipts receipts;
    private final Delivery delivery;
    private final Segments segments;
    private final Results results;
    private final Journal journal;
    private final MessageQueue messages = new MessageQueue();
    private final List<Lane> lanes = new ArrayList<>();
    private final List<Stream> streams = new ArrayList<>();
    private Batch batch = new Batch();

    Cut(Core core, Receipts receipts, Delivery delivery, Segments segments, Results results, Journal journal) {
        this.core = core;
        this.receipts = receipts;
        this.delivery = delivery;
        this.segments = segments;
        this.results = results;
        this.journal = journal;
    }

    Batch batch() {
        return batch;
    }

    /** Makes the collecting batch this one, and what was this one, committed and empty, the collecting one. */
    Batch take(long nowNs) {
        Batch collected = core.next;
        core.next = batch;
        core.next.no = collected.no + 1;
        batch = collected;
        batch.wallMs = core.clock.wallMs();
        batch.bootNo = core.recovered.bootNo();
        cutFrames(nowNs);
        cutMarks();
        cutFloors();
        return batch;
    }

    private void cutFrames(long nowNs) {
        while (!core.unsaved.isEmpty()) {
            Message m = core.unsaved.poll();
            int offset = -1;
            for (int i = m.lanes.size() - 1; i >= 0; i--) {
                Lane lane = m.lanes.get(i);
                if (Spill.isSpilled(lane, m) && lane.isAtOrBelowFloor(m.epoch, m.seq)) {
                    m.lanes.remove(i);
                    delivery.spill.finishSpilled(lane, m);
                } else if (isOwed(lane, m)) {
                    offset = offset >= 0 ? offset : addFrame(m, nowNs);
                    batch.addIndex(lane.id, offset, m.length, m.epoch, m.seq);
                }
            }
            if (m.has(Flags.JOURNAL)) {
                journal.add(batch, m);
            }
            core.count(offset >= 0 ? Counter.FRAMES_WRITTEN : Counter.NEVER_WRITTEN);
            messages.add(m, offset);
        }
    }

    private int addFrame(Message m, long nowNs) {
        if (m.expiresAtNs != 0) {
            MessageHeader.ttlMs(m.frame, 0, Math.max(1, TimeUnit.NANOSECONDS.toMillis(m.expiresAtNs - nowNs)));
            m.frame.putLong(Message.EXPIRY_AT, m.expiresAtNs);
        }
        return batch.addFrame(m.frame, 0, m.length);
    }

    /** True when the lane has neither finished nor lost the message; what is only in the spill is in no ring. */
    private static boolean isOwed(Lane lane, Message m) {
        if (lane.isAtOrBelowFloor(m.epoch, m.seq)) {
            return false;
        }
        int i = lane.find(m.epoch, m.seq);
        return i < 0 || (lane.state(i) != Lane.DONE && lane.hasMessage(i) && lane.state(i) != Lane.DYING);
    }

    private void cutMarks() {
        for (int i = 0; i < core.dirtyMarks.size(); i++) {
            Stream stream = core.dirtyMarks.get(i);
            stream.isMarkDirty = false;
            batch.addMark(stream.id, stream.epoch, stream.mark);
            streams.add(stream);
        }
        core.dirtyMarks.clear();
    }

    private void cutFloors() {
        for (int i = 0; i < core.dirtyLanes.size(); i++) {
            Lane lane = core.dirtyLanes.get(i);
            lane.isFloorDirty = false;
            batch.addFloor(lane.id, lane.floorEpoch, lane.floorSeq, lane.finishedAboveFloor());
            lanes.add(lane);
        }
        core.dirtyLanes.clear();
    }

    /** The batch is committed. */
    void settle() {
        settleMessages();
        noteMarks();
        tellFloors();
        for (int i = 0; i < batch.agents.size(); i++) {
            Recovered.AgentRow row = batch.agents.get(i);
            delivery.pump.onAgentCommitted(core.addAgent(row.namespace(), row.name(), row.uid()), row.epoch());
        }
    }

    private void settleMessages() {
        int live = 0;
        boolean wrote = !messages.isEmpty() && batch.indexCount() > 0;
        while (!messages.isEmpty()) {
            boolean written = messages.number(0) >= 0;
            Message m = messages.poll();
            live += written ? onWritten(m) : 0;
            settleSpill(m);
            receipts.onCommitted(m);
            core.pool.release(m);
        }
        if (wrote) {
            segments.add(batch.no, live);
        }
    }

    private int onWritten(Message m) {
        m.segment = batch.no;
        core.trace.note(Trace.Event.STORED, m, 0, 0);
        return m.pending;
    }

    /** What was spilled is now in the store, or was finished before it got there. */
    private void settleSpill(Message m) {
        for (int i = 0; i < m.lanes.size(); i++) {
            Lane lane = m.lanes.get(i);
            if (Spill.isSpilled(lane, m)) {
                results.onSpilled(lane, m);
                delivery.spill.onSpillCommitted(lane);
            }
        }
    }

    private void noteMarks() {
        for (int i = 0; i < streams.size(); i++) {
            Stream stream = streams.get(i);
            stream.committedEpoch = batch.marks.get(i).epoch();
            stream.committedMark = batch.marks.get(i).mark();
        }
        streams.clear();
    }

    private void tellFloors() {
        for (int i = 0; i < lanes.size(); i++) {
            Lane lane = lanes.get(i);
            lane.durableEpoch = batch.floors.get(i).epoch();
            lane.durableSeq = batch.floors.get(i).floor();
            delivery.announcements.tellAckOk(lane);
            if (!lane.outcomes.isEmpty()) {
                results.onDurable(lane);
            }
        }
        lanes.clear();
    }
}
