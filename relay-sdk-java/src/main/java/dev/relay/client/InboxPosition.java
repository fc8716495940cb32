package dev.relay.client;

/**
 * A position of an incoming lane. A lane is known by the daemon's store, the sender and the class; positions of one lane order by epoch, then by seq.
 *
 * @param store identity of the daemon's store: another store numbers anew
 * @param laneClass {@code message} or {@code topic}
 * @param epoch of the sender, unsigned
 * @param seq of the message, unsigned
 */
public record InboxPosition(String store, String sender, String laneClass, long epoch, long seq) {
    /** True when this position of the lane is higher than the other. */
    public boolean isAbove(InboxPosition other) {
        int byEpoch = Long.compareUnsigned(epoch, other.epoch);
        return byEpoch != 0 ? byEpoch > 0 : Long.compareUnsigned(seq, other.seq) > 0;
    }
}
