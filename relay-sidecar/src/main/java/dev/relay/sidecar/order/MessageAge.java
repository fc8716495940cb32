package dev.relay.sidecar.order;

import java.nio.ByteBuffer;

/**
 * How long ago a request was sent, by its message id, a UUID of version 7, which begins with the time of the sender's
 * call. A request that waited in a mailbox, or is delivered again after a restart, has grown old on the way. By the wall
 * clock, which sender and sidecar share: set forward meanwhile it makes a request older, set back younger, but never
 * younger than new. An id of another form tells no age. Stateless.
 */
final class MessageAge {
    private static final int TIME_SHIFT = 16;
    private static final int VERSION_SHIFT = 12;
    private static final int VERSION_MASK = 0xF;
    private static final int TIME_ORDERED = 7;

    private MessageAge() {}

    static long ms(byte[] messageId, long wallMs) {
        long head = ByteBuffer.wrap(messageId).getLong();
        boolean tellsTime = ((head >>> VERSION_SHIFT) & VERSION_MASK) == TIME_ORDERED;
        return tellsTime ? Math.max(0, wallMs - (head >>> TIME_SHIFT)) : 0;
    }
}
