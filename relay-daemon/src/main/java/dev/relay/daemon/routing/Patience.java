package dev.relay.daemon.routing;

import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.Message;
import dev.relay.protocol.Flags;
import java.util.concurrent.TimeUnit;

/**
 * How long what its recipients have in hand may wait for its ack, because that is likely to be sooner than a commit and makes one needless: {@value #HOLD_US} µs, and while a recipient keeps acking (its
 * last ack is younger than {@value #FLOWS_US} µs) up to {@value #FLOWING_US} µs. A request that is acked waits as long for the ack of its reply. Stateless.
 */
final class Patience {
    private static final long HOLD_US = 300;
    private static final long FLOWING_US = 20_000;
    private static final long FLOWS_US = 5_000;

    /** Until when it may wait for all its acks, as a time of the clock. */
    static long untilNs(Message m) {
        long untilNs = after(m.acceptedNs, HOLD_US);
        for (int i = 0; i < m.lanes.size(); i++) {
            Lane lane = m.lanes.get(i);
            boolean isFlowing = lane.inFlight > 0 || isAnswered(m, lane);
            untilNs = isFlowing ? Math.max(untilNs, after(lane.ackedAtNs, FLOWS_US)) : untilNs;
        }
        return Math.min(untilNs, after(m.acceptedNs, FLOWING_US));
    }

    /** Whether the recipient by this lane is about to ack it. */
    static boolean isFlowing(Message m, Lane lane, long nowNs) {
        return lane.inFlight > 0
                && nowNs - after(lane.ackedAtNs, FLOWS_US) < 0
                && nowNs - after(m.acceptedNs, FLOWING_US) < 0;
    }

    /** A request that its recipient has acked with the reply: it is safe once the requester acks that, mostly ahead of its next request. */
    private static boolean isAnswered(Message m, Lane lane) {
        return m.has(Flags.REQUEST) && lane.ackedAtNs - m.acceptedNs >= 0;
    }

    private static long after(long ns, long us) {
        return ns + TimeUnit.MICROSECONDS.toNanos(us);
    }

    private Patience() {}
}
