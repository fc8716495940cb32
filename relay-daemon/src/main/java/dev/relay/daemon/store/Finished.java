package dev.relay.daemon.store;

import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which positions of one lane are over: at or below its floor, or one by one above it. Positions compare by epoch, then seq. */
final class Finished {
    private record Position(long epoch, long seq) {}

    private final long floorEpoch;
    private final long floor;
    private final Set<Position> above = new HashSet<>();

    Finished(long floorEpoch, long floor, long[] finished) {
        this.floorEpoch = floorEpoch;
        this.floor = floor;
        for (int i = 0; i + 1 < finished.length; i += 2) {
            add(finished[i], finished[i + 1]);
        }
    }

    void add(long epoch, long seq) {
        above.add(new Position(epoch, seq));
    }

    boolean contains(long epoch, long seq) {
        return !isAbove(epoch, seq, floorEpoch, floor) || above.contains(new Position(epoch, seq));
    }

    static boolean isAbove(long epoch, long seq, long thanEpoch, long thanSeq) {
        return epoch > thanEpoch || (epoch == thanEpoch && seq > thanSeq);
    }

    static byte[] encode(long[] finished) {
        ByteBuffer out = ByteBuffer.allocate(finished.length * Long.BYTES);
        out.asLongBuffer().put(finished);
        return out.array();
    }

    static long[] decode(byte @Nullable [] blob) {
        LongBuffer in = ByteBuffer.wrap(blob == null ? new byte[0] : blob).asLongBuffer();
        long[] finished = new long[in.remaining()];
        in.get(finished);
        return finished;
    }
}
