package dev.relay.daemon.routing;

import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.Message;
import dev.relay.daemon.flow.Stream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Receipts that pace a sender which is ahead of its recipient: while that has more than the low mark of its messages and keeps acking, the receipt of what is on disk waits for the ack all the same,
 * as long as {@link Patience} lasts. Told at once, it would open the sender's window, overflow the lane's memory and send all that follows by way of the disk, and no receipt would ever be by ack
 * again. Core thread only; for {@value #MOST} streams, above which receipts are told at once.
 */
final class PacedReceipts {
    private static final int MOST = 256;

    private final Core core;
    private final Consumer<Stream> teller;
    private final List<Stream> streams = new ArrayList<>();

    PacedReceipts(Core core, Consumer<Stream> teller) {
        this.core = core;
        this.teller = teller;
    }

    /** False when its receipts are to be told now. */
    boolean offer(Stream stream) {
        boolean waits = streams.size() < MOST && isAhead(stream);
        if (waits) {
            streams.add(stream);
            core.count(Counter.RECEIPTS_PACED);
        }
        return waits;
    }

    /** Tells those whose sender is not ahead any more, or whose recipient does not ack. */
    void tellDue() {
        for (int i = streams.size() - 1; i >= 0; i--) {
            Stream stream = streams.get(i);
            if (!isAhead(stream)) {
                streams.remove(i);
                teller.accept(stream);
            }
        }
    }

    void tellAll() {
        streams.forEach(teller);
        streams.clear();
    }

    /** When the first of them is due, as a time of the clock. */
    long nextDeadlineNs() {
        long deadlineNs = Long.MAX_VALUE;
        for (int i = 0; i < streams.size(); i++) {
            Stream stream = streams.get(i);
            long untilNs = stream.unreceipted.isEmpty() ? core.nowNs : Patience.untilNs(stream.unreceipted.get(0));
            deadlineNs = Math.min(deadlineNs, untilNs);
        }
        return deadlineNs;
    }

    /** What its oldest receipt is for is on disk, and about to be acked. */
    private boolean isAhead(Stream stream) {
        if (stream.isReceiptAsked || stream.session == null || stream.unreceipted.isEmpty()) {
            return false;
        }
        Message oldest = stream.unreceipted.get(0);
        if (!oldest.isSafe || oldest.pending != 1 || oldest.lanes.size() != 1) {
            return false;
        }
        Lane lane = oldest.lanes.get(0);
        return lane.queued() > core.config.lowWatermark() && Patience.isFlowing(oldest, lane, core.nowNs);
    }
}
