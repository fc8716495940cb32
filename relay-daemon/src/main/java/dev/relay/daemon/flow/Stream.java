package dev.relay.daemon.flow;

import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Session;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What one sender sends to one target in one class: the unit of acceptance and receipts (rules R2, R3). The mark is the highest seq accepted; {@code
 * unreceipted} holds what is accepted and not reported safe, in order, bounded by the sender's window. Core thread only.
 */
public final class Stream {
    public final int id;
    public final Agent sender;
    /** Name of the target in the sender's namespace; empty for topics. */
    public final String target;

    public final int streamClass;
    public long epoch;
    public long mark;
    /** Everything at or below, under this epoch, is on the disk. */
    public long committedEpoch;

    public long committedMark;
    /** Everything at or below has been reported safe, or may be. */
    public long safeTo;
    /** The session and handle to report to, null while the sender is away. */
    public @Nullable Session session;

    public int handle;
    /** Express, which has no mark: this seq was refused on this connection, and nothing passes it; 0 for none. */
    public long refusedSeq;
    /** The access lists do not let the sender send to this target. */
    public boolean isForbidden;

    public boolean isMarkDirty;
    public boolean isReceiptDirty;
    /** A duplicate asks for the receipt again. */
    public boolean isReceiptAsked;
    /** Lanes of this stream that stand above their high watermark. */
    public int pausedLanes;
    /** The lane of a direct stream, once it exists. */
    public @Nullable Lane lane;
    /** Lanes of a topic stream by recipient, and of a group stream by partition. */
    public final Map<Agent, Lane> topicLanes = new HashMap<>(0);

    /** Of a group stream: the partitions of its target, once the group exists. */
    public Agent @Nullable [] partitions;

    public final MessageQueue unreceipted = new MessageQueue();

    public Stream(int id, Agent sender, String target, int streamClass) {
        this.id = id;
        this.sender = sender;
        this.target = target;
        this.streamClass = streamClass;
    }

    /** The unreceipted message with this seq of the present epoch, or null. */
    public @Nullable Message unreceipted(long seq) {
        long i = seq - safeTo - 1;
        return i >= 0 && i < unreceipted.size() ? unreceipted.get((int) i) : null;
    }

    /** A new epoch or a higher {@code resolvedTo} begins: what it leaves behind has nobody to report to. */
    public void resume(long newEpoch, long resolvedTo, Consumer<Message> dropped) {
        if (newEpoch != epoch) {
            epoch = newEpoch;
            mark = 0;
            safeTo = 0;
            dropUnreceipted(Long.MAX_VALUE, dropped);
        }
        if (resolvedTo > safeTo) {
            dropUnreceipted(resolvedTo - safeTo, dropped);
            safeTo = resolvedTo;
        }
        mark = Math.max(mark, resolvedTo);
    }

    private void dropUnreceipted(long count, Consumer<Message> dropped) {
        for (long i = 0; i < count && !unreceipted.isEmpty(); i++) {
            dropped.accept(unreceipted.poll());
        }
    }
}
