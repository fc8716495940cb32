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
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A resting order is filled while the order connection waits for its next attempt, or goes out by REST meanwhile: nobody
 * pushes that fill, on no venue. Found in a crash run of the trading floor, where the waiting had grown over two ends of the exchange.
 */
class FillWhileAwaySimulationTest {
    private static final String ID = "00112233445566778899aabbccddeeff";

    /** LIVE, after an absence over which the delays of connecting have grown. */
    private static OrderSimulation settled(SimulatedVenue venue, long seed) {
        OrderSimulation sim = new OrderSimulation(venue, seed);
        sim.start();
        sim.restartExchange(8_000); // the delays grow
        sim.run(9_000);
        for (int i = 0; i < 60 && !sim.isLive(); i++) {
            sim.run(1_000);
        }
        sim.run(5_000);
        assertThat(sim.isLive()).isTrue();
        return sim;
    }

    private static OrderSimulation awayFor(SimulatedVenue venue, long seed, long socketsDownMs) {
        OrderSimulation sim = settled(venue, seed);
        away(sim, socketsDownMs);
        return sim;
    }

    private static void away(OrderSimulation sim, long socketsDownMs) {
        sim.network.socketsDownFor(socketsDownMs);
        sim.network.cutAll(OrderSimulation.RESET);
        sim.run(100);
    }

    private static void place(OrderSimulation sim) {
        String symbol = sim.instruments.get(0).symbol();
        OrderTerms terms = new OrderTerms(
                Side.BUY, OrderType.LIMIT, new BigDecimal("50000.00"), new BigDecimal("0.01"), TimeInForce.GTC);
        sim.ask(new OrderRequest.Place(ID, "alice", symbol, terms, sim.time.monotonicMs() + 5_000), result -> {});
        sim.run(200);
        assertThat(order(sim).state()).isEqualTo(OrderState.OPEN);
    }

    private static void fill(OrderSimulation sim) {
        sim.exchange.hit(OrderSimulation.KEY, sim.venue.symbol("BTC"), ID, 1);
    }

    private static OrderView order(OrderSimulation sim) {
        return Objects.requireNonNull(sim.tracker().find(ID));
    }

    @ParameterizedTest
    @CsvSource({"BINANCE,1", "BINANCE,2", "BINANCE,3", "BINANCE,4", "KRAKEN,1", "KRAKEN,2", "ALPACA,1", "ALPACA,2"})
    void O8_anAnswerByRestEndsTheWaitingOfTheConnection(SimulatedVenue venue, long seed) {
        OrderSimulation sim = awayFor(venue, seed, 0);
        place(sim);
        fill(sim);
        sim.run(500);
        assertThat(sim.isLive()).isTrue();
        assertThat(order(sim).filled()).isEqualByComparingTo("0.01");
    }

    @ParameterizedTest
    @CsvSource({"BINANCE,1", "BINANCE,2", "BINANCE,3", "KRAKEN,1", "KRAKEN,2", "KRAKEN,3", "ALPACA,1", "ALPACA,2"})
    void O8_aFillIsBookedWhileNoConnectionIsTakenAndTheVenueIsNotHammered(SimulatedVenue venue, long seed) {
        OrderSimulation sim = settled(venue, seed);
        place(sim);
        away(sim, 120_000);
        int before = sim.network.attempts().size();
        fill(sim);
        sim.run(venue == SimulatedVenue.KRAKEN ? 12_000 : 6_500); // its questions are few
        assertThat(sim.isLive()).isFalse();
        assertThat(order(sim).state()).isEqualTo(OrderState.FILLED);
        assertThat(order(sim).filled()).isEqualByComparingTo("0.01");
        sim.run(60_000);
        assertThat(sim.network.attempts().size() - before).isLessThan(20);
        assertThat(sim.network.forbiddenRequests()).isZero();
        assertThat(sim.exchange.limitedCount()).isZero();
    }

    /** Twenty places and cancels that go by REST, one of them done without an answer: none is sent twice, and all is true in the end. */
    @ParameterizedTest
    @EnumSource
    void O1_ordersGoByRestWhileNoConnectionIsTakenAndAreNeverSentTwice(SimulatedVenue venue) {
        OrderSimulation sim = settled(venue, 5);
        away(sim, 60_000);
        sim.exchange.orderFault("place-no-answer");
        OrderAgents agents = new OrderAgents(sim, 6);
        List<OrderRequest.Place> placed = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            placed.add(agents.placeOn(
                    sim.instruments.get(0),
                    new OrderTerms(
                            Side.BUY,
                            OrderType.LIMIT,
                            new BigDecimal(50_000 + i),
                            new BigDecimal("0.01"),
                            TimeInForce.GTC)));
            sim.run(600);
        }
        placed.forEach(place -> sim.ask(new OrderRequest.Cancel(place.clientId(), place.agent()), result -> {}));
        sim.run(15_000);
        assertThat(sim.isLive()).isFalse();
        assertThat(sim.exchange.ordersOf(OrderSimulation.KEY)).hasSize(10);
        assertThat(sim.exchange.openOrdersOf(OrderSimulation.KEY)).hasSizeLessThan(2);
        sim.run(45_000);
        assertThat(sim.settle()).isEmpty();
        assertThat(sim.verdict.repeatCount()).isZero();
        assertThat(sim.exchange.openOrdersOf(OrderSimulation.KEY)).isEmpty();
    }
}
