package dev.relay.daemon.routing;

import dev.relay.daemon.flow.AppIdIndex;
import dev.relay.daemon.flow.Stream;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.store.KeptRows;
import dev.relay.protocol.Frames;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import dev.relay.protocol.Limits;
import dev.relay.protocol.MessageHeader;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Ids that applications choose: a new call with an id that its sender used before is the same call (I7). An id is known for {@value #WINDOW_HOURS} hours; of one sender
 * at most {@value AppIdIndex#CAPACITY} are, then the oldest goes early, which is counted. Ids are kept as 128-bit hashes, keyed per store, with a check of target and
 * content; their rows are part of the cut that accepts the message. Core thread only.
 */
final class AppIds {
    static final long WINDOW_HOURS = 24;
    private static final long WINDOW_NS = TimeUnit.HOURS.toNanos(WINDOW_HOURS);
    private static final int FORGET_CHUNK = 1_000;

    private final Core core;
    private final long seed;
    private final Map<Agent, AppIdIndex> bySender = new HashMap<>();
    private long lastNo;
    /** Acceptance times of stored rows, by number, for deleting them in order. */
    private final java.util.ArrayDeque<long[]> rowTimes = new java.util.ArrayDeque<>();

    private long high;
    private long low;

    AppIds(Core core) {
        this.core = core;
        this.seed = ByteBuffer.wrap(core.recovered.storeKey()).getLong();
    }

    /** The entry of this message's id in its sender's index, -1 when it is new; {@link #isLegal} has been asked. */
    int find(Agent sender, ByteBuffer b, int at) {
        AppIdIndex index = bySender.get(sender);
        hash(b, at);
        return index == null ? -1 : index.find(high, low);
    }

    static boolean isLegal(ByteBuffer b, int at) {
        long found = HeaderBlock.find(b, at, HeaderKey.APP_ID);
        return found >= 0 && HeaderBlock.lengthOf(found) > 0 && HeaderBlock.lengthOf(found) <= Limits.MAX_APP_ID_BYTES;
    }

    @Nullable
    AppIdIndex index(Agent sender) {
        return bySender.get(sender);
    }

    /** A message with a new id is accepted. */
    void add(Agent sender, Stream stream, ByteBuffer b, int at) {
        hash(b, at);
        long content = content(stream, b, at);
        long now = core.clock.nanoTime();
        long no = ++lastNo;
        long epoch = MessageHeader.epoch(b, at);
        long seq = MessageHeader.seq(b, at);
        AppIdIndex index = indexOf(sender);
        if (index.isFull()) {
            core.next.kept.earlyAppIds.add(index.oldestNo());
        }
        if (index.add(no, stream.id, epoch, seq, high, low, content, now)) {
            core.count(Counter.APP_IDS_FORGOTTEN_EARLY);
        }
        core.next.kept.addAppId(no, stream.id, epoch, seq, high, low, content, core.clock.wallMs());
        noteRow(no, now);
    }

    private AppIdIndex indexOf(Agent sender) {
        return bySender.computeIfAbsent(sender, s -> new AppIdIndex());
    }

    /** One time per {@value #FORGET_CHUNK} rows is enough to delete them in chunks. */
    private void noteRow(long no, long atNs) {
        if (no % FORGET_CHUNK == 0) {
            rowTimes.add(new long[] {no, atNs});
        }
    }

    /** Target and content: another message under a known id is an error of the application (D8). */
    static long content(Stream stream, ByteBuffer b, int at) {
        long h = stream.id * 0x9E3779B97F4A7C15L;
        int end = at + (int) Frames.len(b, at);
        for (int i = MessageHeader.payloadAt(b, at); i < end; i++) {
            h = (h ^ (b.get(i) & 0xFF)) * 0x100000001B3L;
        }
        return h;
    }

    private void hash(ByteBuffer b, int at) {
        long found = HeaderBlock.find(b, at, HeaderKey.APP_ID);
        int from = HeaderBlock.offsetOf(found);
        long x = seed;
        long y = ~seed;
        for (int i = 0; i < HeaderBlock.lengthOf(found); i++) {
            int c = b.get(from + i) & 0xFF;
            x = (x ^ c) * 0x100000001B3L;
            y = Long.rotateLeft(y + c, 23) * 0x9E3779B97F4A7C15L;
        }
        high = mix(x);
        low = mix(y + x);
    }

    private static long mix(long v) {
        long z = (v ^ (v >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** Forgets what is older than the window, at most a chunk of rows per turn. */
    void onTimer(long nowNs) {
        for (AppIdIndex index : bySender.values()) {
            while (index.size() > 0 && nowNs - index.oldestNs() > WINDOW_NS) {
                index.forgetOldest();
            }
        }
        long[] oldest = rowTimes.peek();
        if (oldest != null && nowNs - oldest[1] > WINDOW_NS) {
            rowTimes.poll();
            core.next.kept.forgetAppIdsTo = oldest[0];
        }
    }

    /** After a restart; the wall clock says how old the rows are. */
    void restore(long[] rows) {
        Map<Long, Stream> streams = new HashMap<>();
        core.streams.forEach(stream -> streams.put((long) stream.id, stream));
        for (int at = 0; at < rows.length; at += KeptRows.APP_ID_LONGS) {
            Stream stream = streams.get(rows[at + 1]);
            long ageMs = Math.max(0, core.startedWallMs - rows[at + 7]);
            long atNs = core.startedNs - TimeUnit.MILLISECONDS.toNanos(ageMs);
            lastNo = Math.max(lastNo, rows[at]);
            noteRow(rows[at], atNs);
            if (stream != null) {
                indexOf(stream.sender)
                        .add(
                                rows[at],
                                stream.id,
                                rows[at + 2],
                                rows[at + 3],
                                rows[at + 4],
                                rows[at + 5],
                                rows[at + 6],
                                atNs);
            }
        }
    }
}
