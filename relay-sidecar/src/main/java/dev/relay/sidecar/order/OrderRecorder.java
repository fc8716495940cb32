package dev.relay.sidecar.order;

import dev.relay.sidecar.order.Discrepancy.Kind;
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
    private final Discrepancies discrepancies;
    private Consumer<OrderView> onChanged = order -> {};

    OrderRecorder(OrderTracker tracker, OrderLog log, OrderClock clock, Discrepancies discrepancies) {
        this.tracker = tracker;
        this.log = log;
        this.clock = clock;
        this.discrepancies = discrepancies;
    }

    void onChanged(Consumer<OrderView> listener) {
        onChanged = listener;
    }

    void apply(OrderReport report) {
        record(applied(report));
    }

    /** As {@link #apply}, for what the venue told because reconciliation asked. */
    void applyPolled(OrderReport report) {
        Transition transition = applied(report);
        if (transition != null) {
            discrepancies.onPolled(transition);
        }
        record(transition);
    }

    /** The note of a stranger goes into the journal before its order: after a crash between them it is noted again. */
    private @Nullable Transition applied(OrderReport report) {
        long strangers = tracker.externalCount();
        long foreign = tracker.foreignCount();
        Transition transition = tracker.apply(report, clock.wallMs());
        if (report.source() == OrderReport.Source.PUSH) {
            discrepancies.onPushed(report);
        }
        if (tracker.foreignCount() > foreign) {
            String symbol = report.symbol();
            discrepancies.note(
                    Kind.FOREIGN_SYMBOL, symbol, symbol, "", report.venueOrderId(), "source=" + report.source());
        }
        if (tracker.externalCount() > strangers && transition != null) {
            OrderView order = transition.order();
            Kind kind = ClientOrderId.isValid(order.clientId()) ? Kind.ORPHAN_ORDER : Kind.EXTERNAL_ORDER;
            discrepancies.note(kind, order, "side=" + order.terms().side() + " source=" + report.source());
        }
        return transition;
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
