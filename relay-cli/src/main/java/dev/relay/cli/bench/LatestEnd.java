package dev.relay.cli.bench;

import dev.relay.client.LatestValue;
import dev.relay.client.Message;
import dev.relay.client.Relay;
import dev.relay.protocol.Json;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Both ends of a conflated topic. The publisher puts at a rate, each value with the moment of its put; the reader stops reading for a while
 * when told so, and tells how long after waking every key was as new as the publisher's period allows. Values are read on one thread,
 * orders come on others.
 */
final class LatestEnd {
    private static final String TOPIC = "bench.latest";
    private static final long PATIENCE_NS = 10_000_000_000L;
    private static final long TICK_NS = 1_000_000;

    private volatile long stallUntilNs;
    private volatile long wokenNs;
    private volatile long caughtUpNs;
    private volatile long periodNs;
    private final AtomicLong values = new AtomicLong();
    private long[] putNs = new long[0];

    /** Order: {@code rate} per second, {@code keys}, {@code ms}. Answers with what was put. */
    String publish(Relay relay, Message message) {
        Map<String, @Nullable Object> order = message.json();
        int keys = (int) Floor.number(order, "keys");
        String[] names = new String[keys];
        Arrays.setAll(names, i -> "SYM-" + i);
        double perNs = Floor.number(order, "rate") / 1e9;
        long beganNs = System.nanoTime();
        long endNs = beganNs + TimeUnit.MILLISECONDS.toNanos((long) Floor.number(order, "ms"));
        long puts = 0;
        long now;
        while ((now = System.nanoTime()) - endNs < 0) {
            for (long due = (long) ((now - beganNs) * perNs); puts < due; puts++) {
                relay.latest().put(TOPIC, names[(int) (puts % keys)], List.of(System.nanoTime(), puts));
            }
            LockSupport.parkNanos(TICK_NS);
        }
        return Json.write(Map.of("puts", puts, "puts_per_second", puts * 1_000_000_000L / (now - beganNs)));
    }

    /** Order: {@code rate}, {@code keys}. */
    String watch(Relay relay, Message message) {
        Map<String, @Nullable Object> order = message.json();
        int keys = (int) Floor.number(order, "keys");
        putNs = new long[keys];
        periodNs = (long) (keys * 1e9 / Floor.number(order, "rate"));
        relay.latest().watch(TOPIC, this::take);
        return "{}";
    }

    private void take(LatestValue value) {
        stall();
        if (value.value() instanceof List<?> pair && pair.get(0) instanceof Long ns) {
            putNs[Integer.parseInt(value.key().substring(4))] = ns;
            values.incrementAndGet();
            if (caughtUpNs == 0
                    && wokenNs != 0
                    && Arrays.stream(putNs).allMatch(at -> at - (wokenNs - periodNs) >= 0)) {
                caughtUpNs = System.nanoTime();
            }
        }
    }

    private void stall() {
        if (stallUntilNs == 0) {
            return;
        }
        long leftNs;
        while ((leftNs = stallUntilNs - System.nanoTime()) > 0) {
            LockSupport.parkNanos(leftNs);
        }
        stallUntilNs = 0;
        wokenNs = System.nanoTime();
    }

    /** Order: {@code ms} to read nothing. Answers when every key is new again: {@code caught_up_ms} after waking, -1 for never. */
    String stall(Message message) {
        wokenNs = 0;
        caughtUpNs = 0;
        long before = values.get();
        long stallNs = TimeUnit.MILLISECONDS.toNanos((long) Floor.number(message.json(), "ms"));
        long deadlineNs = System.nanoTime() + stallNs + PATIENCE_NS;
        stallUntilNs = System.nanoTime() + stallNs;
        while (caughtUpNs == 0 && System.nanoTime() - deadlineNs < 0) {
            LockSupport.parkNanos(TICK_NS);
        }
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("caught_up_ms", caughtUpNs == 0 ? -1.0 : Rig.round((caughtUpNs - wokenNs) / 1e6));
        figures.put("values_read", values.get() - before);
        return Json.write(figures);
    }
}
