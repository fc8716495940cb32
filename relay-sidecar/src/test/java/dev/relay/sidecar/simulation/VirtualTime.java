package dev.relay.sidecar.simulation;

import dev.relay.exchange.market.ExchangeClock;
import dev.relay.sidecar.net.Loop;
import dev.relay.sidecar.net.SidecarClock;
import dev.relay.sidecar.order.OrderClock;
import java.util.PriorityQueue;

/** The only thread, clock and timer of a simulation: time passes by running what is due. */
final class VirtualTime implements Loop, SidecarClock, ExchangeClock, OrderClock {
    private static final long START_WALL_MS = 1_700_000_005_000L;

    private record Task(long atMs, long order, Runnable work) implements Comparable<Task> {
        @Override
        public int compareTo(Task other) {
            return atMs != other.atMs ? Long.compare(atMs, other.atMs) : Long.compare(order, other.order);
        }
    }

    private final PriorityQueue<Task> tasks = new PriorityQueue<>();
    private long nowMs;
    private long order;

    @Override
    public void execute(Runnable task) {
        schedule(task, 0);
    }

    @Override
    public void schedule(Runnable task, long delayMs) {
        tasks.add(new Task(nowMs + delayMs, order++, task));
    }

    void every(long periodMs, Runnable task) {
        schedule(
                () -> {
                    task.run();
                    every(periodMs, task);
                },
                periodMs);
    }

    void runUntil(long endMs) {
        while (!tasks.isEmpty() && tasks.element().atMs() <= endMs) {
            Task next = tasks.remove();
            nowMs = next.atMs();
            next.work().run();
        }
        nowMs = endMs;
    }

    @Override
    public long monotonicMs() {
        return nowMs;
    }

    @Override
    public long wallMs() {
        return START_WALL_MS + nowMs;
    }

    @Override
    public long nowMs() {
        return wallMs();
    }
}
