package dev.relay.daemon.transport;

import dev.relay.protocol.FrameCursor;
import dev.relay.protocol.Frames;
import dev.relay.protocol.Limits;
import dev.relay.protocol.MessageHeader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Cuts whole frames out of what the socket delivers, without copying any frame that lies within one read. A frame that is split over reads
 * is gathered in a buffer that grows with the bytes that really came, never with the length that was announced, and goes back to the pool
 * when the frame is whole. The length is checked before anything is kept: before HELLO at most 64 KiB, HELLO itself included, afterwards
 * one frame limit; what is larger, up to 64 MiB, is reported by its first 64 bytes and read past. Core thread only.
 */
final class FrameAssembler {
    private static final int FIRST_PIECE_BYTES = 4 << 10;

    private final FrameSink sink;
    private final ByteBufAllocator allocator;
    private final int maxFrameBytes;
    private @Nullable ByteBuf partial;
    private long skipBytes;
    private boolean broken;

    FrameAssembler(FrameSink sink, ByteBufAllocator allocator, int maxFrameBytes) {
        this.sink = sink;
        this.allocator = allocator;
        this.maxFrameBytes = maxFrameBytes;
    }

    /** Takes all bytes of {@code in}; the caller releases it. */
    void feed(ByteBuf in) {
        while (in.isReadable() && !broken && !sink.isClosing()) {
            if (skipBytes > 0) {
                int skipped = (int) Math.min(skipBytes, in.readableBytes());
                in.skipBytes(skipped);
                skipBytes -= skipped;
            } else if (partial != null) {
                gather(partial, in);
            } else {
                cut(in);
            }
        }
    }

    /** Gives an unfinished frame back to the pool. */
    void close() {
        broken = true;
        release();
    }

    /** Bytes held of an unfinished frame. */
    int heldBytes() {
        return partial == null ? 0 : partial.capacity();
    }

    /** Frames that are whole in this read; what is left begins a partial frame. */
    private void cut(ByteBuf in) {
        ByteBuffer view = view(in);
        int at = view.position();
        int start = at;
        int end = view.limit();
        while (end - at >= Frames.PREFIX_BYTES && !sink.isClosing()) {
            int length = FrameCursor.next(view, at, end, limit());
            if (length <= FrameCursor.INCOMPLETE) {
                break;
            }
            sink.onFrame(view, at);
            at += length;
        }
        in.skipBytes(at - start);
        if (in.isReadable() && !sink.isClosing()) {
            beginPartial(in);
        }
    }

    private void beginPartial(ByteBuf in) {
        partial = allocator.directBuffer(Math.max(FIRST_PIECE_BYTES, Math.min(in.readableBytes(), limit())));
        gather(partial, in);
    }

    /** Adds bytes to the partial frame, first its prefix, then what the prefix asks for. */
    private void gather(ByteBuf held, ByteBuf in) {
        if (!fill(held, in, Frames.PREFIX_BYTES)) {
            return;
        }
        ByteBuffer view = view(held);
        int at = view.position();
        int limit = limit();
        long length = Frames.len(view, at);
        if (FrameCursor.next(view, at, view.limit(), limit) == FrameCursor.OVERSIZED && isSkippable(view, at)) {
            readPast(held, in, length);
        } else if (length < Frames.PREFIX_BYTES || length > limit) {
            broken = true;
            release();
            sink.onBroken();
        } else if (fill(held, in, (int) length)) {
            partial = null;
            ByteBuffer whole = view(held);
            sink.onFrame(whole, whole.position());
            held.release();
        }
    }

    private void readPast(ByteBuf held, ByteBuf in, long length) {
        if (fill(held, in, MessageHeader.BYTES)) {
            skipBytes = length - MessageHeader.BYTES;
            partial = null;
            ByteBuffer header = view(held);
            sink.onTooLarge(header, header.position());
            held.release();
        }
    }

    private boolean isSkippable(ByteBuffer b, int at) {
        return sink.isOpen() && Frames.len(b, at) <= Limits.MAX_SKIPPED_BYTES;
    }

    private int limit() {
        return sink.isOpen() ? maxFrameBytes : Math.min(maxFrameBytes, Limits.MAX_CONTROL_BYTES);
    }

    /** Copies until {@code held} has {@code bytes}; true when it has. Room doubles, so that it follows what came. */
    private static boolean fill(ByteBuf held, ByteBuf in, int bytes) {
        int missing = Math.min(bytes - held.readableBytes(), in.readableBytes());
        if (missing > 0) {
            held.ensureWritable(missing);
            in.readBytes(held, missing);
        }
        return held.readableBytes() >= bytes;
    }

    private static ByteBuffer view(ByteBuf bytes) {
        return bytes.internalNioBuffer(bytes.readerIndex(), bytes.readableBytes())
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    private void release() {
        if (partial != null) {
            partial.release();
            partial = null;
        }
    }
}
