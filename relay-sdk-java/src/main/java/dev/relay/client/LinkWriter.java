package dev.relay.client;

import dev.relay.client.internal.FrameSink;
import dev.relay.protocol.Limits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The writing half of a {@link Link}. Whoever has something to write writes it, when nobody else is writing; else the one who writes takes
 * it along. What does not fit into the socket is left to the pacer, so no caller ever waits for the daemon to read. One buffer of a frame
 * and 256 KiB.
 */
final class LinkWriter {
    private static final int BUFFER_BYTES = Limits.MAX_FRAME_BYTES + (256 << 10);

    private final Engine engine;
    private final Link link;
    private final Selector writable = Link.selector();
    private final ByteBuffer out = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);

    /** How often a write was asked for and not done; who raises it from 0 writes. */
    private final AtomicInteger wanted = new AtomicInteger();

    private @Nullable SocketChannel outFor;
    private boolean hasLeftover;
    private volatile boolean isStuck;

    private final FrameSink sink = new FrameSink() {
        @Override
        public @Nullable ByteBuffer reserve(int bytes) {
            return out.remaining() >= bytes ? out : null;
        }

        @Override
        public void commit() {}
    };

    LinkWriter(Engine engine, Link link) {
        this.engine = engine;
        this.link = link;
    }

    /** Writes what waits, or has it written by the thread that is writing now. */
    void flush() {
        if (wanted.getAndIncrement() == 0) {
            write();
        }
    }

    /** The socket was full: the pacer goes on, with {@link #awaitRoom}. */
    boolean isStuck() {
        return isStuck;
    }

    /** Some of what was asked for is not written. */
    boolean hasUnwritten() {
        return wanted.get() > 0;
    }

    void close() throws IOException {
        writable.close();
    }

    /** By the one who raised {@link #wanted} from 0; the pacer goes on where the socket was full. */
    private void write() {
        int seen;
        do {
            seen = wanted.get();
            if (!writeAll()) {
                isStuck = true;
                link.wakePacer();
                return;
            }
        } while (!wanted.compareAndSet(seen, 0));
    }

    /** False when the socket is full; the rest stays in the buffer. */
    private boolean writeAll() {
        while (true) {
            SocketChannel to = link.channel();
            if (!hasLeftover || outFor != to) {
                hasLeftover = false;
                out.clear();
                to = pump();
                if (to == null || out.position() == 0) {
                    return true;
                }
                out.flip();
                outFor = to;
            }
            write(to);
            hasLeftover = out.hasRemaining();
            if (hasLeftover) {
                return false;
            }
        }
    }

    private void write(@Nullable SocketChannel to) {
        try {
            if (to != null) {
                to.write(out);
            }
        } catch (IOException e) {
            out.position(out.limit());
            link.broken(to, e);
        }
    }

    /** Fills the buffer from the session; null when there is no connection. */
    private @Nullable SocketChannel pump() {
        engine.lock.lock();
        try {
            SocketChannel to = link.channel();
            if (to != null) {
                boolean hadAcks = engine.session.hasAcks();
                engine.session.pump(sink);
                if (hadAcks) {
                    engine.batchDone();
                }
            }
            return to;
        } finally {
            engine.lock.unlock();
        }
    }

    /** Waits for room, at most so long, and goes on. The pacer's thread only. */
    void awaitRoom(long timeoutMs) {
        SocketChannel to = outFor;
        try {
            if (to != null && to == link.channel()) {
                to.register(writable, SelectionKey.OP_WRITE);
                writable.select(Link::ignore, timeoutMs);
            }
        } catch (IOException | CancelledKeyException e) {
            link.failed(e);
        }
        isStuck = false;
        write();
    }
}
