package dev.relay.sidecar.simulation;

import static dev.relay.sidecar.simulation.GreedyTraders.resting;
import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.exchange.api.LimitsConfig;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderLimits;
import dev.relay.sidecar.order.OrderRequest;
import dev.relay.sidecar.order.OrderResult;
import dev.relay.sidecar.order.RefusalCode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Rows L1, L3 and L4 in virtual time: each venue's limits seen from the real executor and its gateway. Binance counts weight
 * and orders in aligned windows, Kraken each pair's orders by a counter that falls with time, Alpaca 200 requests a minute.
 */
class OrderLimitsSimulationTest {
    private static final long TEN_MINUTES_MS = 600_000;
    private static final Pattern GROWING = Pattern.compile("(?:\"timestamp\":|nonce=)([0-9]+)");
    private static final OrderLimits GREEDY = new OrderLimits(1_000, 10_000, 200, 5_000, 15_000, 10_000, 1_000, 2_000);

    /** What is enough at each venue to say that its limit was used. */
    private record Enough(int accepted, int used, int placesBeforeRestart, long liveAgainMs, long killedMs) {
        static Enough at(SimulatedVenue venue) {
            return switch (venue) {
                // 50 orders in ten seconds: 60 windows, of each 95 %
                case BINANCE -> new Enough(60 * 47 * 9 / 10, 4_500, 45, 1_500, 500);
                // 2.34 a second for the new order and for the cancel of the old one
                case KRAKEN -> new Enough(200, 113, 100, 5_000, 500);
                // what others leave of 200 a minute, shared by places, cancels and looks at what was cancelled
                case ALPACA -> new Enough(300, 180, 150, 5_000, 65_000);
            };
        }
    }

    private static OrderSimulation started(SimulatedVenue venue, long seed) {
        OrderSimulation sim = new OrderSimulation(venue, seed, LimitsConfig.BINANCE, GREEDY);
        sim.start();
        return sim;
    }

    private static void eachSeed(SimulatedVenue venue, LongConsumer row) {
        for (long seed = 1; seed <= venue.seeds(); seed++) {
            row.accept(seed);
        }
    }

    private static void assertNothingLimited(OrderSimulation sim, long seed) {
        assertThat(sim.exchange.limitedCount()).as("429 seed=%d", seed).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void L1_tenMinutesAtNinetyFivePercentOfTheLimitsBringNo429(SimulatedVenue venue) {
        eachSeed(venue, seed -> {
            OrderSimulation sim = started(venue, seed);
            GreedyTraders traders = new GreedyTraders(sim, seed);
            traders.start();
            sim.run(TEN_MINUTES_MS);
            assertNothingLimited(sim, seed);
            assertThat(traders.accepted())
                    .as("accepted seed=%d", seed)
                    .isGreaterThan(Enough.at(venue).accepted());
            assertThat(traders.mostUsed())
                    .as("used seed=%d", seed)
                    .isGreaterThan(Enough.at(venue).used());
        });
    }

    @ParameterizedTest
    @EnumSource
    void L1_aNewProcessKnowsWhatTheFormerOneHasPlaced(SimulatedVenue venue) {
        Enough enough = Enough.at(venue);
        eachSeed(venue, seed -> {
            OrderSimulation sim = started(venue, seed);
            OrderAgents agents = new OrderAgents(sim, seed);
            placeMany(agents, sim, enough);
            sim.run(500);
            assertThat(sim.exchange.openOrdersOf(OrderSimulation.KEY)).hasSize(enough.placesBeforeRestart());
            sim.restartSidecar(100);
            sim.run(enough.liveAgainMs());
            assertThat(sim.isLive()).as("live again while it is still counted").isTrue();
            placeMany(agents, sim, enough);
            sim.run(500);
            assertNothingLimited(sim, seed);
        });
    }

    private static void placeMany(OrderAgents agents, OrderSimulation sim, Enough enough) {
        for (int i = 0; i < enough.placesBeforeRestart(); i++) {
            agents.placeOn(sim.instruments.get(0), resting(i));
        }
    }

    @ParameterizedTest
    @EnumSource
    void L3_whenQueriesHaveUsedTheBudgetACancelStillLeavesAtOnce(SimulatedVenue venue) {
        eachSeed(venue, seed -> {
            OrderSimulation sim = started(venue, seed);
            OrderAgents agents = new OrderAgents(sim, seed);
            List<OrderRequest.Place> placed = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                placed.add(agents.placeOn(sim.instruments.get(0), resting(i)));
            }
            sim.run(1_000);
            useUp(sim, agents, placed.get(0));
            List<Long> cancelsAtMs = new ArrayList<>();
            List<String> others = new ArrayList<>();
            sim.network.observe(message -> {
                if (venue.isCancel(message)) {
                    cancelsAtMs.add(sim.time.monotonicMs());
                } else {
                    others.add(message);
                }
            });
            long askedAtMs = sim.time.monotonicMs();
            OrderResult[] refused = new OrderResult[1];
            sim.ask(
                    new OrderRequest.Place(
                            "f".repeat(32),
                            "bob",
                            sim.instruments.get(0).symbol(),
                            resting(99),
                            sim.time.monotonicMs() + 5_000),
                    result -> refused[0] = result);
            agents.ask(new OrderRequest.Cancel(placed.get(1).clientId(), "alice"));
            assertThat(cancelsAtMs).containsExactly(askedAtMs);
            sim.kill(ids -> {});
            assertThat(cancelsAtMs).allMatch(at -> at == askedAtMs);
            assertThat(cancelsAtMs.size()).isGreaterThanOrEqualTo(venue == SimulatedVenue.ALPACA ? 2 : 19);
            assertThat(others).isEmpty();
            sim.run(Enough.at(venue).killedMs());
            assertThat(((OrderResult.Refused) refused[0]).code()).isIn(RefusalCode.RATE_LIMITED, RefusalCode.KILLED);
            assertThat(sim.exchange.openOrdersOf(OrderSimulation.KEY)).isEmpty();
            assertNothingLimited(sim, seed);
        });
    }

    /** Until nothing is left but the reserved share; the answer to a cancel tells it where another process was the user. */
    private static void useUp(OrderSimulation sim, OrderAgents agents, OrderRequest.Place first) {
        switch (sim.venue) {
            case BINANCE ->
                sim.exchange.useWeight(VirtualNetwork.ADDRESS, 5_940 - sim.exchange.usedWeight(VirtualNetwork.ADDRESS));
            case ALPACA ->
                sim.exchange.useAlpaca(OrderSimulation.KEY, 193 - sim.exchange.useAlpaca(OrderSimulation.KEY, 0));
            case KRAKEN -> {
                Instrument instrument = sim.instruments.get(0);
                while (GreedyTraders.pairLeft(sim) > 6) {
                    OrderRequest.Place young = agents.placeOn(instrument, resting(98));
                    sim.run(60);
                    agents.ask(new OrderRequest.Cancel(young.clientId(), "alice"));
                    sim.run(60);
                }
            }
        }
        agents.ask(new OrderRequest.Cancel(first.clientId(), "alice"));
        sim.run(100);
    }

    @ParameterizedTest
    @EnumSource
    void L4_placesOfSeveralAgentsLeaveInTheOrderInWhichTheyWereAccepted(SimulatedVenue venue) {
        eachSeed(venue, seed -> {
            OrderSimulation sim = new OrderSimulation(venue, seed);
            OrderAgents agents = new OrderAgents(sim, seed);
            List<Long> growing = new ArrayList<>();
            sim.start();
            sim.network.observe(message -> {
                Matcher found = GROWING.matcher(message);
                if (found.find()) {
                    growing.add(Long.valueOf(found.group(1)));
                }
            });
            for (int round = 0; round < 20; round++) {
                int cents = round * 10;
                sim.later(round * 700L, () -> {
                    for (int i = 0; i < 9; i++) {
                        agents.placeOn(sim.instruments.get(0), resting(cents + i));
                    }
                    agents.ask(new OrderRequest.CancelAll(null));
                });
            }
            sim.run(15_000);
            assertThat(sim.settle()).isEmpty();
            assertThat(growing).isSorted().hasSizeGreaterThan(venue == SimulatedVenue.BINANCE ? 40 : -1);
            assertThat(venue == SimulatedVenue.KRAKEN ? growing : List.of())
                    .as("no nonce twice")
                    .doesNotHaveDuplicates();
        });
    }
}
