package dev.relay.daemon.sim;

import dev.relay.protocol.Clock;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/** Virtual time and the order of everything that happens in it. One thread; the same seed gives the same run. */
final class World implements Clock {
    private static final long START_NS = 1_000_000_000L;
    private static final long MAX_STEPS = 2_000_000;

    private record Event(long atNs, long order, Runnable action) {}

    final SplittableRandom random;
    private final PriorityQueue<Event> events = new PriorityQueue<>((a, b) -> {
        int c = Long.compare(a.atNs, b.atNs);
        return c != 0 ? c : Long.compare(a.order, b.order);
    });
    private long nowNs = START_NS;
    private long wallOffsetMs = 1_700_000_000_000L;
    private long order;
    long traceHash = 17;
    long steps;

    World(long seed) {
        random = new SplittableRandom(seed);
    }

    @Override
    public long nanoTime() {
        return nowNs;
    }

    @Override
    public long wallMs() {
        return wallOffsetMs + nowNs / 1_000_000;
    }

    /** Somebody sets the wall clock; the monotonic one does not care (I32). */
    void stepWallClock(long ms) {
        wallOffsetMs += ms;
    }

    long nowMs() {
        return (nowNs - START_NS) / 1_000_000;
    }

    void after(long ns, Runnable action) {
        events.add(new Event(nowNs + Math.max(0, ns), order++, action));
    }

    void afterMs(long ms, Runnable action) {
        after(ms * 1_000_000, action);
    }

    void trace(long value) {
        traceHash = traceHash * 1_000_003 + value + nowNs;
    }

    boolean chance(double p) {
        return p > 0 && random.nextDouble() < p;
    }

    /** A whole number in [low, high). */
    long between(long low, long high) {
        return random.nextLong(low, high);
    }

    /** Runs events until the given time. */
    void runUntilMs(long ms) {
        long end = ms * 1_000_000 + START_NS;
        while (!events.isEmpty() && events.peek().atNs <= end) {
            Event e = events.poll();
            nowNs = Math.max(nowNs, e.atNs);
            if (++steps > MAX_STEPS) {
                throw new IllegalStateException("no end in sight: steps=" + steps + " atMs=" + nowMs());
            }
            e.action.run();
        }
        nowNs = Math.max(nowNs, end);
    }
}
