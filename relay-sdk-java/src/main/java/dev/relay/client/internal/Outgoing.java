package dev.relay.client.internal;

import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameWriter;
import org.jspecify.annotations.Nullable;

/**
 * One message of the outbox, from the call until nothing more is to be learned about it. Owned by the session; everything public is
 * written once before anybody else sees it.
 */
public final class Outgoing {
    final Draft draft;
    final OutStream stream;
    final long seq;
    /** Order of calls over all streams: acks wait for it (rule R7). */
    final long ordinal;

    final long submittedNs;
    final long idMsb;
    final long idLsb;
    /** The request that this reply answers. */
    final @Nullable Inbound answers;
    /** Number of the connection that it was last written on; 0 when it has to be written. */
    long writtenOn;

    int writeCount;
    boolean isInWindow;
    boolean wantsResult;
    /** Out of the outbox: whatever still names it is late. */
    boolean isResolved;

    Outgoing(
            Draft draft,
            OutStream stream,
            long seq,
            long ordinal,
            long submittedNs,
            long idMsb,
            long idLsb,
            @Nullable Inbound answers) {
        this.draft = draft;
        this.stream = stream;
        this.seq = seq;
        this.ordinal = ordinal;
        this.submittedNs = submittedNs;
        this.idMsb = idMsb;
        this.idLsb = idLsb;
        this.answers = answers;
        this.wantsResult = (draft.flags() & Flags.WANT_RESULT) != 0;
    }

    public Draft draft() {
        return draft;
    }

    public long seq() {
        return seq;
    }

    public long idMsb() {
        return idMsb;
    }

    public long idLsb() {
        return idLsb;
    }

    boolean isRequest() {
        return (draft.flags() & Flags.REQUEST) != 0;
    }

    boolean hasId(long msb, long lsb) {
        return idMsb == msb && idLsb == lsb;
    }

    int frameBytes() {
        return FrameWriter.messageBytes(draft.block().length, draft.payload().length);
    }
}
