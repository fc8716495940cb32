package dev.relay.daemon.transport;

import dev.relay.daemon.session.CloseReason;
import dev.relay.daemon.session.Connection;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Frames;
import dev.relay.protocol.Limits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One client: its socket, what it sent and is not a whole frame yet, what it is being sent. Frames are appended to a pooled buffer and
 * written once per turn of the loop. What a peer does not read is bounded: above {@code outputBytes} the connection is closed as
 * OVERLOADED, unsent bytes and all; what was accepted is in the store or at its sender, so nothing is lost. Core thread only.
 */
final class BusConnection extends ChannelInboundHandlerAdapter implements Connection, FrameSink {
    private static final int BUFFER_BYTES = 32 << 10;
    /** A closing peer that does not read its last bytes is cut off after this. */
    private static final long LAST_BYTES_MS = 1_000;

    private final BusServer server;
    private final CoreLoop core;
    private final Channel channel;
    private final Peer peer;
    private final long id;
    private final FrameAssembler assembler;
    private @Nullable ByteBuf out;
    private @Nullable ByteBuffer outView;
    private int outBase;
    private boolean queued;
    private boolean open;
    private @Nullable CloseReason closing;

    BusConnection(BusServer server, CoreLoop core, Channel channel, Peer peer, long id) {
        this.server = server;
        this.core = core;
        this.channel = channel;
        this.peer = peer;
        this.id = id;
        this.assembler = new FrameAssembler(this, channel.alloc(), Limits.MAX_FRAME_BYTES);
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        core.run(() -> {
            server.opened(this);
            core.bus().onConnect(this);
        });
        core.touch();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object read) {
        ByteBuf in = (ByteBuf) read;
        try {
            if (!core.isStopped()) {
                assembler.feed(in);
            }
        } catch (Throwable e) {
            core.escaped(e);
        } finally {
            in.release();
        }
        core.touch();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (closing == null) {
            closing = CloseReason.EOF;
        }
        assembler.close();
        releaseOut();
        server.closed(this, closing);
        core.run(() -> core.bus().onDisconnect(this));
        core.touch();
    }

    /** Errors of this socket alone (a reset, a broken pipe): the connection ends, the daemon goes on. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof IOException) {
            ChannelFuture unused = ctx.close();
        } else {
            core.escaped(cause);
        }
    }

    @Override
    public void onFrame(ByteBuffer b, int at) {
        boolean isFirst = !open;
        core.bus().onFrame(this, b, at);
        if (isFirst) {
            open = closing == null && Frames.type(b, at) == FrameType.HELLO;
            if (open) {
                server.greeted(this);
            }
        }
    }

    @Override
    public void onTooLarge(ByteBuffer b, int at) {
        core.bus().onOversized(this, b, at);
    }

    @Override
    public void onBroken() {
        core.bus().onBroken(this);
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public boolean isClosing() {
        return closing != null;
    }

    Peer peer() {
        return peer;
    }

    /** A newcomer needs the place of this silent connection. The bus forgets it at once. */
    void evict() {
        byte[] body = BusServer.error(ErrorCode.OVERLOADED, "too many connections without HELLO");
        FrameWriter.control(reserve(Frames.PREFIX_BYTES + body.length), FrameType.ERROR, body);
        commit();
        core.bus().onDisconnect(this);
        close(CloseReason.OVERLOADED);
    }

    @Override
    public long id() {
        return id;
    }

    @Override
    public int uid() {
        return peer.uid();
    }

    @Override
    public int pid() {
        return peer.pid();
    }

    @Override
    public ByteBuffer reserve(int bytes) {
        if (outView == null || outView.remaining() < bytes) {
            handOver();
            ByteBuf next = channel.alloc().directBuffer(Math.max(BUFFER_BYTES, bytes));
            outView = next.internalNioBuffer(0, next.capacity()).order(ByteOrder.LITTLE_ENDIAN);
            outBase = outView.position();
            out = next;
        }
        return outView;
    }

    @Override
    public void commit() {
        if (out != null && outView != null) {
            out.writerIndex(outView.position() - outBase);
        }
        if (!queued) {
            queued = true;
            core.wrote(this);
        }
    }

    @Override
    public boolean hasOutput() {
        return queued;
    }

    @Override
    public long pendingBytes() {
        ChannelOutboundBuffer unsent = channel.unsafe().outboundBuffer();
        return (unsent == null ? 0 : unsent.totalPendingWriteBytes()) + (out == null ? 0 : out.readableBytes());
    }

    /** End of a turn: what was committed goes out in one write. */
    void flush() {
        queued = false;
        handOver();
        channel.flush();
        if (closing == null && pendingBytes() > server.outputBytes()) {
            close(CloseReason.OVERLOADED);
        }
    }

    @Override
    public void close(CloseReason reason) {
        if (closing != null) {
            return;
        }
        closing = reason;
        channel.config().setAutoRead(false);
        handOver();
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        if (pendingBytes() > server.outputBytes()) {
            cutOff();
        } else if (channel.isActive()) {
            Future<?> unused = channel.eventLoop().schedule(this::cutOff, LAST_BYTES_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void cutOff() {
        ChannelFuture unused = channel.close();
    }

    /** Gives the buffer to Netty; it is sent by the next flush. */
    private void handOver() {
        ByteBuf full = out;
        out = null;
        outView = null;
        if (full == null) {
            return;
        }
        if (full.isReadable() && channel.isActive()) {
            ChannelFuture unused = channel.write(full, channel.voidPromise());
        } else {
            full.release();
        }
    }

    private void releaseOut() {
        if (out != null) {
            out.release();
        }
        out = null;
        outView = null;
    }
}
