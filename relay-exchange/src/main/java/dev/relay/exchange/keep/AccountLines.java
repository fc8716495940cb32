package dev.relay.exchange.keep;

import dev.relay.exchange.account.Account;
import dev.relay.exchange.account.Balance;
import dev.relay.exchange.account.Fill;
import dev.relay.exchange.engine.Order;
import dev.relay.exchange.engine.OrderStatus;
import dev.relay.exchange.engine.OrderType;
import dev.relay.exchange.engine.Scaled;
import dev.relay.exchange.engine.Side;
import dev.relay.exchange.engine.TimeInForce;
import dev.relay.exchange.market.Market;
import dev.relay.exchange.market.Venue;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The lines of the file, fields parted by tabs: O order, F fill, B balance, X execution id. The last line of an order and of a balance counts; a line that a
 * death has cut is no line. One thread, one use.
 */
final class AccountLines {
    private static final String TAB = "\t";

    private final Venue venue;
    private final Map<String, Order> orders = new LinkedHashMap<>();

    AccountLines(Venue venue) {
        this.venue = venue;
    }

    static String order(Account account, Order order, long executionId) {
        Order.Spec spec = order.spec();
        return line(
                "O",
                account.name(),
                executionId,
                order.id(),
                spec.symbol(),
                spec.clientOrderId(),
                spec.side(),
                spec.type(),
                spec.timeInForce(),
                spec.price(),
                spec.qty(),
                spec.quoteQty(),
                order.createdAtMs(),
                order.updatedAtMs(),
                order.status(),
                order.executedQty(),
                order.executedQuote());
    }

    static String fill(Account account, Fill fill) {
        return line(
                "F",
                account.name(),
                fill.symbol(),
                fill.tradeId(),
                fill.orderId(),
                fill.clientOrderId(),
                fill.side(),
                fill.price(),
                fill.qty(),
                fill.quote(),
                fill.commission(),
                fill.commissionAsset(),
                fill.timeMs(),
                fill.maker());
    }

    static String balance(Account account, String asset, Balance balance) {
        return line("B", account.name(), asset, balance.free(), balance.locked());
    }

    static String executions(long id) {
        return line("X", id);
    }

    private static String line(Object... fields) {
        StringBuilder line = new StringBuilder(160);
        for (Object field : fields) {
            line.append(line.isEmpty() ? "" : TAB).append(field);
        }
        return line.append('\n').toString();
    }

    /** Into the venue: balances first as they stood, then fills, then orders, which may trade with each other at once. */
    void read(String text) {
        int from = 0;
        for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
            take(text.substring(from, end).split(TAB, -1));
            from = end + 1;
        }
        freeWhatNothingLocks();
        orders.forEach((key, order) -> restore(order));
    }

    private void restore(Order order) {
        Account account = account(order.owner());
        if (account != null) {
            venue.restore(account, order);
        }
    }

    private void take(String[] f) {
        switch (f[0]) {
            case "O" -> takeOrder(f);
            case "F" -> takeFill(f);
            case "B" -> takeBalance(f);
            case "X" -> venue.resumeAfterExecution(Long.parseLong(f[1]));
            default -> throw new IllegalStateException("unknown line in the accounts' file: " + f[0]);
        }
    }

    private void takeOrder(String[] f) {
        venue.resumeAfterExecution(Long.parseLong(f[2]));
        Order.Spec spec = new Order.Spec(
                f[4],
                f[5],
                Side.valueOf(f[6]),
                OrderType.valueOf(f[7]),
                TimeInForce.valueOf(f[8]),
                Long.parseLong(f[9]),
                Long.parseLong(f[10]),
                Long.parseLong(f[11]));
        orders.put(
                f[4] + TAB + f[3],
                Order.restored(
                        Long.parseLong(f[3]),
                        f[1],
                        spec,
                        Long.parseLong(f[12]),
                        Long.parseLong(f[13]),
                        status(spec, OrderStatus.valueOf(f[14])),
                        Long.parseLong(f[15]),
                        Long.parseLong(f[16])));
    }

    /** An order that was not made to rest, and died with the exchange in the middle of trading, has expired. */
    private static OrderStatus status(Order.Spec spec, OrderStatus kept) {
        boolean mayRest = spec.type() != OrderType.MARKET && spec.timeInForce() == TimeInForce.GTC;
        return kept.isOpen() && !mayRest ? OrderStatus.EXPIRED : kept;
    }

    private void takeFill(String[] f) {
        Account account = account(f[1]);
        if (account == null) {
            return;
        }
        venue.restore(
                account,
                new Fill(
                        f[2],
                        Long.parseLong(f[3]),
                        Long.parseLong(f[4]),
                        f[5],
                        Side.valueOf(f[6]),
                        Long.parseLong(f[7]),
                        Long.parseLong(f[8]),
                        Long.parseLong(f[9]),
                        Long.parseLong(f[10]),
                        f[11],
                        Long.parseLong(f[12]),
                        Boolean.parseBoolean(f[13])));
    }

    private void takeBalance(String[] f) {
        Account account = account(f[1]);
        if (account != null) {
            account.balance(f[2]).set(Long.parseLong(f[3]), Long.parseLong(f[4]));
        }
    }

    /** Null for an account that is no longer configured: what it had is forgotten. */
    private @Nullable Account account(String name) {
        return venue.accounts().all().stream()
                .filter(account -> account.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    /** What an order had locked that has expired with the exchange is free again. */
    private void freeWhatNothingLocks() {
        Map<String, Long> needed = new HashMap<>();
        for (Order order : orders.values()) {
            if (order.status().isOpen()) {
                Market market = venue.market(order.symbol());
                boolean isBuy = order.side() == Side.BUY;
                String asset =
                        isBuy ? market.spec().quoteAsset() : market.spec().baseAsset();
                long amount = isBuy ? Scaled.multiply(order.price(), order.leavesQty()) : order.leavesQty();
                needed.merge(order.owner() + TAB + asset, amount, Math::addExact);
            }
        }
        for (Account account : venue.accounts().all()) {
            account.balances()
                    .forEach((asset, balance) ->
                            balance.unlock(balance.locked() - needed.getOrDefault(account.name() + TAB + asset, 0L)));
        }
    }
}
