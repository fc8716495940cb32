package dev.relay.exchange.flow;

import dev.relay.exchange.account.Account;
import dev.relay.exchange.engine.Order;
import dev.relay.exchange.engine.OrderType;
import dev.relay.exchange.engine.Scaled;
import dev.relay.exchange.engine.Side;
import dev.relay.exchange.engine.TimeInForce;
import dev.relay.exchange.market.Market;
import dev.relay.exchange.market.Refusal;
import dev.relay.exchange.market.SymbolSpec;
import dev.relay.exchange.market.Venue;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The house: accounts whose orders make the books busy. Around a wandering fair price it places limit orders, closest
 * most often, withdraws them, and now and then trades at market.
 *
 * <p>One {@link #step()} is one decision. All randomness comes from the seed, so the same calls on the same books
 * decide the same. Called by the exchange loop only. At most {@link #MAX_RESTING} house orders rest per symbol; beyond,
 * a step withdraws instead of placing. A refused house order is counted, never hidden.
 */
public final class OrderFlow {
    static final int MAX_RESTING = 1200;

    private static final int TARGET_RESTING = 800;
    private static final long HOUSE_FUNDS = Scaled.of("1000000000");
    private static final int FORGET_EVERY = 64;
    private static final double EVEN_SHARE = 0.7;
    private static final double FAR_SHARE = 0.25;
    private static final double DRIFT_BPS = 0.4;
    private static final double HOME_PULL = 0.0002;
    /** A fifth in a thousand steps. */
    private static final double CRASH_STEP = 0.99978;
    /** Even then somebody bids. */
    private static final int CRASH_LEAST_BIDS = 50;

    private final Venue venue;
    private final Account maker;
    private final Account taker;
    private final Random random;
    private final List<Desk> desks = new ArrayList<>();
    private long orderNumber;
    private long refusedCount;

    public OrderFlow(Venue venue, long seed) {
        this.venue = venue;
        this.random = new Random(seed);
        this.maker = openHouse("house-maker");
        this.taker = openHouse("house-taker");
        venue.markets().forEach(market -> desks.add(new Desk(market)));
    }

    /** What the house knows of one market. */
    private static final class Desk {
        final Market market;
        final List<Order> resting = new ArrayList<>();
        double fair;
        int crashSteps;
        private long steps;

        Desk(Market market) {
            this.market = market;
            this.fair = market.spec().startPrice();
        }

        /** Filled orders leave the list now and then, so that its size says how much rests. */
        void forgetFilled() {
            if (++steps % FORGET_EVERY == 0) {
                resting.removeIf(order -> !order.isResting());
            }
        }

        /** The side with fewer levels needs the next quote more often. */
        Side thinner() {
            return market.book().levelCount(Side.BUY) < market.book().levelCount(Side.SELL) ? Side.BUY : Side.SELL;
        }
    }

    /** Fills every book to its usual depth, around the last price. */
    public void open() {
        for (Desk desk : desks) {
            desk.fair = desk.market.lastPrice();
            for (int i = 0; i < TARGET_RESTING; i++) {
                quote(desk);
            }
        }
    }

    /** One decision in one market. */
    public void step() {
        Desk desk = desks.get(random.nextInt(desks.size()));
        wander(desk);
        desk.forgetFilled();
        double dice = random.nextDouble();
        if (desk.crashSteps > 0) {
            desk.crashSteps--;
            desk.fair *= CRASH_STEP;
            sell(desk);
        } else if (dice < 0.06) {
            take(desk);
        } else if (dice < withdrawShare(desk)) {
            withdraw(desk);
        } else {
            quote(desk);
        }
    }

    /**
     * A flash crash: the fair price of a market falls by a fifth within {@code steps} steps of hectic selling and then
     * comes back by itself.
     */
    public void crash(String symbol, int steps) {
        for (Desk desk : desks) {
            if (desk.market.symbol().equals(symbol)) {
                desk.crashSteps = steps;
            }
        }
    }

    public long refusedCount() {
        return refusedCount;
    }

    /** Withdraws more than it places when there is more than usual, and the other way round. */
    private static double withdrawShare(Desk desk) {
        if (desk.resting.size() >= MAX_RESTING) {
            return 1;
        }
        return desk.resting.size() > TARGET_RESTING ? 0.55 : 0.3;
    }

    private void wander(Desk desk) {
        double home = desk.market.spec().startPrice();
        double step = random.nextGaussian() * DRIFT_BPS / 10_000;
        desk.fair = desk.fair * (1 + step) + (home - desk.fair) * HOME_PULL;
    }

    private void quote(Desk desk) {
        SymbolSpec spec = desk.market.spec();
        boolean even = random.nextDouble() < EVEN_SHARE;
        Side side = even ? (random.nextBoolean() ? Side.BUY : Side.SELL) : desk.thinner();
        double reach = random.nextDouble() < FAR_SHARE ? 0.01 : 0.0008;
        double away = 0.00002 - Math.log(1 - random.nextDouble()) * reach;
        double price = side == Side.BUY ? desk.fair * (1 - away) : desk.fair * (1 + away);
        long aligned = Math.max(spec.tickSize(), Math.round(price / spec.tickSize()) * spec.tickSize());
        place(desk, maker, side, OrderType.LIMIT, aligned, size(spec, aligned, 4000));
    }

    private void take(Desk desk) {
        SymbolSpec spec = desk.market.spec();
        Side side = random.nextBoolean() ? Side.BUY : Side.SELL;
        place(desk, taker, side, OrderType.MARKET, 0, size(spec, desk.market.lastPrice(), 2500));
    }

    private void sell(Desk desk) {
        SymbolSpec spec = desk.market.spec();
        boolean hasBuyers = desk.market.book().levelCount(Side.BUY) > CRASH_LEAST_BIDS;
        if (hasBuyers && random.nextInt(4) == 0) {
            place(desk, taker, Side.SELL, OrderType.MARKET, 0, size(spec, desk.market.lastPrice(), 8_000));
        } else {
            quote(desk);
        }
    }

    private void withdraw(Desk desk) {
        while (!desk.resting.isEmpty()) {
            int last = desk.resting.size() - 1;
            int index = random.nextInt(desk.resting.size());
            Order order = desk.resting.get(index);
            desk.resting.set(index, desk.resting.get(last));
            desk.resting.remove(last);
            if (order.isResting()) {
                venue.cancel(maker, order, order.clientOrderId());
                return;
            }
        }
    }

    /** A quantity worth about this many units of quote, many small and few large, at least twice the minimum. */
    private long size(SymbolSpec spec, long price, double typicalQuote) {
        double quote = 12 + typicalQuote * Math.exp(random.nextGaussian()) / 2;
        long steps = Math.round(quote * Scaled.ONE / price * Scaled.ONE / spec.stepSize());
        return Math.min(spec.maxQty(), Math.max(1, steps) * spec.stepSize());
    }

    private void place(Desk desk, Account account, Side side, OrderType type, long price, long qty) {
        String id = "flow-" + ++orderNumber;
        Order.Spec spec = new Order.Spec(desk.market.symbol(), id, side, type, TimeInForce.GTC, price, qty, 0);
        try {
            Order order = venue.place(account, spec).order();
            if (order.isResting()) {
                desk.resting.add(order);
            }
        } catch (Refusal refused) {
            refusedCount++;
        }
    }

    private Account openHouse(String name) {
        Account account = venue.accounts().open(name, true);
        for (Market market : venue.markets()) {
            fund(account, market.spec().baseAsset());
            fund(account, market.spec().quoteAsset());
        }
        return account;
    }

    private static void fund(Account account, String asset) {
        if (account.balance(asset).free() == 0) {
            account.balance(asset).credit(HOUSE_FUNDS);
        }
    }
}
