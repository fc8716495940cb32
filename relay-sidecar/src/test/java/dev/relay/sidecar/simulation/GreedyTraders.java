package dev.relay.sidecar.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderRequest;
import dev.relay.sidecar.order.OrderResult;
import dev.relay.sidecar.order.OrderTerms;
import dev.relay.sidecar.order.OrderType;
import dev.relay.sidecar.order.RefusalCode;
import dev.relay.sidecar.order.Side;
import dev.relay.sidecar.order.TimeInForce;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;

/** Four agents that place more than is allowed and cancel what is oldest, and a stranger that uses up what it can of the same limit. */
final class GreedyTraders {
    private static final int MOST_OPEN = 60;
    private static final int KRAKENS_MOST = 125;

    private final OrderSimulation sim;
    private final SplittableRandom random;
    private final Instrument instrument;
    private final Deque<OrderRequest.Place> open = new ArrayDeque<>();
    private int accepted;
    private int mostUsed;
    private int count;

    GreedyTraders(OrderSimulation sim, long seed) {
        this.sim = sim;
        this.random = new SplittableRandom(seed);
        this.instrument = sim.instruments.get(0);
    }

    /** Far below the market. */
    static OrderTerms resting(int cents) {
        return new OrderTerms(
                Side.BUY,
                OrderType.LIMIT,
                new BigDecimal("50000.00").add(BigDecimal.valueOf(cents, 2)),
                new BigDecimal("0.01"),
                TimeInForce.GTC);
    }

    void start() {
        sim.time.every(100, this::trade);
        sim.time.every(500, this::useOfStranger);
    }

    /** Kraken tells nobody what others have used; its agents have the account for themselves. */
    private void useOfStranger() {
        switch (sim.venue) {
            case BINANCE -> {
                int used = note(sim.exchange.usedWeight(VirtualNetwork.ADDRESS));
                int part = random.nextInt(90);
                if (used + part < 5_100) {
                    sim.exchange.useWeight(VirtualNetwork.ADDRESS, part);
                }
            }
            case KRAKEN -> note(KRAKENS_MOST - pairLeft(sim));
            case ALPACA -> {
                int used = note(sim.exchange.useAlpaca(OrderSimulation.KEY, 0));
                sim.exchange.useAlpaca(OrderSimulation.KEY, used < 170 ? random.nextInt(2) : 0);
            }
        }
    }

    /** What Kraken's counter of the first pair leaves, as the gateway keeps it. */
    static int pairLeft(OrderSimulation sim) {
        String name = "pair_left_" + sim.instruments.get(0).symbol();
        return sim.budget().getOrDefault(name, KRAKENS_MOST) instanceof Number left ? left.intValue() : KRAKENS_MOST;
    }

    private int note(int used) {
        mostUsed = Math.max(mostUsed, used);
        return used;
    }

    private void trade() {
        int burst = random.nextInt(4);
        for (int i = 0; i < burst; i++) {
            OrderRequest.Place request = new OrderRequest.Place(
                    "%032x".formatted(++count),
                    "agent" + count % 4,
                    instrument.symbol(),
                    resting(count % 10_000),
                    sim.time.monotonicMs() + 5_000);
            sim.ask(request, result -> onPlaced(request, result));
        }
        while (open.size() > MOST_OPEN) {
            cancel(open.remove());
        }
    }

    private void cancel(OrderRequest.Place order) {
        sim.ask(new OrderRequest.Cancel(order.clientId(), order.agent()), result -> {});
    }

    private void onPlaced(OrderRequest.Place request, OrderResult result) {
        if (result instanceof OrderResult.Accepted) {
            accepted++;
            open.add(request);
            if (sim.venue == SimulatedVenue.KRAKEN && random.nextInt(4) == 0) { // where another second makes it cheaper
                sim.later(4_950 + random.nextInt(50), () -> cancel(request));
            }
        } else {
            assertThat(((OrderResult.Refused) result).code()).isEqualTo(RefusalCode.RATE_LIMITED);
        }
    }

    int accepted() {
        return accepted;
    }

    /** The most of the limit that was used at a moment: request weight, the pair's counter, requests. */
    int mostUsed() {
        return mostUsed;
    }
}
