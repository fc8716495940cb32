package dev.relay.sidecar.limit;

/**
 * A count that falls with time, as Kraken counts: each act costs so much, and so much is forgiven a second. Of the most
 * that is allowed a priority may use its share. Times in milliseconds. Thread "orders".
 */
public final class DecayingCounter {
    private static final double MS_PER_S = 1_000;

    private final double most;
    private final double fallPerSecond;
    private double count;
    private long atMs;

    public DecayingCounter(double most, double fallPerSecond) {
        this.most = most;
        this.fallPerSecond = fallPerSecond;
    }

    /** 0: taken. Else nothing was taken, and it is worth asking again after so many milliseconds. */
    public long take(double cost, double share, long nowMs) {
        long waitMs = waitMs(cost, share, nowMs);
        count += waitMs > 0 ? 0 : cost;
        return waitMs;
    }

    /** As {@link #take}, and nothing is taken. */
    public long waitMs(double cost, double share, long nowMs) {
        double over = at(nowMs) + cost - most * share;
        return over > 0 ? Math.max(1, (long) Math.ceil(over / fallPerSecond * MS_PER_S)) : 0;
    }

    /** An act that always passes. */
    public void add(double cost, long nowMs) {
        count = at(nowMs) + cost;
    }

    /** The venue says that nothing is left. */
    public void exhaust(long nowMs) {
        count = Math.max(at(nowMs), most);
    }

    public double left(long nowMs) {
        return Math.max(0, most - at(nowMs));
    }

    private double at(long nowMs) {
        count = Math.max(0, count - fallPerSecond * Math.max(0, nowMs - atMs) / MS_PER_S);
        atMs = nowMs;
        return count;
    }
}
