package dev.relay.sidecar.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.exchange.api.LimitsConfig;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderLimits;
import dev.relay.sidecar.order.OrderRequest;
import dev.relay.sidecar.order.OrderResult;
import dev.relay.sidecar.order.OrderTerms;
import dev.relay.sidecar.order.OrderType;
import dev.relay.sidecar.order.RefusalCode;
import dev.relay.sidecar.order.Side;
import dev.relay.sidecar.order.TimeInForce;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Rows L1, L3 and L4 in virtual time: the venue's limits seen from the real executor and gateway. */
class OrderLimitsSimulationTest {
    private static final int SEEDS = Integer.getInteger("relay.o1.seeds", 2);
    private static final long TEN_MINUTES_MS = 600_000;
    private static final Instrument BTC = SimulatedVenue.BINANCE.instruments().get(0);
    private static final Pattern TIMESTAMP = Pattern.compile("\"timestamp\":([0-9]+)");
    private static final OrderLimits GREEDY = new OrderLimits(1_000, 10_000, 200, 5_000, 15_000, 10_000, 1_000, 2_000);

    private static OrderTerms resting(int cents) {
        return new OrderTerms(
                Side.BUY,
                OrderType.LIMIT,
                new BigDecimal("50000.00").add(BigDecimal.valueOf(cents, 2)),
                new BigDecimal("0.01"),
                TimeInForce.GTC);
    }

    @Test
    void L1_tenMinutesAtNinetyFivePercentOfTheLimitsBringNo429() {
        for (long seed = 1; seed <= SEEDS; seed++) {
            OrderSimulation sim = new OrderSimulation(SimulatedVenue.BINANCE, seed, LimitsConfig.BINANCE, GREEDY);
            sim.start();
            Traders traders = new Traders(sim, seed);
            traders.start();
            sim.run(TEN_MINUTES_MS);
            assertThat(sim.exchange.limitedCount()).as("429 seed=%d", seed).isZero();
            // 50 orders in ten seconds: 60 windows, of each 95 %
            assertThat(traders.accepted).as("accepted seed=%d", seed).isGreaterThan(60 * 47 * 9 / 10);
            assertThat(traders.mostWeight)
                    .as("weight of the address, seed=%d", seed)
                    .isGreaterThan(4_500);
        }
    }

    /** Four agents that place more than is allowed and cancel what is oldest, and a stranger behind the same address. */
    private static final class Traders {
        private final OrderSimulation sim;
        private final SplittableRandom random;
        private final Deque<OrderRequest.Place> open = new ArrayDeque<>();
        int accepted;
        int mostWeight;
        private int count;

        Traders(OrderSimulation sim, long seed) {
            this.sim = sim;
            this.random = new SplittableRandom(seed);
        }

        void start() {
            sim.time.every(100, this::trade);
            sim.time.every(500, () -> {
                int used = sim.exchange.usedWeight(VirtualNetwork.ADDRESS);
                mostWeight = Math.max(mostWeight, used);
                int part = random.nextInt(90);
                if (used + part < 5_100) {
                    sim.exchange.useWeight(VirtualNetwork.ADDRESS, part);
                }
            });
        }

        private void trade() {
            int burst = random.nextInt(4);
            for (int i = 0; i < burst; i++) {
                OrderRequest.Place request = new OrderRequest.Place(
                        "%032x".formatted(++count),
                        "agent" + count % 4,
                        BTC.symbol(),
                        resting(count % 10_000),
                        sim.time.monotonicMs() + 5_000);
                sim.ask(request, result -> onPlaced(request, result));
            }
            while (open.size() > 60) {
                OrderRequest.Place oldest = open.remove();
                sim.ask(new OrderRequest.Cancel(oldest.clientId(), oldest.agent()), result -> {});
            }
        }

        private void onPlaced(OrderRequest.Place request, OrderResult result) {
            if (result instanceof OrderResult.Accepted) {
                accepted++;
                open.add(request);
            } else {
                assertThat(((OrderResult.Refused) result).code()).isEqualTo(RefusalCode.RATE_LIMITED);
            }
        }
    }

    @Test
    void L1_aNewProcessKnowsWhatTheFormerOneHasPlaced() {
        for (long seed = 1; seed <= SEEDS; seed++) {
            OrderSimulation sim = new OrderSimulation(SimulatedVenue.BINANCE, seed, LimitsConfig.BINANCE, GREEDY);
            sim.start();
            OrderAgents agents = new OrderAgents(sim, seed);
            placeMany(agents);
            sim.run(500);
            assertThat(sim.exchange.openOrdersOf(OrderSimulation.KEY)).hasSize(45);
            sim.restartSidecar(100);
            sim.run(1_500);
            assertThat(sim.isLive())
                    .as("live again within the same ten seconds")
                    .isTrue();
            placeMany(agents);
            sim.run(500);
            assertThat(sim.exchange.limitedCount()).as("429 seed=%d", seed).isZero();
        }
    }

    private static void placeMany(OrderAgents agents) {
        for (int i = 0; i < 45; i++) {
            agents.placeOn(BTC, resting(i));
        }
    }

    @Test
    void L3_whenQueriesHaveUsedTheBudgetACancelStillLeavesAtOnce() {
        for (long seed = 1; seed <= SEEDS; seed++) {
            OrderSimulation sim = new OrderSimulation(SimulatedVenue.BINANCE, seed, LimitsConfig.BINANCE, GREEDY);
            sim.start();
            OrderAgents agents = new OrderAgents(sim, seed);
            List<OrderRequest.Place> placed = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                placed.add(agents.placeOn(BTC, resting(i)));
            }
            sim.run(1_000);
            sim.exchange.useWeight(VirtualNetwork.ADDRESS, 5_940 - sim.exchange.usedWeight(VirtualNetwork.ADDRESS));
            agents.ask(new OrderRequest.Cancel(placed.get(0).clientId(), "alice")); // its answer tells the count
            sim.run(100);
            List<Long> cancelsAtMs = new ArrayList<>();
            List<String> others = new ArrayList<>();
            sim.network.observe(message -> {
                if (message.contains("\"order.cancel\"")) {
                    cancelsAtMs.add(sim.time.monotonicMs());
                } else {
                    others.add(message);
                }
            });
            long askedAtMs = sim.time.monotonicMs();
            OrderResult[] refused = new OrderResult[1];
            sim.ask(
                    new OrderRequest.Place(
                            "f".repeat(32), "bob", BTC.symbol(), resting(99), sim.time.monotonicMs() + 5_000),
                    result -> refused[0] = result);
            agents.ask(new OrderRequest.Cancel(placed.get(1).clientId(), "alice"));
            assertThat(cancelsAtMs).containsExactly(askedAtMs);
            sim.kill(ids -> {});
            assertThat(cancelsAtMs).hasSize(19).allMatch(at -> at == askedAtMs);
            assertThat(others).isEmpty();
            sim.run(500);
            assertThat(((OrderResult.Refused) refused[0]).code()).isIn(RefusalCode.RATE_LIMITED, RefusalCode.KILLED);
            assertThat(sim.exchange.openOrdersOf(OrderSimulation.KEY)).isEmpty();
            assertThat(sim.exchange.limitedCount()).isZero();
        }
    }

    @Test
    void L4_placesOfSeveralAgentsLeaveInTheOrderInWhichTheyWereAccepted() {
        for (long seed = 1; seed <= SEEDS; seed++) {
            OrderSimulation sim = new OrderSimulation(seed);
            OrderAgents agents = new OrderAgents(sim, seed);
            List<Long> timestamps = new ArrayList<>();
            sim.start();
            sim.network.observe(message -> {
                Matcher found = TIMESTAMP.matcher(message);
                if (found.find()) {
                    timestamps.add(Long.valueOf(found.group(1)));
                }
            });
            for (int round = 0; round < 20; round++) {
                int cents = round * 10;
                sim.later(round * 700L, () -> {
                    for (int i = 0; i < 9; i++) {
                        agents.placeOn(BTC, resting(cents + i));
                    }
                    agents.ask(new OrderRequest.CancelAll(null));
                });
            }
            sim.run(15_000);
            assertThat(sim.settle(45_000)).isEmpty();
            assertThat(timestamps).isSorted().hasSizeGreaterThan(40);
        }
    }
}
