package dev.relay.daemon.flow;

import dev.relay.daemon.session.Agent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one recipient sees of one sender and class, in order.
 *
 * <p>A lane is a ring of entries, ordered by position (epoch, seq), of which the oldest is the first that is not finished. The floor says: everything at
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
public final class Lane {
    /** Waits for its turn. */
    public static final int QUEUED = 0;
    /** Delivered to the present session, not acked. */
    public static final int FLIGHT = 1;
    /** Finished above the floor. */
    public static final int DONE = 2;
    /** Dead, its dead letter not yet committed. */
    public static final int DYING = 3;
    /** Dead and committed: SKIP is to be sent. */
    public static final int SKIP = 4;
    /** SKIP is sent, not acked. */
    public static final int SKIPPED = 5;

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
    private static final int STATE = 7;
    private static final int DELIVERED = 8;
    private static final int FAILED = 16;
    private static final int LIVE = 32;

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

    /** Position of the newest entry that ever entered the ring. */
    private long tailEpoch;

    private long tailSeq;
    private @Nullable Message[] messages = new @Nullable Message[8];
    private long[] epochs = new long[8];
    private long[] seqs = new long[8];
    private byte[] states = new byte[8];
    private long[] sentNs = new long[8];
    private int head;
    private int size;
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
    /** Stands before a hole, or before a revived message that is not back yet: nothing is delivered. */
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

    public static int compare(long epochA, long seqA, long epochB, long seqB) {
        return epochA != epochB ? Long.compare(epochA, epochB) : Long.compare(seqA, seqB);
    }

    /** Nothing to deliver, nothing in hand, and its floor is on disk: whoever forgets it has lost nothing. */
    public boolean isIdle() {
        return size == 0
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

    public int size() {
        return size;
    }

    /** Everything that waits or is in flight. */
    public int queued() {
        return size + spilled;
    }

    private int slot(int i) {
        return (head + i) & (states.length - 1);
    }

    public int state(int i) {
        return states[slot(i)] & STATE;
    }

    public void state(int i, int state) {
        int s = slot(i);
        states[s] = (byte) ((states[s] & ~STATE) | state);
    }

    public boolean wasDelivered(int i) {
        return (states[slot(i)] & DELIVERED) != 0;
    }

    public boolean isFailed(int i) {
        return (states[slot(i)] & FAILED) != 0;
    }

    public boolean isLive(int i) {
        return (states[slot(i)] & LIVE) != 0;
    }

    public void markFailed(int i) {
        states[slot(i)] |= FAILED;
    }

    public long epoch(int i) {
        return epochs[slot(i)];
    }

    public long seq(int i) {
        return seqs[slot(i)];
    }

    /** The entry's message; only SKIP entries have none. */
    public Message message(int i) {
        return Objects.requireNonNull(messages[slot(i)]);
    }

    public boolean hasMessage(int i) {
        return messages[slot(i)] != null;
    }

    /** Takes the message out of the entry. */
    public @Nullable Message takeMessage(int i) {
        int s = slot(i);
        Message m = messages[s];
        messages[s] = null;
        return m;
    }

    /** Puts a message in the place of an announced or unannounced hole. */
    public void revive(int i, Message m) {
        leave(i, QUEUED);
        int s = slot(i);
        messages[s] = m;
        states[s] |= DELIVERED;
        cursor = Math.min(cursor, i);
    }

    public long tailEpoch() {
        return tailEpoch;
    }

    public long tailSeq() {
        return tailSeq;
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
        tailEpoch = epoch;
        tailSeq = seq;
    }

    public void append(@Nullable Message m, long epoch, long seq, int state, boolean live, boolean redelivered) {
        if (compare(epoch, seq, tailEpoch, tailSeq) <= 0 && size > 0) {
            throw new IllegalStateException("lane out of order: lane=" + id + " seq=" + seq + " tail=" + tailSeq);
        }
        if (size == states.length) {
            grow();
        }
        int s = slot(size++);
        messages[s] = m;
        epochs[s] = epoch;
        seqs[s] = seq;
        states[s] = (byte) (state | (live ? LIVE : 0) | (redelivered ? DELIVERED : 0));
        tailEpoch = epoch;
        tailSeq = seq;
    }

    private void grow() {
        int n = states.length;
        @Nullable Message[] m = new @Nullable Message[2 * n];
        long[] e = new long[2 * n];
        long[] q = new long[2 * n];
        byte[] t = new byte[2 * n];
        long[] d = new long[2 * n];
        for (int i = 0; i < size; i++) {
            int s = slot(i);
            m[i] = messages[s];
            e[i] = epochs[s];
            q[i] = seqs[s];
            t[i] = states[s];
            d[i] = sentNs[s];
        }
        messages = m;
        epochs = e;
        seqs = q;
        states = t;
        sentNs = d;
        head = 0;
    }

    /** Index of a position, or -1. */
    public int find(long epoch, long seq) {
        int low = 0;
        int high = size - 1;
        while (low <= high) {
            int mid = (low + high) >>> 1;
            int c = compare(epochs[slot(mid)], seqs[slot(mid)], epoch, seq);
            if (c == 0) {
                return mid;
            }
            if (c < 0) {
                low = mid + 1;
            } else {
                high = mid - 1;
            }
        }
        return -1;
    }

    /** The entry goes out: in flight from now on. */
    public void toFlight(int i, int bytes, long nowNs) {
        int s = slot(i);
        sentNs[s] = nowNs;
        int next = (states[s] & STATE) == SKIP ? SKIPPED : FLIGHT;
        states[s] = (byte) ((states[s] & ~STATE) | next | DELIVERED);
        inFlight++;
        inFlightBytes += bytes;
    }

    /** When the entry was delivered last. */
    public long sentNs(int i) {
        return sentNs[slot(i)];
    }

    private void fromFlight(int i) {
        int state = state(i);
        if (state == FLIGHT || state == SKIPPED) {
            inFlight--;
            inFlightBytes -= bytes(i);
        }
    }

    private int bytes(int i) {
        Message m = messages[slot(i)];
        return m == null ? 0 : m.length;
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
        while (size > 0 && state(0) == DONE) {
            if (!isAtOrBelowFloor(epochs[head], seqs[head])) {
                floorEpoch = epochs[head];
                floorSeq = seqs[head];
            }
            messages[head] = null;
            head = slot(1);
            size--;
            cursor = Math.max(0, cursor - 1);
        }
    }

    /** The recipient is ahead: the floor follows, unless something older is unfinished. */
    public void raiseFloor(long epoch, long seq) {
        if (compare(epoch, seq, floorEpoch, floorSeq) > 0
                && (size == 0 || compare(epochs[head], seqs[head], epoch, seq) > 0)) {
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
        for (int i = 0; i < size; i++) {
            n += state(i) == DONE && !isLive(i) ? 1 : 0;
        }
        if (n + recoveredFinished.size() == 0) {
            return NONE;
        }
        long[] finished = new long[2 * (n + recoveredFinished.size())];
        int k = 0;
        for (int i = 0; i < size; i++) {
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
}
