package dev.relay.exchange.kraken;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.exchange.account.Account;
import dev.relay.exchange.api.FaultedCalls;
import dev.relay.exchange.api.Operation;
import dev.relay.exchange.engine.Order;
import dev.relay.exchange.engine.OrderType;
import dev.relay.exchange.engine.Scaled;
import dev.relay.exchange.engine.Side;
import dev.relay.exchange.engine.TimeInForce;
import dev.relay.exchange.market.ErrorCode;
import dev.relay.exchange.market.Market;
import dev.relay.exchange.market.Refusal;
import dev.relay.exchange.market.Venue;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Orders in Kraken's terms, and each account's dead man's switch. Exchange loop only. */
final class KrakenTrading {
    private final Venue venue;
    private final KrakenCounters counters;
    private final FaultedCalls faultedCalls;
    private final Map<Account, Long> cancelAtMs = new HashMap<>();

    KrakenTrading(Venue venue, KrakenCounters counters, FaultedCalls faultedCalls) {
        this.venue = venue;
        this.counters = counters;
        this.faultedCalls = faultedCalls;
    }

    /** A write, whichever way it came, and the fault that may strike it. */
    <T> T write(Operation operation, Account account, JsonNode params, Supplier<T> act) {
        try {
            return faultedCalls.write(operation, () -> named(account, params), act, UnaryOperator.identity());
        } catch (Refusal fault) {
            throw new KrakenError(fault.code() == ErrorCode.TIMEOUT ? "EService:Timeout" : "EService:Unavailable");
        }
    }

    Order place(Account account, JsonNode params) {
        Market market = market(params.path("symbol").asText());
        String deadline = params.path("deadline").asText("");
        if (!deadline.isEmpty() && instant(deadline) < venue.clock().nowMs()) {
            throw new KrakenError("EOrder:Deadline elapsed");
        }
        Order.Spec spec = spec(market, params);
        counters.takePlace(account, market.symbol());
        try {
            return venue.place(account, spec).order();
        } catch (Refusal refused) {
            throw KrakenError.of(refused);
        }
    }

    private Order.Spec spec(Market market, JsonNode params) {
        boolean isMarket = switch (params.path("order_type").asText()) {
            case "market" -> true;
            case "limit" -> false;
            default -> throw KrakenError.invalid("order_type");
        };
        TimeInForce tif = switch (params.path("time_in_force").asText("gtc")) {
            case "gtc" -> TimeInForce.GTC;
            case "ioc" -> TimeInForce.IOC;
            default -> throw KrakenError.invalid("time_in_force");
        };
        OrderType type = isMarket
                ? OrderType.MARKET
                : params.path("post_only").asBoolean() ? OrderType.LIMIT_MAKER : OrderType.LIMIT;
        String id = params.path("cl_ord_id").asText("");
        return new Order.Spec(
                market.symbol(),
                id.isEmpty() ? venue.generateClientId() : id,
                params.path("side").asText().equals("buy") ? Side.BUY : Side.SELL,
                type,
                isMarket ? TimeInForce.GTC : tif,
                isMarket ? 0 : amount(params, "limit_price"),
                amount(params, "order_qty"),
                0);
    }

    private static long amount(JsonNode params, String name) {
        try {
            return Scaled.of(params.path(name).decimalValue().toPlainString());
        } catch (ArithmeticException | NumberFormatException notAnAmount) {
            throw KrakenError.invalid(name);
        }
    }

    private static long instant(String text) {
        try {
            return Instant.parse(text).toEpochMilli();
        } catch (DateTimeParseException notATime) {
            throw KrakenError.invalid("deadline");
        }
    }

    /** Less quantity, the place in the queue kept; other changes are not offered here. */
    Order amend(Account account, JsonNode params) {
        Order order = need(
                account,
                params.path("order_id").asText(""),
                params.path("cl_ord_id").asText(""));
        if (params.has("limit_price") && amount(params, "limit_price") != order.price()) {
            throw new KrakenError("EOrder:Price change not supported here");
        }
        counters.takePlace(account, order.symbol());
        try {
            return venue.amend(account, order, amount(params, "order_qty")).order();
        } catch (Refusal refused) {
            throw KrakenError.of(refused);
        }
    }

    /** The orders that the request names, ended. */
    List<Order> cancel(Account account, JsonNode params) {
        List<Order> named = new ArrayList<>();
        params.path("order_id").forEach(id -> named.add(need(account, id.asText(), "")));
        params.path("cl_ord_id").forEach(id -> named.add(need(account, "", id.asText())));
        if (named.isEmpty()) {
            throw KrakenError.invalid("order_id");
        }
        named.forEach(order -> cancel(account, order));
        return named;
    }

    int cancelAll(Account account) {
        List<Order> open = account.openOrders(null);
        open.forEach(order -> cancel(account, order));
        return open.size();
    }

    private void cancel(Account account, Order order) {
        counters.takeCancel(account, order.symbol(), venue.clock().nowMs() - order.createdAtMs());
        venue.cancel(account, order, null);
    }

    /** Returns the moment at which everything is cancelled, 0 when the switch was taken away. */
    long cancelAllAfter(Account account, long seconds) {
        if (seconds <= 0) {
            cancelAtMs.remove(account);
            return 0;
        }
        long at = venue.clock().nowMs() + 1_000 * seconds;
        cancelAtMs.put(account, at);
        return at;
    }

    /** Every second. */
    void lookAtTheClock() {
        long now = venue.clock().nowMs();
        List<Account> due = new ArrayList<>();
        cancelAtMs.forEach((account, at) -> {
            if (at <= now) {
                due.add(account);
            }
        });
        due.forEach(account -> {
            cancelAtMs.remove(account);
            cancelAll(account);
        });
    }

    /** The open order that a cancel or an amend is about; null without one. */
    private @Nullable Order named(Account account, JsonNode params) {
        String id = first(params.path("order_id"));
        return id.isEmpty() ? byClientId(account, first(params.path("cl_ord_id")), true) : byId(account, id);
    }

    /** An amend names one order, a cancel a list. */
    private static String first(JsonNode ids) {
        return ids.isArray() ? ids.path(0).asText("") : ids.asText("");
    }

    private Order need(Account account, String orderId, String clientId) {
        Order order = orderId.isEmpty() ? byClientId(account, clientId, true) : byId(account, orderId);
        if (order == null || !order.status().isOpen()) {
            throw new KrakenError("EOrder:Unknown order");
        }
        return order;
    }

    @Nullable
    Order byId(Account account, String orderId) {
        int dash = orderId.indexOf('-');
        if (dash < 2 || !orderId.substring(dash + 1).matches("[0-9]{1,18}")) {
            return null;
        }
        return account.order(orderId.substring(1, dash), Long.parseLong(orderId.substring(dash + 1)));
    }

    @Nullable
    Order byClientId(Account account, String clientId, boolean isOpen) {
        for (Market market : venue.markets()) {
            Order order =
                    isOpen ? account.openOrder(market.symbol(), clientId) : account.order(market.symbol(), clientId);
            if (order != null) {
                return order;
            }
        }
        return null;
    }

    Market market(String symbol) {
        for (Market market : venue.markets()) {
            if (KrakenShapes.symbol(market).equals(symbol)) {
                return market;
            }
        }
        throw new KrakenError("EQuery:Unknown asset pair");
    }
}
