package dev.relay.sidecar.order;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.sidecar.risk.RiskLimits;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;

/** An executor in virtual time against a venue that loses, refuses and races, live before each test. */
abstract class ExecutorDesk {
    static final String ID = "00112233445566778899aabbccddeeff";
    static final String SYMBOL = "BTC-USDT";

    final FakeVenue venue = new FakeVenue();
    final FakeLog log = new FakeLog();
    final KillGate gate = new KillGate(false, "");
    final List<OrderResult> results = new ArrayList<>();
    final VirtualClock clock = new VirtualClock();
    OrderTracker tracker = new OrderTracker("paper", List.of(Instrument.of(SYMBOL)));
    boolean isStateAvailable = true;
    boolean cancelsAtStart;
    OrderExecutor executor = executor();

    /** Time that moves when the test says so. */
    static final class VirtualClock implements OrderClock {
        long nowMs = 1;

        @Override
        public long monotonicMs() {
            return nowMs;
        }

        @Override
        public long wallMs() {
            return nowMs;
        }
    }

    private OrderExecutor executor() {
        return new OrderExecutor(
                tracker,
                log,
                venue,
                gate,
                clock,
                new OrderExecutor.Rules(
                        OrderLimits.defaults(), RiskLimits.off(), symbol -> null, null, Map.of(), cancelsAtStart),
                log.cursors,
                () -> isStateAvailable,
                balances -> {});
    }

    @BeforeEach
    void start() {
        executor.start();
        venue.connect();
        assertThat(executor.isLive()).isTrue();
    }

    /** A new process: only what was committed is left. */
    void restart() {
        tracker = new OrderTracker("paper", List.of(Instrument.of(SYMBOL)));
        log.transitions.forEach(transition -> tracker.restoreOrder(transition.order()));
        log.transitions.forEach(transition -> {
            if (transition.fill() != null) {
                tracker.restoreFill(transition.fill(), transition.eventNo());
            }
        });
        venue.isConnected = false;
        executor = executor();
        executor.start();
    }

    void pass(long ms) {
        for (long passed = 0; passed < ms; passed += 50) {
            clock.nowMs += 50;
            venue.serverMs += 50;
            executor.tick();
        }
    }

    void place() {
        executor.handle(request(ID), results::add);
    }

    OrderRequest.Place request(String clientId) {
        OrderTerms terms =
                new OrderTerms(Side.BUY, OrderType.LIMIT, new BigDecimal("100"), new BigDecimal("2"), TimeInForce.GTC);
        return new OrderRequest.Place(clientId, "alice", SYMBOL, terms, clock.nowMs + 5_000);
    }

    OrderView order() {
        return Objects.requireNonNull(tracker.find(ID));
    }
}
