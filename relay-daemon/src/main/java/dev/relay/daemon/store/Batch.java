package dev.relay.daemon.store;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One consistent cut of the core's state, made durable in one transaction (rule R6). The core fills it, then the store owns it until its completion,
 * then the core clears and fills it again: the arrays are kept, so that a steady flow allocates nothing. Bounded by what was accepted since the last
 * cut, which the senders' windows bound.
 */
public final class Batch {
    /** Position of a (lane, frame) pair in {@link #index}: lane, offset, length as ints, then epoch and seq as longs. */
    public static final int INDEX_BYTES = 28;

    /** Where a stream stands. Used again by the batches that follow. */
    public static final class Mark {
        private int stream;
        private long epoch;
        private long mark;

        public Mark(int stream, long epoch, long mark) {
            set(stream, epoch, mark);
        }

        private void set(int newStream, long newEpoch, long newMark) {
            stream = newStream;
            epoch = newEpoch;
            mark = newMark;
        }

        public int stream() {
            return stream;
        }

        public long epoch() {
            return epoch;
        }

        public long mark() {
            return mark;
        }

        @Override
        public String toString() {
            return "Mark[stream=" + stream + ", epoch=" + epoch + ", mark=" + mark + "]";
        }
    }

    /** Where a lane stands. Used again by the batches that follow. */
    public static final class Floor {
        private int lane;
        private long epoch;
        private long floor;
        private long[] finished = NONE;

        /** {@code finished}: epoch and seq in turn. */
        public Floor(int lane, long epoch, long floor, long[] finished) {
            set(lane, epoch, floor, finished);
        }

        private void set(int newLane, long newEpoch, long newFloor, long[] newFinished) {
            lane = newLane;
            epoch = newEpoch;
            floor = newFloor;
            finished = newFinished;
        }

        public int lane() {
            return lane;
        }

        public long epoch() {
            return epoch;
        }

        public long floor() {
            return floor;
        }

        public long[] finished() {
            return finished;
        }

        @Override
        public String toString() {
            return "Floor[lane=" + lane + ", epoch=" + epoch + ", floor=" + floor + "]";
        }
    }

    private static final long[] NONE = {};

    public record DeadLetter(DeadLetterRow row, int stream) {}

    public record Audit(long atMs, String op, String who, String what) {}

    /** Numbers the segment; rises by one per batch. */
    public long no;

    public long wallMs;
    public long bootNo;
    private ByteBuffer frames = little(64 << 10);
    private ByteBuffer index = little(4 << 10);
    public final List<Recovered.AgentRow> agents = new ArrayList<>();
    public final List<Recovered.StreamRow> streams = new ArrayList<>();
    public final List<Recovered.LaneRow> lanes = new ArrayList<>();
    public final List<Recovered.KindRow> kinds = new ArrayList<>();
    public final List<Recovered.SubscriptionRow> subscribed = new ArrayList<>();
    public final List<Recovered.SubscriptionRow> unsubscribed = new ArrayList<>();
    public final List<Mark> marks = new ArrayList<>();
    public final List<Floor> floors = new ArrayList<>();
    public final List<Recovered.AttemptRow> attempts = new ArrayList<>();
    public final List<DeadLetter> deadLetters = new ArrayList<>();
    public final List<Long> droppedDeadLetters = new ArrayList<>();
    public final List<Audit> audits = new ArrayList<>();
    public final KeptRows kept = new KeptRows();
    private final ArrayDeque<Mark> spareMarks = new ArrayDeque<>();
    private final ArrayDeque<Floor> spareFloors = new ArrayDeque<>();
    private long[] emptySegments = new long[64];
    private int emptySegmentCount;

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The newest word on a subscription counts, when there are several in one batch. */
    public void subscribe(Recovered.SubscriptionRow row) {
        unsubscribed.remove(row);
        subscribed.add(row);
    }

    public void unsubscribe(Recovered.SubscriptionRow row) {
        subscribed.remove(row);
        unsubscribed.add(row);
    }

    /** Copies a frame in and returns its offset. */
    public int addFrame(ByteBuffer frame, int at, int length) {
        frames = roomFor(frames, length);
        int offset = frames.position();
        frames.put(offset, frame, at, length);
        frames.position(offset + length);
        return offset;
    }

    /** Says that a frame waits in a lane. */
    public void addIndex(int lane, int offset, int length, long epoch, long seq) {
        index = roomFor(index, INDEX_BYTES);
        index.putInt(lane).putInt(offset).putInt(length).putLong(epoch).putLong(seq);
    }

    public void addMark(int stream, long epoch, long mark) {
        Mark spare = spareMarks.pollFirst();
        if (spare == null) {
            marks.add(new Mark(stream, epoch, mark));
        } else {
            spare.set(stream, epoch, mark);
            marks.add(spare);
        }
    }

    /** {@code finished}: epoch and seq in turn. */
    public void addFloor(int lane, long epoch, long floor, long[] finished) {
        Floor spare = spareFloors.pollFirst();
        if (spare == null) {
            floors.add(new Floor(lane, epoch, floor, finished));
        } else {
            spare.set(lane, epoch, floor, finished);
            floors.add(spare);
        }
    }

    /** Says that nothing of a segment is needed any more. */
    public void addEmptySegment(long segment) {
        if (emptySegmentCount == emptySegments.length) {
            emptySegments = Arrays.copyOf(emptySegments, 2 * emptySegmentCount);
        }
        emptySegments[emptySegmentCount++] = segment;
    }

    private static ByteBuffer roomFor(ByteBuffer b, int bytes) {
        if (b.remaining() >= bytes) {
            return b;
        }
        ByteBuffer larger = little(Math.max(2 * b.capacity(), b.position() + bytes));
        larger.put(b.flip());
        return larger;
    }

    /** Frames written so far, from 0 to the position. Not to be changed. */
    public ByteBuffer frames() {
        return frames;
    }

    public ByteBuffer index() {
        return index;
    }

    public int indexCount() {
        return index.position() / INDEX_BYTES;
    }

    public int emptySegmentCount() {
        return emptySegmentCount;
    }

    public long emptySegment(int i) {
        return emptySegments[i];
    }

    /** Nothing to make durable: asks only how the store is. */
    boolean isEmpty() {
        return index.position() == 0
                && emptySegmentCount == 0
                && agents.isEmpty()
                && streams.isEmpty()
                && lanes.isEmpty()
                && kinds.isEmpty()
                && subscribed.isEmpty()
                && unsubscribed.isEmpty()
                && marks.isEmpty()
                && floors.isEmpty()
                && attempts.isEmpty()
                && deadLetters.isEmpty()
                && droppedDeadLetters.isEmpty()
                && audits.isEmpty()
                && kept.isEmpty();
    }

    /** Forgets everything but the arrays. */
    public void clear() {
        frames = frames.capacity() > 4 << 20 ? little(64 << 10) : frames.clear();
        index.clear();
        emptySegmentCount = 0;
        agents.clear();
        streams.clear();
        lanes.clear();
        kinds.clear();
        subscribed.clear();
        unsubscribed.clear();
        for (int i = marks.size() - 1; i >= 0; i--) {
            spareMarks.addFirst(marks.remove(i));
        }
        for (int i = floors.size() - 1; i >= 0; i--) {
            spareFloors.addFirst(floors.remove(i));
        }
        kept.clear();
        attempts.clear();
        deadLetters.clear();
        droppedDeadLetters.clear();
        audits.clear();
    }
}
