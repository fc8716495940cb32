package dev.relay.benchmarks;

import dev.relay.daemon.session.CloseReason;
import dev.relay.daemon.session.Connection;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A connection whose peer reads everything at once and forgets it. One thread. */
final class MemoryConnection implements Connection {
    private final long id;
    final ByteBuffer out = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);

    MemoryConnection(long id) {
        this.id = id;
    }

    @Override
    public long id() {
        return id;
    }

    @Override
    public ByteBuffer reserve(int bytes) {
        return out.remaining() < bytes ? out.clear() : out;
    }

    @Override
    public void commit() {}

    @Override
    public boolean hasOutput() {
        return true;
    }

    @Override
    public void close(CloseReason reason) {
        throw new IllegalStateException("closed: reason=" + reason);
    }

    @Override
    public int uid() {
        return 1;
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
