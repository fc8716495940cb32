package dev.relay.daemon.store;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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

    public record Mark(int stream, long epoch, long mark) {}

    /** {@code finished}: epoch and seq in turn. */
    public record Floor(int lane, long epoch, long floor, long[] finished) {}

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
    private long[] emptySegments = new long[64];
    private int emptySegmentCount;

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
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
        marks.clear();
        floors.clear();
        attempts.clear();
        deadLetters.clear();
        droppedDeadLetters.clear();
        audits.clear();
    }
}
