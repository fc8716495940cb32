package dev.relay.client;

import dev.relay.client.internal.Inbound;
import dev.relay.client.internal.MessageClass;
import dev.relay.client.internal.Seat;
import dev.relay.protocol.Frames;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A delivered message as its handler sees it. Safe for any thread. */
public final class Message extends Payload {
    private final Settlements settlements;
    private @Nullable Nack nack;
    private boolean isSettled;
    private boolean hasReturned;

    /** How a handler failed a message by hand. */
    record Nack(int nackClass, int delayMs, String error) {}

    Message(Inbound inbound, Settlements settlements) {
        super(inbound);
        this.settlements = settlements;
    }

    Inbound inbound() {
        return inbound;
    }

    /** What kind of message its sender says it is, "" for none. */
    public String kind() {
        return inbound.kind();
    }

    /** The topic that it was published on, null for a direct message. */
    public @Nullable String topic() {
        return inbound.topic();
    }

    /** The work group that it came by, null for a message to this agent. */
    public @Nullable String group() {
        Seat seat = inbound.seat();
        return seat == null ? null : seat.group();
    }

    /** Its partition of the group, -1 without one. */
    public int partition() {
        Seat seat = inbound.seat();
        return seat == null ? -1 : seat.partition();
    }

    /** The fencing token: an effect outside of the bus under a lower one than was seen for the partition is late. 0 without a group. */
    public long groupEpoch() {
        Seat seat = inbound.seat();
        return seat == null ? 0 : seat.epoch();
    }

    /**
     * For a copy that a shadow is given: {@code agent}, {@code direction} ("in" or "out"), {@code sender}, {@code target}, {@code class},
     * {@code epoch} and {@code seq} of the original; else null.
     */
    public @Nullable Map<String, @Nullable Object> shadow() {
        byte[] entry = HeaderBlock.entry(inbound.block(), HeaderKey.SHADOW);
        return entry == null ? null : Payloads.object(entry);
    }

    /** Travels with the message from the call that sent it. */
    public UUID id() {
        return new UUID(inbound.idMsb(), inbound.idLsb());
    }

    /** 1 for the first delivery. */
    public int attempt() {
        return inbound.attempt();
    }

    /** True when it may have been delivered before. */
    public boolean isRedelivered() {
        return inbound.isRedelivered();
    }

    /** True when the sender waits for an answer. */
    public boolean isRequest() {
        return inbound.isRequest();
    }

    /** True when it was published on a topic. */
    public boolean isPublication() {
        return inbound.messageClass() == MessageClass.TOPIC;
    }

    /** Acks by hand; needed with {@link AckMode#MANUAL} only, harmless when repeated. */
    public void ack() {
        synchronized (this) {
            if (isSettled) {
                return;
            }
            isSettled = true;
        }
        settlements.ack(inbound);
    }

    /**
     * The message's effect is being committed: records it in the client's inbox now, on this thread. Called inside the handler's own transaction, with
     * an {@link InboxStore} that writes into the same one, effect and record stand or fall together (I8). The ack follows when the handler returns.
     * Throws {@link AlreadyDone} when another process of this agent has committed it (let it pass), {@link IllegalStateException} without an
     * inbox or while an earlier message of the lane waits for its ack by hand.
     */
    public void done() {
        done(new byte[0]);
    }

    /** The same with the lane's new state, at most 1 MiB, for {@link InboxFile}: both stand in one record. */
    public void done(byte[] state) {
        if (!settlements.record(inbound, state)) {
            throw new IllegalStateException(
                    "done() needs a client with an inbox, and no earlier message of the lane without its ack: " + this);
        }
    }

    /** The message failed: it comes again after the bus's schedule. Later calls change nothing; so does one after an ack or an answer. */
    public void nack(String error) {
        nack(error, Duration.ZERO);
    }

    /** The same, not before {@code delay} has passed. */
    public void nack(String error, Duration delay) {
        settle(new Nack(Frames.NACK_ERROR, (int) delay.toMillis(), error));
    }

    /** Refuses the message for good: it is dead-lettered as REFUSED_BY_HANDLER. As throwing {@link RefuseMessage}. */
    public void refuse(String error) {
        settle(new Nack(Frames.NACK_REFUSED, 0, error));
    }

    /** Inside its handler a failure takes effect when that has returned: the lane never runs two handlers. */
    private synchronized void settle(Nack failure) {
        if (isSettled) {
            return;
        }
        isSettled = true;
        if (hasReturned) {
            settlements.nack(inbound, failure);
        } else {
            nack = failure;
        }
    }

    synchronized boolean isFailed() {
        return nack != null;
    }

    /** The handler has returned; what it failed the message with, null when it did not. */
    synchronized @Nullable Nack handlerReturned() {
        hasReturned = true;
        return nack;
    }

    /** Answers a request by hand; its ack goes with the answer. At most one answer; a second throws {@link RelayRefused}. */
    public void respond(@Nullable Object value) {
        settlements.respond(inbound, value);
    }

    @Override
    public String toString() {
        return "Message[sender=" + sender() + " kind=" + kind() + " seq=" + inbound.seq() + " bytes="
                + inbound.payload().length + "]";
    }
}
