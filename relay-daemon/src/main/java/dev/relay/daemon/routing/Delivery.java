package dev.relay.daemon.routing;

import dev.relay.daemon.deadletter.DeadLetters;
import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.Message;
import dev.relay.protocol.Flags;
import org.jspecify.annotations.Nullable;

/**
 * Moves messages through lanes. Its parts each own one concern: {@link Pump} writes deliveries within the credit, {@link Acks} takes what is finished,
 * {@link Retries} decides what becomes of failures, {@link Poison} what the end of a session means, {@link Breakers} holds lanes that only fail, {@link Spill} what lies in the store only,
 * {@link Expiry} what became too old for those who are away, {@link Announcements} what clients are told about lanes, {@link MemberCopies} what shadows of group members are owed. Here is where a
 * message enters a lane. Core thread only.
 */
final class Delivery {
    private final Core core;
    private final Receipts receipts;
    final Pump pump;
    final Announcements announcements;
    final Acks acks;
    final Retries retries;
    final Poison poison;
    final Breakers breakers;
    final Spill spill;
    final Revival revival;
    final Expiry expiry;
    final MemberCopies memberCopies;

    Delivery(Core core, Receipts receipts, DeadLetters deadLetters, Segments segments, Results results) {
        this.core = core;
        this.receipts = receipts;
        this.pump = new Pump(core, this, deadLetters);
        this.announcements = new Announcements(core);
        this.acks = new Acks(core, this, receipts, deadLetters, segments);
        this.retries = new Retries(core, this, receipts, deadLetters);
        this.poison = new Poison(core, this);
        this.breakers = new Breakers(core, this);
        this.revival = new Revival(core, this, deadLetters);
        this.memberCopies = new MemberCopies(core);
        this.spill = new Spill(core, this, receipts, results);
        this.expiry = new Expiry(core, this, deadLetters, receipts, results);
    }

    /** Puts an accepted message into a lane. */
    void enqueue(Lane lane, Message m, boolean live) {
        if (live) {
            enqueueLive(lane, m);
            return;
        }
        m.pending++;
        if (lane.isAtOrBelowFloor(m.epoch, m.seq)) {
            m.pending--;
            receipts.onAcked(m, lane.recipient.actor());
            return;
        }
        m.lanes.add(lane);
        lane.queuedBytes += m.length;
        lane.recipient.mailbox.add(1, m.length);
        if (m.expiresAtNs != 0) {
            expiry.note(lane, m.expiresAtNs);
        }
        if (lane.spilled > 0 || lane.size() >= core.config.memoryMessages() || core.isMemoryTight()) {
            core.trace.note(Trace.Event.SPILLED, m, lane.id, 0);
            lane.spilled++;
            lane.spilledUnsaved++;
            core.count(Counter.SPILLED);
        } else {
            core.pool.retain(m);
            lane.append(m, m.epoch, m.seq, Lane.QUEUED, false, m.has(Flags.RESENT));
            pump.pump(lane);
        }
        announcements.pressure(lane);
    }

    private void enqueueLive(Lane lane, Message m) {
        if (lane.spilled > 0
                || lane.size() >= core.config.memoryMessages()
                || core.isMemoryTight()
                || lane.recipient.session == null) {
            core.count(Counter.LIVE_DROPPED);
            return;
        }
        core.pool.retain(m);
        lane.queuedBytes += m.length;
        lane.append(m, m.epoch, m.seq, Lane.QUEUED, true, m.has(Flags.RESENT));
        pump.pump(lane);
    }

    /** The entry with this position, for a sender that asks again; null when it is not in memory. */
    static @Nullable Message unfinished(Lane lane, long epoch, long seq) {
        int i = lane.find(epoch, seq);
        return i >= 0 && lane.hasMessage(i) ? lane.message(i) : null;
    }
}
