package dev.relay.sidecar.simulation;

import dev.relay.sidecar.order.Discrepancy;
import dev.relay.sidecar.order.Fill;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderEvent;
import dev.relay.sidecar.order.OrderLog;
import dev.relay.sidecar.order.OrderTracker;
import dev.relay.sidecar.order.OrderView;
import dev.relay.sidecar.order.Transition;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * A disk in virtual time: what is appended is committed some milliseconds later, in order and in batches, and its
 * callback follows later still. A process that ends loses what was not committed, and callbacks of what was.
 */
final class VirtualJournal implements OrderLog {
    private record Entry(Runnable write, Runnable done) {}

    private final VirtualTime time;
    private final SplittableRandom random;
    private final Deque<Entry> waiting = new ArrayDeque<>();
    private final Map<String, Map<String, String>> orders = new LinkedHashMap<>();
    private final List<Fill> fills = new ArrayList<>();
    private final List<Long> fillEvents = new ArrayList<>();
    private final Map<String, Long> cursors = new HashMap<>();
    private final Map<String, String> facts = new HashMap<>();
    private final List<Discrepancy> discrepancies = new ArrayList<>();
    private final List<OrderView> events = new ArrayList<>();
    private Executor callbacks = Runnable::run;
    private long lastEventNo;
    private boolean isKilled;
    private boolean isScheduled;
    private long fullUntilMs;
    private long callbackAtMs;

    VirtualJournal(VirtualTime time, long seed) {
        this.time = time;
        this.random = new SplittableRandom(seed);
    }

    /** A new process opens the file. */
    void open(Executor orders) {
        waiting.clear();
        callbacks = orders;
    }

    /** The disk is full for so long. */
    void fullFor(long ms) {
        fullUntilMs = time.monotonicMs() + ms;
    }

    OrderTracker restore(String account, List<Instrument> instruments) {
        OrderTracker tracker = new OrderTracker(account, instruments);
        orders.values().forEach(fields -> tracker.restoreOrder(OrderView.fromFields(fields)));
        for (int i = 0; i < fills.size(); i++) {
            tracker.restoreFill(fills.get(i), fillEvents.get(i));
        }
        tracker.restoreEventNo(lastEventNo);
        return tracker;
    }

    Map<String, Long> cursors() {
        return cursors;
    }

    String fact(String name, String fallback) {
        return facts.getOrDefault(name, fallback);
    }

    boolean isKilled() {
        return isKilled;
    }

    /** Every committed fill, in order. */
    List<Fill> fills() {
        return fills;
    }

    /** Every committed order as its last event left it. */
    List<OrderView> orders() {
        return orders.values().stream().map(OrderView::fromFields).toList();
    }

    /** When an order moved last; 0 when none did. */
    long lastActMs() {
        return events.isEmpty() ? 0 : events.get(events.size() - 1).updatedAtMs();
    }

    /** Every committed event's order. */
    List<OrderView> events() {
        return events;
    }

    @Override
    public void append(Transition transition, Consumer<Commit> onCommit) {
        if (transition.isNew() && time.monotonicMs() < fullUntilMs) {
            callbacks.execute(() -> onCommit.accept(Commit.FAILED));
            return;
        }
        Commit[] outcome = {Commit.DONE};
        add(() -> outcome[0] = write(transition), () -> onCommit.accept(outcome[0]));
    }

    private Commit write(Transition transition) {
        String id = transition.order().clientId();
        if (transition.isNew() && orders.containsKey(id)) {
            return Commit.DUPLICATE;
        }
        OrderEvent event = OrderEvent.of(transition);
        orders.remove(id);
        orders.put(id, event.order());
        events.add(OrderView.fromFields(event.order()));
        Fill fill = transition.fill();
        if (fill != null) {
            fills.add(fill);
            fillEvents.add(event.eventNo());
        }
        lastEventNo = event.eventNo();
        return Commit.DONE;
    }

    private void add(Runnable write, Runnable done) {
        waiting.add(new Entry(write, done));
        if (!isScheduled) {
            isScheduled = true;
            time.schedule(this::commit, 1L + random.nextInt(4));
        }
    }

    private void commit() {
        isScheduled = false;
        if (time.monotonicMs() < fullUntilMs) {
            isScheduled = true;
            time.schedule(this::commit, 100);
            return;
        }
        List<Runnable> done = new ArrayList<>();
        for (Entry next = waiting.poll(); next != null; next = waiting.poll()) {
            next.write().run();
            done.add(next.done());
        }
        Executor mine = callbacks;
        callbackAtMs = Math.max(callbackAtMs, time.monotonicMs() + random.nextInt(3));
        time.schedule(() -> mine.execute(() -> done.forEach(Runnable::run)), callbackAtMs - time.monotonicMs());
    }

    @Override
    public void saveCursor(String symbol, long tradeId) {
        add(() -> cursors.put(symbol, tradeId), () -> {});
    }

    @Override
    public void saveKilled(boolean killed, String reason, Runnable onCommit) {
        add(() -> isKilled = killed, onCommit);
    }

    @Override
    public void saveFact(String name, String value) {
        add(() -> facts.put(name, value), () -> {});
    }

    @Override
    public void saveDiscrepancy(Discrepancy discrepancy) {
        add(() -> discrepancies.add(discrepancy), () -> {});
    }

    /** Every committed discrepancy. */
    List<Discrepancy> discrepancies() {
        return discrepancies;
    }

    /** What each asset held before the first fill. */
    Map<String, BigDecimal> anchors() {
        Map<String, BigDecimal> anchors = new HashMap<>();
        facts.forEach((name, value) -> {
            if (name.startsWith("anchor:")) {
                anchors.put(name.substring("anchor:".length()), new BigDecimal(value));
            }
        });
        return anchors;
    }

    @Override
    public void auditRefusal(String agent, String what) {}

    @Override
    public boolean isFailing() {
        return time.monotonicMs() < fullUntilMs;
    }
}
