package dev.relay.daemon.routing;

import dev.relay.daemon.session.CloseReason;
import dev.relay.daemon.session.Connection;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A connection into a buffer of fixed size, which the test reads and clears; makes no garbage. */
class MemoryConnection implements Connection {
    final ByteBuffer out;
    private final long id;

    MemoryConnection(long id, int bytes) {
        this.id = id;
        this.out = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public final long id() {
        return id;
    }

    @Override
    public final ByteBuffer reserve(int bytes) {
        return out;
    }

    @Override
    public final boolean hasOutput() {
        return true;
    }

    @Override
    public final void commit() {}

    @Override
    public final void close(CloseReason reason) {
        throw new IllegalStateException(reason.name());
    }

    @Override
    public final int uid() {
        return 1;
    }

    @Override
    public final int pid() {
        return 1;
    }

    @Override
    public final long pendingBytes() {
        return 0;
    }
}
