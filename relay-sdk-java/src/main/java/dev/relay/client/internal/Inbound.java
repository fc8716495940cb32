package dev.relay.client.internal;

import dev.relay.protocol.Flags;
import dev.relay.protocol.HeaderBlock;
import org.jspecify.annotations.Nullable;

/**
 * One delivered message and its place in its lane. The session owns the state; what the handler reads is written before the handler gets it
 * and changes only when a failed message is delivered again.
 */
public final class Inbound {
    /** Where a position above the floor stands. */
    enum State {
        /** Waits for a handler. */
        QUEUED,
        /** Its handler runs. */
        RUNNING,
        /** Its handler returned; an ack by hand, or the receipt of its reply, is outstanding. */
        OPEN,
        /** Failed; waits until the daemon delivers it again or skips it. */
        FAILED,
        /** Waited or had failed when the lane went back: it comes again, and what is finished above it must not pass it into the floor. */
        DROPPED,
        /** Finished; goes into the floor as soon as everything below it has. */
        DONE
    }

    final InLane lane;
    final long epoch;
    final long seq;
    State state = State.QUEUED;
    long deliveredOn;
    /** The daemon went past it on a later connection: it knows nothing of it any more. */
    boolean isGone;
    /** The ack waits until everything submitted up to here is written. */
    long doneAfter;

    @Nullable
    Outgoing reply;

    boolean isReplyPending;
    /** The handler's word while a reply is pending or the handler still runs. */
    boolean isAcked;
    /** The application's inbox holds it as finished. */
    boolean isRecorded;

    int nackClass;
    int nackDelayMs;
    byte[] nackError = HeaderBlock.EMPTY;

    @Nullable
    Inbound before;

    @Nullable
    Inbound after;

    String kind = "";

    @Nullable
    String topic;

    int flags;
    int priority;
    int content;
    int attempt;
    long ttlMs;
    long idMsb;
    long idLsb;
    byte[] block = HeaderBlock.EMPTY;
    byte[] payload = HeaderBlock.EMPTY;

    Inbound(InLane lane, long epoch, long seq) {
        this.lane = lane;
        this.epoch = epoch;
        this.seq = seq;
    }

    /** Negative, zero or positive as this position is below, at or above the other. */
    int comparePosition(long otherEpoch, long otherSeq) {
        return epoch != otherEpoch ? Long.compareUnsigned(epoch, otherEpoch) : Long.compareUnsigned(seq, otherSeq);
    }

    public String sender() {
        return lane.sender;
    }

    /** The partition that it came by; null for a message to the agent itself. */
    public @Nullable Seat seat() {
        return lane.seat;
    }

    /** Identity of the daemon's store that numbered it. */
    public String storeUuid() {
        return lane.storeUuid;
    }

    /** The same object for every message of its lane. */
    public Object laneMonitor() {
        return lane;
    }

    /** True when the application's inbox holds it as finished. */
    public boolean isRecorded() {
        return isRecorded;
    }

    public MessageClass messageClass() {
        return lane.messageClass;
    }

    public long epoch() {
        return epoch;
    }

    public long seq() {
        return seq;
    }

    /** The message's kind, empty for none. */
    public String kind() {
        return kind;
    }

    public @Nullable String topic() {
        return topic;
    }

    public int flags() {
        return flags;
    }

    public boolean isRequest() {
        return (flags & Flags.REQUEST) != 0;
    }

    public boolean isRedelivered() {
        return (flags & Flags.REDELIVERED) != 0;
    }

    public int content() {
        return content;
    }

    public int attempt() {
        return attempt;
    }

    /** What is left of the age limit at delivery, in milliseconds; 0 for none. */
    public long ttlMs() {
        return ttlMs;
    }

    public long idMsb() {
        return idMsb;
    }

    public long idLsb() {
        return idLsb;
    }

    /** The header block as it came; not copied, not to be changed. */
    public byte[] block() {
        return block;
    }

    /** The payload; not copied, not to be changed. */
    public byte[] payload() {
        return payload;
    }
}
