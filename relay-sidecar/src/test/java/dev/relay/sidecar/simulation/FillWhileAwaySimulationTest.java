package dev.relay.sidecar.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.sidecar.order.OrderRequest;
import dev.relay.sidecar.order.OrderState;
import dev.relay.sidecar.order.OrderTerms;
import dev.relay.sidecar.order.OrderType;
import dev.relay.sidecar.order.OrderView;
import dev.relay.sidecar.order.Side;
import dev.relay.sidecar.order.TimeInForce;
import java.math.BigDecimal;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A resting order goes out by REST while the order connection waits for its next attempt, and is filled: nobody pushes
 * that fill. Found in a crash run of the trading floor, where the waiting had grown over two ends of the exchange.
 */
class FillWhileAwaySimulationTest {
    private static final String ID = "00112233445566778899aabbccddeeff";
    private static final String SYMBOL = "BTC-USDT";

    private static OrderSimulation awayFor(long seed, long socketsDownMs) {
        OrderSimulation sim = new OrderSimulation(seed);
        sim.start();
        sim.restartExchange(8_000); // the delays grow
        sim.run(9_000);
        for (int i = 0; i < 60 && !sim.isLive(); i++) {
            sim.run(1_000);
        }
        sim.run(5_000);
        assertThat(sim.isLive()).isTrue();
        sim.network.socketsDownFor(socketsDownMs);
        sim.network.cutAll(OrderSimulation.RESET);
        sim.run(100);
        return sim;
    }

    private static void placeAndFill(OrderSimulation sim) {
        OrderTerms terms = new OrderTerms(
                Side.BUY, OrderType.LIMIT, new BigDecimal("50000.00"), new BigDecimal("0.01"), TimeInForce.GTC);
        sim.ask(new OrderRequest.Place(ID, "alice", SYMBOL, terms, sim.time.monotonicMs() + 5_000), result -> {});
        sim.run(200);
        assertThat(order(sim).state()).isEqualTo(OrderState.OPEN);
        sim.exchange.hit(OrderSimulation.KEY, "BTCUSDT", ID, 1);
    }

    private static OrderView order(OrderSimulation sim) {
        return Objects.requireNonNull(sim.tracker().find(ID));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void O8_anAnswerByRestEndsTheWaitingOfTheConnection(long seed) {
        OrderSimulation sim = awayFor(seed, 0);
        placeAndFill(sim);
        sim.run(500);
        assertThat(sim.isLive()).isTrue();
        assertThat(order(sim).filled()).isEqualByComparingTo("0.01");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void O8_aFillIsBookedWhileNoConnectionIsTakenAndTheVenueIsNotHammered(long seed) {
        OrderSimulation sim = awayFor(seed, 120_000);
        int before = sim.network.attempts().size();
        placeAndFill(sim);
        sim.run(5_500);
        assertThat(sim.isLive()).isFalse();
        assertThat(order(sim).state()).isEqualTo(OrderState.FILLED);
        assertThat(order(sim).filled()).isEqualByComparingTo("0.01");
        sim.run(60_000);
        assertThat(sim.network.attempts().size() - before).isLessThan(20);
        assertThat(sim.network.forbiddenRequests()).isZero();
    }
}
