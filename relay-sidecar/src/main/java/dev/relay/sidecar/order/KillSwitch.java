package dev.relay.sidecar.order;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the kill switch of an account does: the gate is closed, the flag committed, everything open cancelled, in slices so
 * that the confirmation does not wait for hundreds of cancels. A kill that a former process began, or that came while
 * disconnected, is finished once the venue is known. Thread "orders"; bounded by the open orders.
 */
final class KillSwitch {
    private static final Logger LOG = LoggerFactory.getLogger(KillSwitch.class);
    private static final int SLICE = 50;

    private final OrderTracker tracker;
    private final OrderLog log;
    private final VenueOrders venue;
    private final KillGate gate;
    private final Cancels cancels;
    private final BooleanSupplier isLive;
    private final Deque<String> sweep = new ArrayDeque<>();
    private boolean hasSwept;

    KillSwitch(
            OrderTracker tracker,
            OrderLog log,
            VenueOrders venue,
            KillGate gate,
            Cancels cancels,
            BooleanSupplier isLive) {
        this.tracker = tracker;
        this.log = log;
        this.venue = venue;
        this.gate = gate;
        this.cancels = cancels;
        this.isLive = isLive;
    }

    /**
     * {@code done} runs when the flag is committed and no place frame written before is waiting in this process any more; it
     * gets the ids whose outcome is not known at that moment.
     */
    void on(String reason, Consumer<List<String>> done) {
        gate.close(reason);
        LOG.warn("kill_switch_closed reason={} open_orders={}", reason, tracker.openCount());
        hasSwept = isLive.getAsBoolean();
        int[] missing = {2};
        Runnable confirm = () -> {
            if (--missing[0] == 0) {
                done.accept(idsInFlight());
            }
        };
        log.saveKilled(true, reason, confirm);
        venue.drain(confirm); // before the cancels are written: they need not be waited for
        begin();
    }

    /** Opens the gate once the journal says so; {@code done} gets false when it was closed again meanwhile. */
    void off(String reason, Consumer<Boolean> done) {
        long seen = gate.closings();
        log.saveKilled(false, reason, () -> {
            boolean isOpen = gate.release(seen);
            LOG.warn("kill_switch_released reason={} is_open={}", reason, isOpen);
            done.accept(isOpen);
        });
    }

    private List<String> idsInFlight() {
        return tracker.openOrders().stream()
                .filter(order -> !order.state().isAcknowledged())
                .map(OrderView::clientId)
                .toList();
    }

    void tick() {
        cancelSome();
        if (!gate.isClosed()) {
            hasSwept = false;
        } else if (!hasSwept && isLive.getAsBoolean()) {
            hasSwept = true;
            begin();
        }
    }

    private void begin() {
        sweep.clear();
        tracker.openOrders().forEach(order -> sweep.add(order.clientId()));
        cancelSome();
    }

    private void cancelSome() {
        for (int i = 0; i < SLICE && !sweep.isEmpty(); i++) {
            cancels.cancel(sweep.remove(), result -> {});
        }
    }
}
