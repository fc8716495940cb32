package dev.relay.daemon.flow;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/** Keeps used messages by power-of-two size class. Core thread only. Keeps at most {@value #KEPT_BYTES} bytes per class; what is above goes to the collector. */
public final class MessagePool {
    private static final int SMALLEST_BITS = 8;
    private static final int CLASSES = 14;
    private static final int KEPT_BYTES = 16 << 20;

    private final ArrayDeque<Message>[] free = newDeques();
    private long liveBytes;

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static ArrayDeque<Message>[] newDeques() {
        ArrayDeque<Message>[] deques = new ArrayDeque[CLASSES];
        for (int i = 0; i < CLASSES; i++) {
            deques[i] = new ArrayDeque<>();
        }
        return deques;
    }

    private static int classOf(int bytes) {
        return Math.max(0, 32 - Integer.numberOfLeadingZeros(Math.max(1, bytes - 1)) - SMALLEST_BITS);
    }

    /** A message with a copy of the frame, held once by the caller. */
    public Message copy(ByteBuffer b, int at, int length) {
        int c = classOf(length);
        Message m = free[c].pollFirst();
        if (m == null) {
            m = new Message(1 << (c + SMALLEST_BITS));
        }
        m.reset();
        m.length = length;
        m.references = 1;
        m.frame.put(0, b, at, length);
        liveBytes += m.frame.capacity();
        return m;
    }

    public void retain(Message m) {
        m.references++;
    }

    public void release(Message m) {
        if (--m.references > 0) {
            return;
        }
        if (m.references < 0) {
            throw new IllegalStateException("message released too often: seq=" + m.seq);
        }
        liveBytes -= m.frame.capacity();
        m.reset();
        int c = classOf(m.frame.capacity());
        if (free[c].size() < KEPT_BYTES >> (c + SMALLEST_BITS)) {
            free[c].addFirst(m);
        }
    }

    /** Bytes of the messages held by anybody. */
    public long liveBytes() {
        return liveBytes;
    }
}
