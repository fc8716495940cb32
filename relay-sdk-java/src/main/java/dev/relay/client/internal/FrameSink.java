package dev.relay.client.internal;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Where the session writes frames. The session reserves room, puts exactly one frame and commits; called by the session's owner only. */
public interface FrameSink {
    /** A little-endian buffer with at least {@code bytes} remaining at its position, or null when there is no room until the sink is drained. */
    @Nullable
    ByteBuffer reserve(int bytes);

    /** The frame put into the reserved buffer is complete; its bytes are what the position moved by. */
    void commit();
}
