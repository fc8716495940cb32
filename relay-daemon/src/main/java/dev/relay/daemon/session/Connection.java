package dev.relay.daemon.session;

import java.nio.ByteBuffer;

/**
 * The way from the core to one client. The transport implements it; only the core thread calls it. Writes are buffered: the transport
 * flushes once per read batch and per timer turn. A connection whose peer reads too slowly is bounded by {@link #pendingBytes}, which
 * the core asks before it delivers.
 */
public interface Connection {
    /** Unique in the life of the daemon. */
    long id();

    /** A little-endian buffer, positioned at the write index, with at least {@code bytes} free. Valid until {@link #commit}. */
    ByteBuffer reserve(int bytes);

    /** Takes what was written since {@link #reserve}: the buffer's new position is the new write index. */
    void commit();

    /** Something was committed since the last flush, so more goes out without a write of its own. */
    boolean hasOutput();

    /** Flushes what is written, then closes. Idempotent; {@code Bus.onDisconnect} follows once, unless it was called already. */
    void close(CloseReason reason);

    /** User id of the peer, -1 when the transport cannot know it. */
    int uid();

    /** Process id of the peer, -1 when the transport cannot know it. */
    int pid();

    /** Bytes written and not yet taken by the peer. */
    long pendingBytes();
}
