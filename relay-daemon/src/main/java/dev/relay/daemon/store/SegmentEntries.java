package dev.relay.daemon.store;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The {@code entries} blob of a segment: per (lane, frame) pair lane u32, offset u32, length u32, CRC32C of the frame u32, epoch u64, seq u64, little-endian. Built
 * on the store thread from a batch's index.
 */
final class SegmentEntries {
    static final int BYTES = 32;

    private final ByteBuffer b;

    private SegmentEntries(ByteBuffer b) {
        this.b = b;
    }

    static SegmentEntries of(byte[] blob) {
        return new SegmentEntries(ByteBuffer.wrap(blob).order(ByteOrder.LITTLE_ENDIAN));
    }

    /** Adds checksums to a batch's index; a frame that waits in several lanes is summed once. */
    static byte[] encode(Batch batch) {
        ByteBuffer index = batch.index();
        ByteBuffer out = ByteBuffer.allocate(batch.indexCount() * BYTES).order(ByteOrder.LITTLE_ENDIAN);
        int summedOffset = -1;
        int sum = 0;
        for (int at = 0; at < index.position(); at += Batch.INDEX_BYTES) {
            int offset = index.getInt(at + 4);
            int length = index.getInt(at + 8);
            if (offset != summedOffset) {
                sum = checksum(batch.frames().array(), offset, length);
                summedOffset = offset;
            }
            out.putInt(index.getInt(at)).putInt(offset).putInt(length).putInt(sum);
            out.putLong(index.getLong(at + 12)).putLong(index.getLong(at + 20));
        }
        return out.array();
    }

    static int checksum(byte[] bytes, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, length);
        return (int) crc.getValue();
    }

    /** True when the frame lies within {@code frames} and matches its sum. */
    boolean isWhole(int i, byte[] frames) {
        int offset = offset(i);
        int length = length(i);
        return offset >= 0
                && length >= 0
                && offset <= frames.length - length
                && checksum(frames, offset, length) == checksum(i);
    }

    /** Appends an entry whose frame has moved. */
    void copy(int i, int newOffset, ByteBuffer out) {
        out.putInt(lane(i)).putInt(newOffset).putInt(length(i)).putInt(checksum(i));
        out.putLong(epoch(i)).putLong(seq(i));
    }

    int count() {
        return b.capacity() / BYTES;
    }

    int lane(int i) {
        return b.getInt(i * BYTES);
    }

    int offset(int i) {
        return b.getInt(i * BYTES + 4);
    }

    int length(int i) {
        return b.getInt(i * BYTES + 8);
    }

    int checksum(int i) {
        return b.getInt(i * BYTES + 12);
    }

    long epoch(int i) {
        return b.getLong(i * BYTES + 16);
    }

    long seq(int i) {
        return b.getLong(i * BYTES + 24);
    }
}
