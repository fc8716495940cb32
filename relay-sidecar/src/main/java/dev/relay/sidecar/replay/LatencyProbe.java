package dev.relay.sidecar.replay;

import dev.relay.sidecar.book.BookMailbox;
import dev.relay.sidecar.redis.WriteTap;
import dev.relay.sidecar.venue.FrameTap;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;

/**
 * Measures, for every image of a book, the time from the frame that made it to Redis' confirmation that this image or a
 * newer one stands there. Times are noted by the server's loop (sent), the feed thread (received) and the redis thread
 * (confirmed). Bounded: {@value #OUTSTANDING} images of a book under way; more are counted and not measured.
 */
final class LatencyProbe implements FrameTap, WriteTap {
    private static final int OUTSTANDING = 1 << 16;
    private static final long LONGEST_NS = TimeUnit.SECONDS.toNanos(60);

    /** Images of one book under way; the feed thread writes up to {@code head}, the redis thread reads from {@code tail}. */
    private static final class Lane {
        final long[] receivedNs = new long[OUTSTANDING];
        final long[] sentNs = new long[OUTSTANDING];
        long seen;
        volatile long head;
        volatile long tail;
    }

    private final List<byte[]> expected;
    private final long[] sentNs;
    private final Supplier<List<BookMailbox>> mailboxes;
    private final Map<String, Lane> lanes = new HashMap<>();
    private final Histogram fromReceived = new Histogram(LONGEST_NS, 3);
    private final Histogram fromSent = new Histogram(LONGEST_NS, 3);
    private List<BookMailbox> known = List.of();
    private Lane[] laneOf = {};
    private volatile int received;
    private volatile long firstNs;
    private volatile long lastWrittenNs;
    private volatile long images;
    private volatile long overrun;
    private long frameNs;
    private long frameSentNs;

    LatencyProbe(List<Frame> frames, Supplier<List<BookMailbox>> mailboxes) {
        this.expected = frames.stream()
                .map(frame -> frame.text().getBytes(StandardCharsets.UTF_8))
                .toList();
        this.sentNs = new long[frames.size()];
        this.mailboxes = mailboxes;
    }

    /** Server loop. */
    void onSent(int frame) {
        sentNs[frame] = System.nanoTime();
    }

    /** Feed thread. Frames come in the order sent; anything else is an answer or a heartbeat. */
    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer, the feed thread
    public void onFrame(int connection, byte[] frame, int length) {
        int next = received;
        if (next == expected.size() || !isNext(expected.get(next), frame, length)) {
            return;
        }
        frameNs = System.nanoTime();
        frameSentNs = sentNs[next];
        if (next == 0) {
            firstNs = frameNs;
        }
        received = next + 1;
    }

    private static boolean isNext(byte[] text, byte[] frame, int length) {
        return text.length == length && Arrays.equals(text, 0, length, frame, 0, length);
    }

    /** Feed thread, after each publication. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer, the feed thread
    void onChange() {
        List<BookMailbox> current = mailboxes.get();
        if (!current.equals(known)) {
            adopt(current);
        }
        for (int i = 0; i < laneOf.length; i++) {
            Lane lane = laneOf[i];
            long puts = known.get(i).puts();
            if (puts != lane.seen) {
                lane.seen = puts;
                note(lane, puts);
            }
        }
    }

    private void adopt(List<BookMailbox> current) {
        known = current;
        laneOf = new Lane[current.size()];
        synchronized (lanes) {
            for (int i = 0; i < laneOf.length; i++) {
                laneOf[i] = lanes.computeIfAbsent(current.get(i).symbol(), unused -> new Lane());
            }
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer, the feed thread
    private void note(Lane lane, long puts) {
        if (puts - lane.tail >= OUTSTANDING) {
            overrun++;
        }
        int slot = (int) (puts & (OUTSTANDING - 1));
        lane.receivedNs[slot] = received == 0 ? 0 : frameNs;
        lane.sentNs[slot] = frameSentNs;
        images += received == 0 ? 0 : 1;
        lane.head = puts;
    }

    /** Redis thread. */
    @Override
    public void onWritten(String symbol, long image) {
        long nowNs = System.nanoTime();
        Lane lane;
        synchronized (lanes) {
            lane = lanes.get(symbol);
        }
        if (lane == null) {
            return;
        }
        long until = Math.min(image, lane.head);
        for (long number = lane.tail + 1; number <= until; number++) {
            int slot = (int) (number & (OUTSTANDING - 1));
            long sinceNs = lane.receivedNs[slot];
            if (sinceNs != 0) {
                fromReceived.recordValue(Math.min(LONGEST_NS, nowNs - sinceNs));
                fromSent.recordValue(Math.min(LONGEST_NS, nowNs - lane.sentNs[slot]));
            }
        }
        lane.tail = Math.max(lane.tail, until);
        lastWrittenNs = nowNs;
    }

    /** All frames have come and every image stands in Redis. */
    boolean isDrained() {
        if (received < expected.size()) {
            return false;
        }
        synchronized (lanes) {
            return lanes.values().stream().allMatch(lane -> lane.head == lane.tail);
        }
    }

    int received() {
        return received;
    }

    /** From the first frame received to the last write confirmed. */
    double seconds() {
        return (lastWrittenNs - firstNs) / 1e9;
    }

    long images() {
        return images;
    }

    long overrun() {
        return overrun;
    }

    Histogram fromReceived() {
        return fromReceived;
    }

    Histogram fromSent() {
        return fromSent;
    }
}
