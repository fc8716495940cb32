package dev.relay.daemon.transport;

import dev.relay.daemon.routing.Bus;
import dev.relay.daemon.session.CloseReason;
import dev.relay.daemon.session.Connection;
import dev.relay.protocol.FrameCursor;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
import dev.relay.protocol.Limits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** What {@link BusConnection} is between the assembler and the bus, without a channel. Checks that what the bus writes is whole frames. */
final class FuzzPeer implements Connection, FrameSink {
    private final Bus bus;
    private final long id;
    private final ByteBuf read;
    private final FrameAssembler assembler =
            new FrameAssembler(this, PooledByteBufAllocator.DEFAULT, Limits.MAX_FRAME_BYTES);
    private ByteBuffer out = ByteBuffer.allocate(4_096).order(ByteOrder.LITTLE_ENDIAN);
    private boolean isOpen;
    private boolean isClosing;
    int written;

    /** {@code read}: where bytes are put that come in; the assembler keeps none of it. */
    FuzzPeer(Bus bus, long id, ByteBuf read) {
        this.bus = bus;
        this.read = read;
        this.id = id;
    }

    void feed(byte[] bytes, int at, int length) {
        if (!isClosing) {
            assembler.feed(read.clear().writeBytes(bytes, at, length));
        }
    }

    void end() {
        assembler.close();
        bus.onDisconnect(this);
    }

    @Override
    public void onFrame(ByteBuffer b, int at) {
        boolean isFirst = !isOpen;
        bus.onFrame(this, b, at);
        if (isFirst) {
            isOpen = !isClosing && Frames.type(b, at) == FrameType.HELLO;
        }
    }

    @Override
    public void onTooLarge(ByteBuffer b, int at) {
        bus.onOversized(this, b, at);
    }

    @Override
    public void onBroken() {
        bus.onBroken(this);
    }

    @Override
    public boolean isOpen() {
        return isOpen;
    }

    @Override
    public boolean isClosing() {
        return isClosing;
    }

    @Override
    public long id() {
        return id;
    }

    @Override
    public ByteBuffer reserve(int bytes) {
        if (out.remaining() < bytes) {
            out = ByteBuffer.allocate(bytes + 4_096).order(ByteOrder.LITTLE_ENDIAN);
        }
        return out;
    }

    @Override
    public boolean hasOutput() {
        return true;
    }

    @Override
    public void commit() {
        int at = 0;
        while (at < out.position()) {
            int length = FrameCursor.next(out, at, out.position(), Limits.MAX_FRAME_BYTES);
            if (length <= FrameCursor.INCOMPLETE) {
                throw new AssertionError("the bus wrote what is no frame: at=" + at + " of=" + out.position());
            }
            at += length;
        }
        written += out.position();
        out.clear();
    }

    @Override
    public void close(CloseReason reason) {
        isClosing = true;
    }

    @Override
    public int uid() {
        return 1_000;
    }

    @Override
    public int pid() {
        return 1;
    }

    @Override
    public long pendingBytes() {
        return 0;
    }
}
