package dev.relay.sidecar.order;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The one place where a change of the tracker becomes a journal entry: every transition is appended in the order in which
 * it was made, then told to whoever waits for that order. Owned by the thread "orders".
 */
final class OrderRecorder {
    private final OrderTracker tracker;
    private final OrderLog log;
    private final OrderClock clock;
    private Consumer<OrderView> onChanged = order -> {};

    OrderRecorder(OrderTracker tracker, OrderLog log, OrderClock clock) {
        this.tracker = tracker;
        this.log = log;
        this.clock = clock;
    }

    void onChanged(Consumer<OrderView> listener) {
        onChanged = listener;
    }

    void apply(OrderReport report) {
        record(tracker.apply(report, clock.wallMs()));
    }

    void applyAll(List<OrderReport> reports) {
        reports.forEach(this::apply);
    }

    void markUnknown(String clientId, String reason) {
        record(tracker.markUnknown(clientId, reason, clock.wallMs()));
    }

    void reject(String clientId, String reason) {
        record(tracker.reject(clientId, reason, clock.wallMs()));
    }

    void setPending(String clientId, String pending) {
        record(tracker.setPending(clientId, pending, clock.wallMs()));
    }

    /** As {@link #setPending(String, String)}; {@code onCommit} runs once the journal has it, at once when nothing changed. */
    void setPending(String clientId, String pending, Runnable onCommit) {
        Transition transition = tracker.setPending(clientId, pending, clock.wallMs());
        if (transition == null) {
            onCommit.run();
            return;
        }
        log.append(transition, commit -> onCommit.run());
        onChanged.accept(transition.order());
    }

    private void record(@Nullable Transition transition) {
        if (transition != null) {
            log.append(transition, commit -> {});
            onChanged.accept(transition.order());
        }
    }
}
