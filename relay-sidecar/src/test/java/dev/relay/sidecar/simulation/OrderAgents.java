package dev.relay.sidecar.simulation;

import dev.relay.exchange.BookView;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderRequest;
import dev.relay.sidecar.order.OrderResult;
import dev.relay.sidecar.order.OrderState;
import dev.relay.sidecar.order.OrderTerms;
import dev.relay.sidecar.order.OrderType;
import dev.relay.sidecar.order.OrderView;
import dev.relay.sidecar.order.RefusalCode;
import dev.relay.sidecar.order.Side;
import dev.relay.sidecar.order.TimeInForce;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Three agents that place, cancel, repeat and ask at random, and a house that trades with what rests. */
final class OrderAgents {
    private static final List<String> NAMES = List.of("alice", "bob", "carol");
    private static final long TTL_MS = 5_000;

    private final OrderSimulation sim;
    private final SplittableRandom random;
    private final List<OrderRequest.Place> placed = new ArrayList<>();
    private boolean isStopped;
    private int nextId;

    OrderAgents(OrderSimulation sim, long seed) {
        this.sim = sim;
        this.random = new SplittableRandom(seed);
    }

    /** Starts asking, about {@code perSecond} times a second, until {@link #stop}. */
    void start(int perSecond) {
        sim.later(1 + random.nextInt(2_000 / perSecond), () -> {
            if (!isStopped) {
                if (sim.isAlive()) {
                    act();
                }
                start(perSecond);
            }
        });
    }

    void stop() {
        isStopped = true;
    }

    private void act() {
        int what = random.nextInt(100);
        if (what < 55 || placed.isEmpty()) {
            place();
        } else if (what < 68) {
            cancel();
        } else if (what < 78) {
            amend();
        } else if (what < 92) {
            hit();
        } else if (what < 96) {
            ask(any()); // the same request again, as a redelivery brings it
        } else if (what < 98) {
            ask(new OrderRequest.Status(any().clientId()));
        } else {
            ask(new OrderRequest.CancelAll(
                    random.nextBoolean() ? null : instrument().symbol()));
        }
    }

    private OrderRequest.Place any() {
        return placed.get(random.nextInt(placed.size()));
    }

    private OrderRequest.Place recent() {
        int last = Math.min(placed.size(), 12);
        return placed.get(placed.size() - 1 - random.nextInt(last));
    }

    private Instrument instrument() {
        return sim.instruments.get(random.nextInt(sim.instruments.size()));
    }

    private void cancel() {
        OrderRequest.Place target = recent();
        ask(new OrderRequest.Cancel(target.clientId(), target.agent()));
    }

    private void amend() {
        OrderRequest.Place target = recent();
        BigDecimal price = target.terms().price();
        BigDecimal quantity = target.terms().quantity();
        BigDecimal other = price == null || random.nextInt(3) > 0
                ? null
                : price.multiply(new BigDecimal("0.999")).setScale(2, RoundingMode.HALF_UP);
        ask(new OrderRequest.Amend(
                target.clientId(),
                target.agent(),
                "a%031x".formatted(++nextId),
                other,
                random.nextInt(4) == 0
                        ? null
                        : quantity.multiply(BigDecimal.valueOf(3L + random.nextInt(9), 1))
                                .setScale(2, RoundingMode.UP),
                sim.time.monotonicMs() + TTL_MS));
    }

    private void hit() {
        OrderRequest.Place target = recent();
        sim.exchange.hit(
                OrderSimulation.KEY,
                target.symbol().replace("-", ""),
                target.clientId(),
                random.nextBoolean() ? 1 : random.nextDouble());
    }

    private void place() {
        Instrument instrument = instrument();
        placeOn(instrument, terms(instrument));
    }

    OrderRequest.Place placeOn(Instrument instrument, OrderTerms terms) {
        String id = "%032x".formatted(++nextId);
        OrderRequest.Place request = new OrderRequest.Place(
                id, NAMES.get(nextId % NAMES.size()), instrument.symbol(), terms, sim.time.monotonicMs() + TTL_MS);
        placed.add(request);
        ask(request);
        return request;
    }

    void ask(OrderRequest request) {
        sim.verdict.onAsked();
        int life = sim.restarts();
        boolean[] isAnswered = new boolean[1];
        sim.ask(request, result -> {
            sim.verdict.require(!isAnswered[0], "answered twice: " + request);
            isAnswered[0] = true;
            if (life == sim.restarts()) {
                sim.verdict.onAnswered();
            }
            judge(request, result);
        });
    }

    /** O6: who is told that the order has ended can trust its totals. */
    private void judge(OrderRequest request, OrderResult result) {
        if (request instanceof OrderRequest.Cancel
                && result instanceof OrderResult.Refused refused
                && refused.code() == RefusalCode.ORDER_ENDED) {
            OrderView order = refused.order();
            sim.verdict.require(
                    order != null && !order.hasMissingFills() && truth(order).compareTo(order.filled()) == 0,
                    "cancel answered before the fills were booked: " + order);
        }
    }

    private BigDecimal truth(OrderView order) {
        return sim.exchange.ordersOf(OrderSimulation.KEY).stream()
                .filter(o -> sim.venue.orderId(o).equals(order.venueOrderId())
                        && o.symbol().equals(order.symbol().replace("-", "")))
                .map(o -> new BigDecimal(o.executedQty()))
                .findFirst()
                .orElse(order.state() == OrderState.REJECTED ? BigDecimal.ZERO : BigDecimal.ONE.negate());
    }

    OrderTerms terms(Instrument instrument) {
        Side side = random.nextBoolean() ? Side.BUY : Side.SELL;
        BigDecimal quantity = BigDecimal.valueOf(1L + random.nextInt(40), 2);
        int kind = random.nextInt(10);
        if (kind == 0) {
            return new OrderTerms(side, OrderType.MARKET, null, quantity, null);
        }
        if (kind < 3) { // a part trades, the rest expires
            return limit(side, best(instrument, side), quantity.multiply(BigDecimal.TEN), TimeInForce.IOC);
        }
        if (kind == 3) {
            return limit(side, best(instrument, side), quantity, TimeInForce.FOK);
        }
        BigDecimal away = BigDecimal.valueOf(random.nextInt(200) - (kind < 6 ? 100 : 0), 4);
        BigDecimal factor = side == Side.BUY ? BigDecimal.ONE.subtract(away) : BigDecimal.ONE.add(away);
        BigDecimal price = best(instrument, side).multiply(factor).setScale(2, RoundingMode.HALF_UP);
        return limit(side, price, quantity, TimeInForce.GTC);
    }

    private static OrderTerms limit(Side side, BigDecimal price, BigDecimal quantity, @Nullable TimeInForce tif) {
        return new OrderTerms(side, OrderType.LIMIT, price, quantity, tif);
    }

    /** The best price of the other side. */
    BigDecimal best(Instrument instrument, Side side) {
        BookView book = sim.exchange.book(sim.venue.symbol(instrument.base()), 1);
        List<BookView.Level> levels = side == Side.BUY ? book.asks() : book.bids();
        return new BigDecimal(levels.get(0).price());
    }
}
