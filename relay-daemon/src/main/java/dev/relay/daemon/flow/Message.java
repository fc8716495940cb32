package dev.relay.daemon.flow;

import dev.relay.daemon.session.Agent;
import dev.relay.protocol.MessageHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One accepted message: the copy of its frame and what is still owed for it. Core thread only; pooled, so that a steady flow allocates nothing.
 * {@code references} counts the queues that hold it; at zero it returns to its pool.
 */
public final class Message {
    /** Where a stored frame keeps {@link #expiresAtNs}: spare on the wire. */
    public static final int EXPIRY_AT = 56;

    private static final int FORBIDDEN_HANDLE = -1;

    /** The frame from 0, as it was accepted, with type DELIVER and the daemon's kind number. */
    public ByteBuffer frame;

    public int length;
    public @Nullable Stream stream;
    public @Nullable Agent origin;
    public long epoch;
    public long seq;
    public int flags;
    /** Lanes of durable recipients that have not finished it. */
    public int pending;
    /** Acks that wait for what their recipients sent before (rule R7c). */
    public int deferred;
    /** Where it is stored, 0 when it is not. */
    public long segment;
    /** The access lists forbid what could not be refused any more: nobody is given it. */
    public boolean isForbidden;
    /** The sender may be told that it is safe. */
    public boolean isSafe;
    /** Every recipient's outcome may be told. */
    public boolean isSettled;
    /** DISK or ACK of SENT. */
    public int by;
    /** Monotonic time at which it was accepted. */
    public long acceptedNs;
    /** Monotonic time at which it is too old, 0 for never. */
    public long expiresAtNs;

    /** Takes the RESULT of a message that was partly spilled. */
    public @Nullable Outcome outcome;

    public int deadReason;
    public int attempts;
    /** Durable lanes that it was accepted for. */
    public final List<Lane> lanes = new ArrayList<>(1);

    int references;

    Message(int capacity) {
        frame = ByteBuffer.allocate(capacity).order(ByteOrder.LITTLE_ENDIAN);
    }

    public boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** Marks it, in its frame too: no client has this handle, and a stored frame keeps it. */
    public void forbid() {
        isForbidden = true;
        MessageHeader.handle(frame, 0, FORBIDDEN_HANDLE);
    }

    /** Takes the mark off: an operator may put it back after all. */
    public void permit() {
        if (isForbidden) {
            isForbidden = false;
            MessageHeader.handle(frame, 0, 0);
        }
    }

    /** Whether the frame was marked. */
    public static boolean isForbidden(ByteBuffer stored) {
        return MessageHeader.handle(stored, 0) == FORBIDDEN_HANDLE;
    }

    void reset() {
        isForbidden = false;
        stream = null;
        origin = null;
        pending = 0;
        deferred = 0;
        segment = 0;
        isSafe = false;
        isSettled = false;
        by = 0;
        acceptedNs = 0;
        expiresAtNs = 0;
        deadReason = 0;
        attempts = 0;
        outcome = null;
        lanes.clear();
    }
}
