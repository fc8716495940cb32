package dev.relay.sidecar.order;

import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the kill switch of an account does: the gate is closed, the flag committed, everything open cancelled until it has
 * ended. While it is on and the venue agrees with the tracker, what is found open later is cancelled too: what a former
 * process killed, what was in flight, what a stranger placed. Thread "orders"; bounded by the open orders.
 */
final class KillSwitch {
    private static final Logger LOG = LoggerFactory.getLogger(KillSwitch.class);
    private static final long SWEEP_MS = 5_000;

    private final OrderTracker tracker;
    private final OrderLog log;
    private final VenueOrders venue;
    private final KillGate gate;
    private final UnwantedOrders open;
    private final OrderClock clock;
    private final BooleanSupplier isLive;
    private long nextSweepMs;

    KillSwitch(
            OrderTracker tracker,
            OrderLog log,
            VenueOrders venue,
            KillGate gate,
            UnwantedOrders open,
            OrderClock clock,
            BooleanSupplier isLive) {
        this.tracker = tracker;
        this.log = log;
        this.venue = venue;
        this.gate = gate;
        this.open = open;
        this.clock = clock;
        this.isLive = isLive;
    }

    /**
     * {@code done} runs when the flag is committed and no place frame written before is waiting in this process any more; it
     * gets the ids whose outcome is not known at that moment.
     */
    void on(String reason, Consumer<List<String>> done) {
        gate.close(reason);
        LOG.warn("kill_switch_closed reason={} open_orders={}", reason, tracker.openCount());
        int[] missing = {2};
        Runnable confirm = () -> {
            if (--missing[0] == 0) {
                done.accept(idsInFlight());
            }
        };
        log.saveKilled(true, reason, confirm);
        venue.drain(confirm); // before the cancels are written: they need not be waited for
        open.clear(); // what was tried before is tried at once
        open.addAll();
        open.tick(clock.monotonicMs());
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

    void tick(long nowMs) {
        if (!gate.isClosed()) {
            nextSweepMs = nowMs;
            open.clear();
            return;
        }
        if (nowMs >= nextSweepMs && isLive.getAsBoolean()) {
            nextSweepMs = nowMs + SWEEP_MS;
            open.addAll();
        }
        open.tick(nowMs);
    }
}
