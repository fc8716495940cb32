package dev.relay.daemon.sim;

import dev.relay.daemon.session.CloseReason;
import dev.relay.daemon.session.Connection;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Both directions of one connection: ordered, delayed, cut at any moment with what is on its way. */
final class SimConnection implements Connection {
    private final World world;
    private final SimDaemon daemon;
    private final SimPeer peer;
    private final long id;
    private ByteBuffer out = ByteBuffer.allocate(1 << 12).order(ByteOrder.LITTLE_ENDIAN);
    private long toClientNs;
    private long toDaemonNs;
    private boolean isDaemonGone;
    boolean isCut;

    SimConnection(World world, SimDaemon daemon, SimPeer peer, long id) {
        this.world = world;
        this.daemon = daemon;
        this.peer = peer;
        this.id = id;
    }

    @Override
    public long id() {
        return id;
    }

    @Override
    public ByteBuffer reserve(int bytes) {
        if (out.remaining() < bytes) {
            ByteBuffer larger = ByteBuffer.allocate(out.capacity() * 2 + bytes).order(ByteOrder.LITTLE_ENDIAN);
            larger.put(out.flip());
            out = larger;
        }
        return out;
    }

    @Override
    public void commit() {}

    @Override
    public boolean hasOutput() {
        return out.position() > 0;
    }

    @Override
    public void close(CloseReason reason) {
        flush();
        isDaemonGone = true;
        toClientNs = Math.max(toClientNs, world.nanoTime()) + 1;
        world.after(toClientNs - world.nanoTime(), this::cut);
    }

    /** Hands what was written to the client, later and in order. */
    void flush() {
        if (out.position() > 0 && !isCut) {
            byte[] bytes = Arrays.copyOf(out.array(), out.position());
            out.clear();
            daemon.onWritten(bytes);
            toClientNs = Math.max(toClientNs, world.nanoTime() + delay());
            world.after(toClientNs - world.nanoTime(), () -> {
                if (!isCut) {
                    world.trace(Arrays.hashCode(bytes));
                    Trace.frames(world, "to " + peer, bytes);
                    peer.onBytes(this, bytes);
                }
            });
        }
    }

    private long delay() {
        return world.between(10_000, 400_000);
    }

    /** Whole frames from the client. */
    void send(byte[] bytes) {
        toDaemonNs = Math.max(toDaemonNs, world.nanoTime() + delay());
        world.after(toDaemonNs - world.nanoTime(), () -> {
            if (!isCut && !isDaemonGone) {
                world.trace(Arrays.hashCode(bytes));
                Trace.frames(world, "from " + peer, bytes);
                daemon.onBytes(this, bytes);
            }
        });
    }

    /** Both ends see the end; bytes on their way are lost. */
    void cut() {
        if (!isCut) {
            isCut = true;
            daemon.onCut(this);
            peer.onCut(this);
        }
    }

    /** The client is gone; the daemon learns it later, or when the name comes back. */
    void halfCut(long ms) {
        if (!isCut) {
            isCut = true;
            peer.onCut(this);
            world.afterMs(ms, () -> daemon.onCut(this));
        }
    }

    @Override
    public int uid() {
        return peer.uid();
    }

    @Override
    public int pid() {
        return 1;
    }

    @Override
    public long pendingBytes() {
        return out.position();
    }
}
