package dev.relay.daemon.flow;

import dev.relay.daemon.session.Agent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one recipient sees of one sender and class, in order.
 *
 * <p>A lane is a ring of entries ({@link EntryRing}), of which the oldest is the first that is not finished. The floor says: everything at
 * or below is finished, acked or dead. {@code cursor} points at the next entry to deliver; what lies before it is in flight, finished by a selective
 * ack, or skipped. A failure moves the cursor back to the failed entry (go-back-N), so that the recipient sees 1,2,3,3,4 and never 3,4,3. An entry
 * that died waits as DYING until its dead letter is committed, then travels as SKIP in the place of its message and is acked like one.
 *
 * <p>The ring is bounded. When it is full, and until everything behind it has been read back, accepted messages go to the store only: they are
 * counted in {@code spilled} and come back by page in order. A lane recovered after a restart begins in that state, so replay and spill are one path, and
 * live messages cannot overtake either (I12).
 *
 * <p>Identity is the position, never a number of this process: a recipient that is ahead of the daemon raises the floor (R4). Core thread only; the lane
 * decides states and positions, {@code Delivery} writes frames.
 */
public final class Lane extends EntryRing {
    /** {@link #onDeadLetter}: stop before the hole until an operator says how to go on; 0 announces it and goes on. */
    public static final int HALT = 1;
    /** {@link #overflow}: what exceeds the memory of the lane is refused QUEUE_FULL, so that its sender waits; 0 spills. */
    public static final int BLOCK = 1;
    /** {@link #overflow}: what exceeds the memory of the lane is refused MAILBOX_FULL. */
    public static final int REFUSE = 2;

    /** {@link #holds}: its recipient has no session. */
    public static final int OFFLINE = 1;
    /** Its recipient is paused. */
    public static final int AGENT_PAUSED = 2;
    /** It is paused itself. */
    public static final int LANE_PAUSED = 4;
    /** The breaker of its recipient is open. */
    public static final int AGENT_BREAKER = 8;
    /** Its own breaker is open. */
    public static final int LANE_BREAKER = 16;
    /** The partition that it belongs to is to move: nothing new is given to its owner. */
    public static final int MOVING = 32;
    /** The owner of its partition is held. */
    public static final int OWNER_HELD = 64;

    private static final long[] NONE = {};

    public final int id;
    public final Agent sender;
    public final Agent recipient;
    public final int laneClass;
    /** The sender's stream that feeds it. */
    public final Stream stream;

    public long floorEpoch;
    public long floorSeq;
    public long durableEpoch;
    public long durableSeq;
    public long ackedEpoch;
    public long ackedSeq;
    /** When it was last acked, in monotonic time. */
    public long ackedAtNs;

    public boolean isFloorDirty;
    public boolean isPaused;

    public int cursor;

    public int inFlight;
    public long inFlightBytes;
    /** Bytes of the messages in the ring and in the spill. */
    public long queuedBytes;

    public int spilled;
    /** Spilled messages that no batch has committed yet. */
    public int spilledUnsaved;
    /** A committed floor has passed messages that were not read back: so many fewer come than {@link #spilled} says. */
    public boolean hasFinishedUnread;

    public int onDeadLetter;
    public int overflow;
    /** Stands before a hole, or before a revived message that is not back yet: nothing from there on is delivered. */
    public boolean isHalted;

    public long haltedEpoch;
    public long haltedSeq;
    /** Holes up to here do not halt it; or the place of the revived message. */
    public long releasedEpoch;

    public long releasedSeq;
    /** Number of the dead letter whose message lives again in this lane, 0 for none. */
    public long revivedNo;

    public boolean isFetching;
    /** Express: the last position handed over, and how many were missing before it. */
    public long expressEpoch;

    public long expressSeq;
    public long gapCount;
    public boolean isReading;
    /** When the first of what waits here may be too old, in monotonic time; 0 when nothing has an age limit. */
    public long earliestNs;

    /** The next commit lets it go on. */
    public boolean isAwaitingCommit;

    public final ArrayDeque<long[]> recoveredSkips = new ArrayDeque<>(0);
    public final Set<Position> recoveredFinished = new HashSet<>(0);

    /** Handle on the present session, 0 before LANE was sent. */
    public int handle;

    public int creditMessages = -1;
    public long creditBytes;
    /** Window 1 until the first ack after an abnormal end (I16). */
    public boolean isOnProbation;

    /** Why its retry clock stands still, as a set of bits; all but {@link #OFFLINE} hold its messages as well. */
    private int holds;

    private long stoppedAtNs;
    public final Breaker breaker = new Breaker();
    public final List<Failure> failures = new ArrayList<>(0);
    public long timerNs = Long.MAX_VALUE;
    /** RESULTs that wait until the durable floor passes them, by position. */
    public final List<Outcome> outcomes = new ArrayList<>(0);

    /** A position as a map key, for the rare recovered ones. */
    public record Position(long epoch, long seq) {}

    public Lane(int id, Agent sender, Agent recipient, int laneClass, Stream stream) {
        this.id = id;
        this.sender = sender;
        this.recipient = recipient;
        this.laneClass = laneClass;
        this.stream = stream;
    }

    /** Nothing to deliver, nothing in hand, and its floor is on disk: whoever forgets it has lost nothing. */
    public boolean isIdle() {
        return size() == 0
                && spilled == 0
                && creditMessages < 0
                && !isHalted
                && compare(floorEpoch, floorSeq, durableEpoch, durableSeq) == 0;
    }

    public boolean isAtOrBelowFloor(long epoch, long seq) {
        return compare(epoch, seq, floorEpoch, floorSeq) <= 0;
    }

    public boolean isAcked(long epoch, long seq) {
        return compare(epoch, seq, ackedEpoch, ackedSeq) <= 0;
    }

    /** From now on this much more holds it, and no retry time is charged (I15). What answers its recipient's own questions is never held. */
    public void hold(int reasons, long nowNs) {
        int held = laneClass == LaneClass.REPLY ? reasons & OFFLINE : reasons;
        if (holds == 0 && held != 0) {
            stoppedAtNs = nowNs;
        }
        holds |= held;
    }

    /** This no longer holds it; when nothing does, its retries are due later by as long as its clock stood. */
    public void release(int reasons, long nowNs) {
        boolean stood = holds != 0;
        holds &= ~reasons;
        if (stood && holds == 0) {
            for (Failure f : failures) {
                f.firstFailureNs += nowNs - stoppedAtNs;
                f.dueNs += nowNs - stoppedAtNs;
            }
        }
    }

    /** Paused, or behind an open breaker: nothing is delivered. */
    public boolean isHeld() {
        return (holds & ~OFFLINE) != 0;
    }

    public boolean isHeldBy(int reason) {
        return (holds & reason) != 0;
    }

    /** The time that retries are charged by: it stands still while anything holds the lane. */
    public long retryClockNs(long nowNs) {
        return holds == 0 ? nowNs : stoppedAtNs;
    }

    /** Everything that waits or is in flight. */
    public int queued() {
        return size() + spilled;
    }

    /** Puts a message in the place of an announced or unannounced hole. */
    public void revive(int i, Message m) {
        leave(i, QUEUED);
        putMessage(i, m);
        cursor = Math.min(cursor, i);
    }

    /** A position above the ring is dead; kept in order. */
    public void oweSkip(long epoch, long seq) {
        ArrayDeque<long[]> later = new ArrayDeque<>(0);
        for (long[] p = recoveredSkips.peekLast();
                p != null && compare(p[0], p[1], epoch, seq) > 0;
                p = recoveredSkips.peekLast()) {
            later.push(recoveredSkips.removeLast());
        }
        recoveredSkips.add(new long[] {epoch, seq});
        recoveredSkips.addAll(later);
    }

    /** Where the ring begins when it is empty after recovery: pages are read above it. */
    public void startAt(long epoch, long seq) {
        floorEpoch = epoch;
        floorSeq = seq;
        durableEpoch = epoch;
        durableSeq = seq;
        tailAt(epoch, seq);
    }

    /** The entry goes out: in flight from now on. */
    public void toFlight(int i, int bytes, long nowNs) {
        sent(i, nowNs);
        inFlight++;
        inFlightBytes += bytes;
    }

    private void fromFlight(int i) {
        int state = state(i);
        if (state == FLIGHT || state == SKIPPED) {
            inFlight--;
            inFlightBytes -= hasMessage(i) ? message(i).length : 0;
        }
    }

    /** The entry leaves the flight for this state. */
    public void leave(int i, int state) {
        fromFlight(i);
        state(i, state);
    }

    /** Go-back-N: everything in flight from here on is to be delivered again. */
    public void rewindTo(int i) {
        for (int j = i; j < cursor; j++) {
            int state = state(j);
            if (state == FLIGHT) {
                leave(j, QUEUED);
            } else if (state == SKIPPED) {
                leave(j, SKIP);
            }
        }
        cursor = Math.min(cursor, i);
    }

    /** Moves the floor over finished entries at the head. */
    public void advance() {
        while (size() > 0 && state(0) == DONE) {
            if (!isAtOrBelowFloor(epoch(0), seq(0))) {
                floorEpoch = epoch(0);
                floorSeq = seq(0);
            }
            dropFirst();
            cursor = Math.max(0, cursor - 1);
        }
    }

    /** The recipient is ahead: the floor follows, unless something older is unfinished. */
    public void raiseFloor(long epoch, long seq) {
        if (compare(epoch, seq, floorEpoch, floorSeq) > 0
                && (size() == 0 || compare(epoch(0), seq(0), epoch, seq) > 0)) {
            floorEpoch = epoch;
            floorSeq = seq;
        }
    }

    /** Removes an entry that was only for a live subscription. */
    public @Nullable Message removeLive(int i) {
        Message m = takeMessage(i);
        leave(i, DONE);
        return m;
    }

    public @Nullable Failure failure(long epoch, long seq) {
        for (Failure f : failures) {
            if (f.epoch == epoch && f.seq == seq) {
                return f;
            }
        }
        return null;
    }

    /** Positions above the floor that are finished, epoch and seq in turn. */
    public long[] finishedAboveFloor() {
        if (!recoveredFinished.isEmpty()) {
            recoveredFinished.removeIf(p -> isAtOrBelowFloor(p.epoch(), p.seq()));
        }
        int n = 0;
        for (int i = 0; i < size(); i++) {
            n += state(i) == DONE && !isLive(i) ? 1 : 0;
        }
        if (n + recoveredFinished.size() == 0) {
            return NONE;
        }
        long[] finished = new long[2 * (n + recoveredFinished.size())];
        int k = 0;
        for (int i = 0; i < size(); i++) {
            if (state(i) == DONE && !isLive(i)) {
                finished[k++] = epoch(i);
                finished[k++] = seq(i);
            }
        }
        for (Position p : recoveredFinished) {
            finished[k++] = p.epoch();
            finished[k++] = p.seq();
        }
        return finished;
    }

    @Override
    public String toString() {
        return "lane=" + id + " sender=" + sender.name + " recipient=" + recipient.name;
    }
}
