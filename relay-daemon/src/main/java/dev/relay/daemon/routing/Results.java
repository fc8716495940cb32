package dev.relay.daemon.routing;

import dev.relay.daemon.deadletter.DeadLetters;
import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.LaneClass;
import dev.relay.daemon.flow.Message;
import dev.relay.daemon.flow.Outcome;
import dev.relay.daemon.flow.Stream;
import dev.relay.protocol.Flags;
import org.jspecify.annotations.Nullable;

/**
 * RESULTs that {@link Receipts} cannot tell from one message in memory: of publications that were partly spilled, and of messages that a sender asks for
 * again. They wait at their lanes until the durable floor passes them; a durable floor implies that all its recipient sent before is durable (R6, R7c). A fate that is
 * no longer remembered is asked of the store, never guessed. Bounded by what is spilled, and by what senders have unresolved. Core thread only.
 */
final class Results {
    private final Core core;
    private final Receipts receipts;
    private final DeadLetters deadLetters;

    Results(Core core, Receipts receipts, DeadLetters deadLetters) {
        this.core = core;
        this.receipts = receipts;
        this.deadLetters = deadLetters;
    }

    /**
     * A committed message is only in the store for this lane. The copy of a publication that is read back knows nothing of the other lanes; that of another message tells its RESULT itself,
     * unless its recipient turns out to be ahead of it and it is never read back (R4).
     */
    void onSpilled(Lane lane, Message m) {
        if (lane.laneClass != LaneClass.TOPIC) {
            if (m.has(Flags.WANT_RESULT) && m.stream != null) {
                awaitReadBack(lane, new Outcome(m.stream, m.epoch, m.seq));
            }
            return;
        }
        m.pending--;
        if (!m.has(Flags.WANT_RESULT) || m.stream == null) {
            return;
        }
        Outcome outcome = m.outcome;
        if (outcome == null) {
            outcome = new Outcome(m.stream, m.epoch, m.seq);
            outcome.open = 1;
            m.outcome = outcome;
        }
        outcome.open++;
        lane.outcomes.add(outcome);
    }

    /** A duplicate wants the RESULT of what is at or below the mark. */
    void ask(Stream stream, long seq) {
        Message m = stream.unreceipted(seq);
        if (m == null) {
            m = unfinished(stream, seq);
        }
        if (m != null) {
            m.flags |= Flags.WANT_RESULT;
            if (m.isSettled && m.outcome == null) {
                receipts.tellResult(m);
            }
            return;
        }
        Outcome outcome = new Outcome(stream, stream.epoch, seq);
        if (stream.lane == null || !isSpilled(stream.lane, outcome)) {
            await(outcome);
        } else if (stream.lane.outcomes.stream().noneMatch(o -> isItsOwn(o, stream, stream.epoch, seq))) {
            awaitReadBack(stream.lane, outcome);
        }
    }

    /** What is in memory for its one recipient; a publication has many. */
    private static @Nullable Message unfinished(Stream stream, long seq) {
        Message m = stream.lane == null ? null : Delivery.unfinished(stream.lane, stream.epoch, seq);
        if (stream.streamClass == LaneClass.GROUP) {
            for (Lane lane : stream.topicLanes.values()) {
                m = m == null ? Delivery.unfinished(lane, stream.epoch, seq) : m;
            }
        }
        return m;
    }

    private void awaitReadBack(Lane lane, Outcome outcome) {
        outcome.open = 1;
        if (Lane.compare(outcome.ofEpoch, outcome.ofSeq, lane.durableEpoch, lane.durableSeq) <= 0) {
            resolve(lane, outcome);
        } else {
            lane.outcomes.add(outcome);
        }
    }

    /** A message of a direct lane is back in memory: it tells its RESULT itself. */
    void onReadBack(Lane lane, Message m) {
        if (lane.laneClass != LaneClass.TOPIC && m.has(Flags.WANT_RESULT)) {
            lane.outcomes.removeIf(o -> isItsOwn(o, lane.stream, m.epoch, m.seq));
        }
    }

    /** What the message at this position waits for itself; a later call with its id waits for it too, and is told apart from it. */
    private static boolean isItsOwn(Outcome o, Stream stream, long epoch, long seq) {
        boolean isOfIt = o.ofStream == stream && o.ofEpoch == epoch && o.ofSeq == seq;
        return isOfIt && o.stream == stream && o.epoch == epoch && o.seq == seq;
    }

    /** A call with a known application id wants the RESULT of the first call with it. */
    void askForTwin(Stream stream, long epoch, long seq, Stream first, long firstEpoch, long firstSeq) {
        await(new Outcome(stream, epoch, seq, first, firstEpoch, firstSeq));
    }

    private void await(Outcome outcome) {
        outcome.open = 1;
        Stream of = outcome.ofStream;
        if (of.lane != null) {
            await(of.lane, outcome);
        }
        for (Lane lane : of.topicLanes.values()) {
            await(lane, outcome);
        }
        receipts.resolve(outcome, 0, 1);
    }

    /** What is read back for a direct lane knows that a RESULT is wanted and tells it. */
    private boolean isSpilled(Lane lane, Outcome o) {
        return lane.spilled > 0
                && deadLetters.fate(o.ofStream.id, o.ofEpoch, o.ofSeq) == null
                && Lane.compare(o.ofEpoch, o.ofSeq, lane.tailEpoch(), lane.tailSeq()) > 0
                && !lane.isAtOrBelowFloor(o.ofEpoch, o.ofSeq)
                && !lane.recoveredFinished.contains(new Lane.Position(o.ofEpoch, o.ofSeq));
    }

    private void await(Lane lane, Outcome outcome) {
        outcome.open++;
        if (isOver(lane, outcome)) {
            resolve(lane, outcome);
        } else {
            lane.outcomes.add(outcome);
        }
    }

    /** True when the lane's part is durable, or the lane never had the message, or had it for a live subscription only. */
    private static boolean isOver(Lane lane, Outcome o) {
        int i = lane.find(o.ofEpoch, o.ofSeq);
        boolean isLive = i >= 0 && lane.isLive(i);
        if (isLive || Lane.compare(o.ofEpoch, o.ofSeq, lane.durableEpoch, lane.durableSeq) <= 0) {
            return true;
        }
        boolean isBehindTail = Lane.compare(o.ofEpoch, o.ofSeq, lane.tailEpoch(), lane.tailSeq()) <= 0;
        return !lane.isAtOrBelowFloor(o.ofEpoch, o.ofSeq) && i < 0 && (isBehindTail || lane.spilled == 0);
    }

    /** The lane's durable floor rose, or a page was read. */
    void onDurable(Lane lane) {
        for (int i = lane.outcomes.size() - 1; i >= 0; i--) {
            Outcome outcome = lane.outcomes.get(i);
            if (isOver(lane, outcome)) {
                lane.outcomes.remove(i);
                resolve(lane, outcome);
            }
        }
    }

    private void resolve(Lane lane, Outcome outcome) {
        DeadLetters.Fate fate = deadLetters.fate(outcome.ofStream.id, outcome.ofEpoch, outcome.ofSeq);
        if (fate != null || !deadLetters.hasForgotten()) {
            receipts.resolve(outcome, fate == null ? 0 : fate.reason(), fate == null ? 1 : fate.attempts());
            return;
        }
        core.store.deadPosition(
                lane.id,
                outcome.ofEpoch,
                outcome.ofSeq,
                row -> receipts.resolve(outcome, row == null ? 0 : row.reason(), row == null ? 1 : row.attempts()));
    }
}
