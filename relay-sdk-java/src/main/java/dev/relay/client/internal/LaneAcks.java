package dev.relay.client.internal;

import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Frames;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * What one lane owes the daemon: NACKs in the order of the failures, and one cumulative ACK when the floor or the finished
 * positions right above it are not what was last told. What a handler submitted goes first (rule R7). Guarded like its
 * {@link InLane}; bounded by its positions.
 */
final class LaneAcks {
    private final Floor floor;
    private final ArrayDeque<Inbound> nacks = new ArrayDeque<>();
    private boolean isOwed;
    private long toldBits;

    LaneAcks(Floor floor) {
        this.floor = floor;
    }

    /** The daemon is to be told where the floor is, also when it has not moved. */
    void owe() {
        isOwed = true;
    }

    /** A new connection knows of no position above the floor. */
    void forgetTold() {
        toldBits = 0;
    }

    void addNack(Inbound failed) {
        nacks.addLast(failed);
    }

    void removeNack(Inbound failed) {
        nacks.remove(failed);
    }

    void clearNacks() {
        nacks.clear();
    }

    /** Writes what is due; false when the sink is full. */
    boolean write(FrameSink sink, int handle, long writtenUpTo) {
        Inbound nack;
        while ((nack = nacks.peekFirst()) != null && nack.doneAfter <= writtenUpTo) {
            ByteBuffer out = sink.reserve(Frames.NACK_BYTES + nack.nackError.length);
            if (out == null) {
                return false;
            }
            FrameWriter.nack(out, handle, nack.nackClass, nack.nackDelayMs, nack.epoch, nack.seq, nack.nackError);
            sink.commit();
            nacks.pollFirst();
        }
        return writeAck(sink, handle, writtenUpTo);
    }

    private boolean writeAck(FrameSink sink, int handle, long writtenUpTo) {
        isOwed |= floor.advance(writtenUpTo);
        long bits = floor.bits(writtenUpTo);
        if (!isOwed && bits == toldBits) {
            return true;
        }
        ByteBuffer out = sink.reserve(Frames.ACK_BYTES);
        if (out == null) {
            return false;
        }
        FrameWriter.ack(out, handle, floor.epoch, floor.seq, bits);
        sink.commit();
        isOwed = false;
        toldBits = bits;
        return true;
    }

    /** True while finished or failed positions wait for something to be written first. */
    boolean isHeld(long writtenUpTo) {
        return !nacks.isEmpty() || floor.isHeld(writtenUpTo);
    }
}
