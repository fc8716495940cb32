package dev.relay.client;

import dev.relay.client.internal.ClientSession.State;
import dev.relay.client.internal.FrameSink;
import dev.relay.protocol.FrameCursor;
import dev.relay.protocol.Limits;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The two I/O threads of a client. The reader connects, hands whole batches of frames to the session and reconnects with jittered, growing
 * delays; the writer writes everything that waits in one go and keeps the clock of pings. Neither runs user code. Buffers are fixed: one
 * megabyte and a frame each way; a full write buffer is written out before more is taken from the session.
 */
final class Link {
    private static final int BUFFER_BYTES = Limits.MAX_FRAME_BYTES + (256 << 10);
    private static final long TICK_NS = 50_000_000L;
    private static final long DEAD_AFTER_NS = 6_000_000_000L;
    private static final long STOPPED_NS = 1_000_000_000L;
    private static final long FIRST_DELAY_MS = 20;
    private static final long MAX_DELAY_MS = 2_000;

    private final Engine engine;
    private final Thread reader;
    private final Thread writer;
    private final ByteBuffer in = buffer();
    private final ByteBuffer out = buffer();
    private long lastPumpNs = System.nanoTime();
    private long resumedNs = lastPumpNs;
    private volatile @Nullable SocketChannel channel;
    private volatile boolean isWriterParked;
    private volatile boolean isStopped;
    private volatile boolean isWork;
    private volatile String lastFailure = "";

    private static ByteBuffer buffer() {
        return ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }

    Link(Engine engine) {
        this.engine = engine;
        this.reader = new Thread(this::readLoop, "relay-" + engine.config.name() + "-reader");
        this.writer = new Thread(this::writeLoop, "relay-" + engine.config.name() + "-writer");
        reader.setDaemon(true);
        writer.setDaemon(true);
    }

    void start() {
        reader.start();
        writer.start();
    }

    String lastFailure() {
        return lastFailure;
    }

    /** Something waits to be written. */
    void wakeWriter() {
        isWork = true;
        if (isWriterParked) {
            LockSupport.unpark(writer);
        }
    }

    /** Lets the writer write what the closed session has left, then closes the socket. */
    void stop() {
        isStopped = true;
        LockSupport.unpark(writer);
        LockSupport.unpark(reader);
        join(writer);
        close(channel);
        join(reader);
    }

    private static void join(Thread thread) {
        if (thread == Thread.currentThread()) {
            return;
        }
        try {
            thread.join(1_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- reader

    private void readLoop() {
        long delayMs = FIRST_DELAY_MS;
        while (!isStopped && state() != State.CLOSED) {
            boolean wasOpen = false;
            try (SocketChannel fresh = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                fresh.connect(UnixDomainSocketAddress.of(engine.config.socket()));
                wasOpen = read(fresh);
            } catch (IOException e) {
                lastFailure = String.valueOf(e.getMessage());
            } finally {
                disconnected();
            }
            delayMs = wasOpen ? FIRST_DELAY_MS : Math.min(MAX_DELAY_MS, delayMs * 2);
            if (!isStopped && state() != State.CLOSED) {
                LockSupport.parkNanos(this, ThreadLocalRandom.current().nextLong(1 + delayMs * 1_000_000));
            }
        }
    }

    private State state() {
        return engine.state();
    }

    private void disconnected() {
        engine.lock.lock();
        try {
            channel = null;
            engine.session.disconnected();
            engine.batchDone();
        } finally {
            engine.lock.unlock();
        }
        engine.outcomes.deliver();
    }

    /** Reads until the connection ends; true when the session was open on it. */
    private boolean read(SocketChannel fresh) throws IOException {
        engine.lock.lock();
        try {
            if (isStopped || state() != State.DISCONNECTED) {
                return false;
            }
            channel = fresh;
            engine.session.connected();
        } finally {
            engine.lock.unlock();
        }
        wakeWriter();
        in.clear();
        boolean wasOpen = false;
        while (fresh.read(in) >= 0) {
            boolean goesOn = takeBatch();
            engine.outcomes.deliver();
            wakeWriter();
            if (!goesOn) {
                return wasOpen;
            }
            wasOpen |= state() == State.OPEN;
        }
        return wasOpen;
    }

    private boolean takeBatch() {
        int end = in.position();
        int at = 0;
        boolean goesOn = true;
        engine.lock.lock();
        try {
            int len;
            while (goesOn && (len = FrameCursor.next(in, at, end, Limits.MAX_FRAME_BYTES)) > 0) {
                goesOn = engine.session.onFrame(in, at);
                at += len;
            }
            goesOn &= FrameCursor.next(in, at, end, Limits.MAX_FRAME_BYTES) == FrameCursor.INCOMPLETE;
            engine.batchDone();
        } finally {
            engine.lock.unlock();
        }
        in.limit(end).position(at);
        in.compact();
        return goesOn;
    }

    // ---- writer

    private void writeLoop() {
        while (true) {
            boolean isLast = isStopped;
            isWork = false;
            SocketChannel to = pump();
            if (to != null && out.position() > 0) {
                write(to);
            } else if (isLast) {
                return;
            } else {
                park();
            }
        }
    }

    private void park() {
        isWriterParked = true;
        if (!isWork && !isStopped) {
            LockSupport.parkNanos(this, TICK_NS);
        }
        isWriterParked = false;
    }

    /** Fills the buffer from the session; null when there is no connection. */
    private @Nullable SocketChannel pump() {
        out.clear();
        engine.lock.lock();
        try {
            SocketChannel to = channel;
            if (to == null) {
                return null;
            }
            boolean hadAcks = engine.session.hasAcks();
            engine.session.pump(sink);
            if (hadAcks) {
                engine.batchDone();
            }
            if (isSilenceTheDaemons() && engine.session.silenceNs() > DEAD_AFTER_NS) {
                lastFailure = "the daemon is silent";
                close(to);
            }
            return to;
        } finally {
            engine.lock.unlock();
        }
    }

    /** After a pause of this process what the daemon has sent may wait to be read: the silence was ours. */
    private boolean isSilenceTheDaemons() {
        long nowNs = System.nanoTime();
        if (nowNs - lastPumpNs > STOPPED_NS) {
            resumedNs = nowNs;
        }
        lastPumpNs = nowNs;
        return nowNs - resumedNs > DEAD_AFTER_NS;
    }

    private final FrameSink sink = new FrameSink() {
        @Override
        public @Nullable ByteBuffer reserve(int bytes) {
            return out.remaining() >= bytes ? out : null;
        }

        @Override
        public void commit() {}
    };

    private void write(SocketChannel to) {
        out.flip();
        try {
            while (out.hasRemaining()) {
                to.write(out);
            }
        } catch (IOException e) {
            lastFailure = String.valueOf(e.getMessage());
            close(to);
        }
    }

    private void close(@Nullable SocketChannel open) {
        if (open == null) {
            return;
        }
        try {
            open.close();
        } catch (IOException e) {
            lastFailure = String.valueOf(e.getMessage());
        }
    }
}
