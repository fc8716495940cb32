package dev.relay.daemon.sim;

import dev.relay.protocol.Clock;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/** Virtual time and the order of everything that happens in it. One thread; the same seed gives the same run. */
final class World implements Clock {
    private record Event(long atNs, long order, Runnable action) {}

    final SplittableRandom random;
    private final PriorityQueue<Event> events = new PriorityQueue<>((a, b) -> {
        int c = Long.compare(a.atNs, b.atNs);
        return c != 0 ? c : Long.compare(a.order, b.order);
    });
    private long nowNs = 1_000_000_000L;
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
        return 1_700_000_000_000L + nowNs / 1_000_000;
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
        return random.nextDouble() < p;
    }

    /** Runs events until the given time. */
    void runUntilMs(long ms) {
        long end = ms * 1_000_000 + 1_000_000_000L;
        while (!events.isEmpty() && events.peek().atNs <= end) {
            Event e = events.poll();
            nowNs = Math.max(nowNs, e.atNs);
            steps++;
            e.action.run();
        }
        nowNs = Math.max(nowNs, end);
    }
}
