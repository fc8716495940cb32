package dev.relay.daemon.flow;

import org.jspecify.annotations.Nullable;

/**
 * What the handlers of one agent do: how many deliveries were acked and failed, and how long from delivery to ack. Latencies fall into buckets of a factor of two by eight, so a
 * percentile is at most an eighth too high; two windows, this one and the one before, keep it recent. Its arrays come with the first ack; counting allocates nothing. Core thread only.
 */
public final class AgentMeter {
    private static final int PARTS = 8;
    private static final int BUCKETS = 44 * PARTS;

    private long acked;
    private long failed;
    private long ackedThisWindow;
    private long failedThisWindow;
    private long ackedLastWindow;
    private long failedLastWindow;
    private int @Nullable [] current;
    private int @Nullable [] previous;

    public void acked(long tookNs) {
        int[] counts = current;
        if (counts == null) {
            counts = new int[BUCKETS];
            current = counts;
        }
        counts[bucket(tookNs)]++;
        acked++;
        ackedThisWindow++;
    }

    public void failed() {
        failed++;
        failedThisWindow++;
    }

    /** A new window begins. */
    public void rotate() {
        int[] oldest = previous;
        previous = current;
        if (oldest != null) {
            java.util.Arrays.fill(oldest, 0);
        }
        current = oldest;
        ackedLastWindow = ackedThisWindow;
        failedLastWindow = failedThisWindow;
        ackedThisWindow = 0;
        failedThisWindow = 0;
    }

    public long ackedTotal() {
        return acked;
    }

    public long failedTotal() {
        return failed;
    }

    public long ackedLately() {
        return ackedThisWindow + ackedLastWindow;
    }

    public long failedLately() {
        return failedThisWindow + failedLastWindow;
    }

    /** Share of failures among what was answered lately, 0 when nothing was. */
    public double failureRatio() {
        long all = ackedLately() + failedLately();
        return all == 0 ? 0 : (double) failedLately() / all;
    }

    /** A percentile of the last one or two windows, in microseconds; 0 when there were no acks. */
    public long percentileUs(double part) {
        long wanted = (long) Math.ceil(ackedLately() * part);
        long seen = 0;
        for (int i = 0; i < BUCKETS && wanted > 0; i++) {
            seen += count(current, i) + count(previous, i);
            if (seen >= wanted) {
                return upperNs(i) / 1_000;
            }
        }
        return 0;
    }

    private static long count(int @Nullable [] counts, int i) {
        return counts == null ? 0 : counts[i];
    }

    private static int bucket(long ns) {
        long n = Math.max(PARTS, ns);
        int power = 63 - Long.numberOfLeadingZeros(n);
        int part = (int) (n >>> (power - 3)) & (PARTS - 1);
        return Math.min(BUCKETS - 1, (power - 3) * PARTS + part);
    }

    private static long upperNs(int bucket) {
        int power = bucket / PARTS + 3;
        return (long) (PARTS + bucket % PARTS + 1) << (power - 3);
    }
}
