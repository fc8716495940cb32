package dev.relay.exchange.alpaca;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.relay.exchange.account.Account;
import dev.relay.exchange.alpaca.AlpacaUpdates.Expected;
import dev.relay.exchange.api.Json;
import dev.relay.exchange.engine.Order;
import dev.relay.exchange.engine.OrderType;
import dev.relay.exchange.engine.Scaled;
import dev.relay.exchange.engine.Side;
import dev.relay.exchange.engine.TimeInForce;
import dev.relay.exchange.market.ErrorCode;
import dev.relay.exchange.market.Market;
import dev.relay.exchange.market.Refusal;
import dev.relay.exchange.market.Venue;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Orders in Alpaca's terms: coins good till cancelled or immediate, shares for the day as well; a replace makes a new order and ends the old one as
 * {@code replaced}. A client order id is used once in the life of an account, as far as its history reaches. Exchange loop only.
 */
final class AlpacaTrading {
    private final Venue venue;
    private final AlpacaUpdates updates;

    AlpacaTrading(Venue venue, AlpacaUpdates updates) {
        this.venue = venue;
        this.updates = updates;
    }

    ObjectNode get(Account account, String id) {
        return shape(need(account, id));
    }

    ObjectNode byClientId(Account account, String clientOrderId) {
        Order order = ofClientId(account, clientOrderId);
        if (order == null) {
            throw AlpacaError.notFound("order");
        }
        return shape(updates.entry(order));
    }

    private @Nullable Order ofClientId(Account account, String clientOrderId) {
        for (Market market : venue.markets()) {
            Order order = account.order(market.symbol(), clientOrderId);
            if (order != null) {
                return order;
            }
        }
        return null;
    }

    private AlpacaOrder need(Account account, String id) {
        AlpacaOrder entry = updates.find(account, id);
        if (entry == null) {
            throw AlpacaError.notFound("order");
        }
        return entry;
    }

    private ObjectNode shape(AlpacaOrder entry) {
        return AlpacaShapes.order(updates.market(entry.order().symbol()), entry);
    }

    ObjectNode place(Account account, JsonNode body) {
        Market market = AlpacaSymbols.market(venue, text(body, "symbol"));
        String tif = text(body, "time_in_force").toLowerCase(Locale.ROOT);
        Order.Spec spec = spec(account, market, body, tif);
        if (ofClientId(account, spec.clientOrderId()) != null) {
            throw AlpacaError.invalid("client_order_id must be unique");
        }
        return shape(submit(account, spec, new Expected(tif, null)));
    }

    private AlpacaOrder submit(Account account, Order.Spec spec, Expected expected) {
        updates.expect(expected);
        try {
            return updates.entry(venue.place(account, spec).order());
        } finally {
            updates.expect(null);
        }
    }

    private Order.Spec spec(Account account, Market market, JsonNode body, String tif) {
        OrderType type = switch (text(body, "type").toLowerCase(Locale.ROOT)) {
            case "market" -> OrderType.MARKET;
            case "limit" -> OrderType.LIMIT;
            default -> throw AlpacaError.invalid("invalid order type");
        };
        boolean byQuote = body.hasNonNull("notional");
        if (byQuote == body.hasNonNull("qty")) {
            throw AlpacaError.invalid("qty or notional is required, and not both");
        }
        if (byQuote && type != OrderType.MARKET) {
            throw AlpacaError.invalid("notional is for market orders");
        }
        if (body.hasNonNull("limit_price") == (type == OrderType.MARKET)) {
            throw AlpacaError.invalid("limit_price belongs to limit orders, and they need it");
        }
        String id = body.path("client_order_id").asText("");
        return new Order.Spec(
                market.symbol(),
                id.isEmpty() ? UUID.randomUUID().toString() : id,
                side(text(body, "side")),
                type,
                type == OrderType.MARKET ? TimeInForce.GTC : engineTif(market, tif),
                type == OrderType.MARKET ? 0 : amount(body, "limit_price"),
                byQuote ? 0 : amount(body, "qty"),
                byQuote ? amount(body, "notional") : 0);
    }

    private static TimeInForce engineTif(Market market, String tif) {
        return switch (tif) {
            case "gtc" -> TimeInForce.GTC;
            case "ioc" -> TimeInForce.IOC;
            case "day" -> equityOnly(market, TimeInForce.GTC);
            case "fok" -> equityOnly(market, TimeInForce.FOK);
            default -> throw AlpacaError.invalid("invalid time_in_force");
        };
    }

    private static TimeInForce equityOnly(Market market, TimeInForce tif) {
        if (!market.spec().isEquity()) {
            throw AlpacaError.invalid("invalid crypto time_in_force");
        }
        return tif;
    }

    private static Side side(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "buy" -> Side.BUY;
            case "sell" -> Side.SELL;
            default -> throw AlpacaError.invalid("side must be buy or sell");
        };
    }

    /** The old order ends as replaced, then the new one is placed; when that is refused nothing has happened. */
    ObjectNode replace(Account account, String id, JsonNode body) {
        AlpacaOrder old = need(account, id);
        if (!old.isOpen()) {
            throw AlpacaError.invalid("order is not open: status=" + old.status());
        }
        Order order = old.order();
        Order.Spec spec = successor(order, body);
        if (ofClientId(account, spec.clientOrderId()) != null) {
            throw AlpacaError.invalid("client_order_id must be unique");
        }
        check(account, order, spec);
        old.replacedBy(
                AlpacaOrder.idOf(spec.symbol(), venue.market(spec.symbol()).upcomingOrderId()));
        venue.cancel(account, order, null);
        return shape(submit(account, spec, new Expected(old.timeInForce(), old.id())));
    }

    private static Order.Spec successor(Order order, JsonNode body) {
        String id = body.path("client_order_id").asText("");
        return new Order.Spec(
                order.symbol(),
                id.isEmpty() ? UUID.randomUUID().toString() : id,
                order.side(),
                order.spec().type(),
                order.spec().timeInForce(),
                body.hasNonNull("limit_price") ? amount(body, "limit_price") : order.price(),
                body.hasNonNull("qty") ? amount(body, "qty") : order.leavesQty(),
                0);
    }

    /** What the new order needs must be there once the old one has given back what it holds. */
    private void check(Account account, Order old, Order.Spec spec) {
        Market market = venue.market(spec.symbol());
        boolean isBuy = spec.side() == Side.BUY;
        String asset = isBuy ? market.spec().quoteAsset() : market.spec().baseAsset();
        long back = isBuy ? Scaled.multiply(old.price(), old.leavesQty()) : old.leavesQty();
        long needed = isBuy ? Scaled.multiply(spec.price(), spec.qty()) : spec.qty();
        if (account.balance(asset).free() + back < needed) {
            throw AlpacaError.forbidden("insufficient balance for " + asset);
        }
        if (spec.price() % market.spec().tickSize() != 0
                || spec.qty() % market.spec().stepSize() != 0) {
            throw AlpacaError.invalid("price or quantity is not on the grid");
        }
    }

    void cancel(Account account, String id) {
        AlpacaOrder entry = need(account, id);
        if (!entry.isOpen()) {
            throw AlpacaError.invalid("order is already in \"" + entry.status() + "\" state");
        }
        venue.cancel(account, entry.order(), null);
    }

    ArrayNode cancelAll(Account account) {
        ArrayNode answers = Json.array();
        for (Order order : account.openOrders(null)) {
            AlpacaOrder entry = updates.entry(order);
            venue.cancel(account, order, null);
            answers.addObject().put("id", entry.id().toString()).put("status", 200);
        }
        return answers;
    }

    void expireDayOrders() {
        for (Account account : List.copyOf(venue.accounts().all())) {
            if (!account.isHouse()) {
                account.openOrders(null).stream()
                        .map(updates::entry)
                        .filter(AlpacaOrder::isDay)
                        .forEach(entry -> {
                            entry.expire();
                            venue.cancel(account, entry.order(), null);
                        });
            }
        }
    }

    /** The open order with this id; null without one. */
    @Nullable
    Order open(Account account, String id) {
        AlpacaOrder entry = updates.find(account, id);
        return entry == null || !entry.isOpen() ? null : entry.order();
    }

    static AlpacaError inWords(Refusal refused) {
        if (refused.code() == ErrorCode.NO_SUCH_ORDER) {
            return AlpacaError.notFound("order");
        }
        if (refused.code() == ErrorCode.TIMEOUT || refused.code() == ErrorCode.SERVER_ERROR) {
            return AlpacaError.failed(refused.code().httpStatus());
        }
        boolean isFunds =
                refused.code() == ErrorCode.NEW_ORDER_REJECTED && refused.text().contains("insufficient");
        return isFunds ? AlpacaError.forbidden("insufficient balance") : AlpacaError.invalid(refused.text());
    }

    private static String text(JsonNode body, String name) {
        String text = body.path(name).asText("");
        if (text.isEmpty()) {
            throw AlpacaError.invalid(name + " is required");
        }
        return text;
    }

    private static long amount(JsonNode body, String name) {
        try {
            long amount = Scaled.of(body.path(name).asText());
            if (amount > 0) {
                return amount;
            }
        } catch (ArithmeticException | NumberFormatException notAnAmount) {
            throw AlpacaError.invalid(name + " is no amount of at most 8 decimals");
        }
        throw AlpacaError.invalid(name + " must be above zero");
    }
}
