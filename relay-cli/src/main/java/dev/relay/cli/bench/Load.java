package dev.relay.cli.bench;

import dev.relay.client.Relay;
import dev.relay.client.SendHandle;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * One measured run of an agent, on the thread that calls it. Closed loop when {@code rate} is 0: the next call begins when the one before,
 * or a place in the window, is done. With a rate each call has a time at which it is due, and its latency counts from then: a stall of the
 * bus delays what follows it and is seen in full.
 */
final class Load {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private record Due(SendHandle handle, long dueNs) {}

    private final List<Relay> relays;
    private final String mode;
    private final List<String> targets;
    private final String kind;
    private final byte[] payload;
    private final int window;
    private final long rate;
    private final long limit;
    private final long endNs;
    private final long startNs = System.nanoTime();
    private final Histogram latencies = new Histogram(3);
    private final ArrayDeque<Due> underWay = new ArrayDeque<>();
    private long calls;

    private Load(List<Relay> relays, Map<String, @Nullable Object> order) {
        this.relays = relays;
        this.mode = String.valueOf(order.get("mode"));
        this.targets = targets(String.valueOf(order.get("to")), (int) number(order, "spread"));
        this.kind = String.valueOf(order.getOrDefault("kind", "load"));
        this.payload = new byte[(int) number(order, "bytes")];
        this.window = (int) number(order, "window");
        this.rate = number(order, "rate");
        this.limit = number(order, "count") == 0 ? Long.MAX_VALUE : number(order, "count");
        this.endNs = startNs + TimeUnit.MILLISECONDS.toNanos(number(order, "ms"));
    }

    /** With a {@code spread} above 0 that many of the clients take turns, each with its own recipient. */
    static Load of(Relay relay, List<Relay> clients, Map<String, @Nullable Object> order) {
        int spread = (int) number(order, "spread");
        return new Load(spread == 0 ? List.of(relay) : clients.subList(0, spread), order);
    }

    private static List<String> targets(String to, int spread) {
        return spread == 0
                ? List.of(to)
                : IntStream.range(0, spread).mapToObj(i -> to + "-" + i).toList();
    }

    private static long number(Map<String, @Nullable Object> order, String name) {
        return order.get(name) instanceof Number n ? n.longValue() : 0;
    }

    Map<String, Object> run() {
        while (calls < limit) {
            long dueNs = rate == 0 ? System.nanoTime() : startNs + calls * TimeUnit.SECONDS.toNanos(1) / rate;
            if (dueNs >= endNs) {
                break;
            }
            await(dueNs);
            call(dueNs);
            calls++;
        }
        while (!underWay.isEmpty()) {
            settle();
        }
        return figures(System.nanoTime() - startNs);
    }

    /** Sleeps while the time is far, then watches the clock: a sleeper wakes up late. With sends under way their receipts are taken meanwhile. */
    private void await(long dueNs) {
        for (long left = dueNs - System.nanoTime(); rate != 0 && left > 0; left = dueNs - System.nanoTime()) {
            Due oldest = underWay.peek();
            if (oldest != null && oldest.handle().isDone()) {
                settle();
            } else {
                LockSupport.parkNanos(left > 100_000 ? left - 60_000 : 1);
            }
        }
    }

    private void call(long dueNs) {
        int turn = (int) (calls % relays.size());
        Relay relay = relays.get(turn);
        String to = targets.get(turn);
        switch (mode) {
            case "request" -> {
                relay.request(to, "echo", payload, PATIENCE);
                latencies.recordValue(System.nanoTime() - dueNs);
            }
            case "wait" -> {
                relay.sendAndWait(to, "load", payload, PATIENCE);
                latencies.recordValue(System.nanoTime() - dueNs);
            }
            case "send" -> under(relay.send(to, kind, payload), dueNs);
            case "publish" -> under(relay.publish(to, "load", payload), dueNs);
            default -> throw new IllegalArgumentException("mode=" + mode);
        }
    }

    private void under(SendHandle handle, long dueNs) {
        underWay.add(new Due(handle, dueNs));
        if (underWay.size() >= window) {
            settle();
        }
    }

    private void settle() {
        Due oldest = underWay.remove();
        oldest.handle().result(PATIENCE);
        latencies.recordValue(System.nanoTime() - oldest.dueNs());
    }

    private Map<String, Object> figures(long tookNs) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("count", calls);
        figures.put("per_second", calls * TimeUnit.SECONDS.toNanos(1) / Math.max(1, tookNs));
        figures.put("p50_us", latencies.getValueAtPercentile(50) / 1_000.0);
        figures.put("p90_us", latencies.getValueAtPercentile(90) / 1_000.0);
        figures.put("p99_us", latencies.getValueAtPercentile(99) / 1_000.0);
        figures.put("p999_us", latencies.getValueAtPercentile(99.9) / 1_000.0);
        figures.put("max_us", latencies.getMaxValue() / 1_000.0);
        return figures;
    }
}
