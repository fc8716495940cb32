package dev.relay.exchange.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.relay.exchange.account.Account;
import dev.relay.exchange.account.Fill;
import dev.relay.exchange.engine.Order;
import dev.relay.exchange.engine.Scaled;
import dev.relay.exchange.market.ErrorCode;
import dev.relay.exchange.market.Market;
import dev.relay.exchange.market.Refusal;
import dev.relay.exchange.market.Venue;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Answers every {@link Operation}, whichever transport it came by: counts its weight, runs it against the venue, shapes
 * the result. Called by the exchange loop only. A refused request is a thrown {@link Refusal}.
 */
public final class ExchangeApi {
    /** What the addresses begin with. */
    public static final String ROUTES = "/api/v3/";

    private static final int DEFAULT_TRADES = 500;
    private static final int MAX_TRADES = 1000;

    private final Venue venue;
    private final RateLimits limits;
    private final Faults faults;
    private final FaultedCalls faultedCalls;
    private final OrderWrites writes;

    public ExchangeApi(Venue venue, RateLimits limits, Faults faults) {
        this.venue = venue;
        this.faults = faults;
        this.limits = limits;
        this.faultedCalls = new FaultedCalls(venue, faults);
        this.writes = new OrderWrites(venue, limits, faultedCalls);
    }

    public RateLimits limits() {
        return limits;
    }

    /** {@code account} is whom the transport authenticated; null for public operations. */
    public JsonNode call(Operation operation, Params params, String ip, @Nullable Account account) {
        JsonNode result = operation.isSigned() ? signed(operation, params, signer(account)) : open(operation, params);
        if (operation.isFreeOnSuccess()) {
            limits.refund(ip, operation.weight(params));
        }
        return result;
    }

    private static Account signer(@Nullable Account account) {
        if (account == null) {
            throw new Refusal(ErrorCode.REJECTED_KEY, "Invalid API-key, IP, or permissions for action.");
        }
        return account;
    }

    private JsonNode open(Operation operation, Params params) {
        return switch (operation) {
            case PING -> Json.object();
            case TIME -> Json.object().put("serverTime", venue.clock().nowMs());
            case EXCHANGE_INFO -> exchangeInfo(params);
            case DEPTH -> depth(params);
            case TRADES -> trades(params);
            case BOOK_TICKER -> oneOrAll(params, MarketShapes::bookTicker);
            case PRICE_TICKER -> oneOrAll(params, MarketShapes::priceTicker);
            default -> throw new IllegalStateException("not public: " + operation);
        };
    }

    private JsonNode depth(Params params) {
        if (faults.takeServerError()) {
            throw new Refusal(ErrorCode.TIMEOUT, "Timeout waiting for response from backend server.");
        }
        Market market = market(params);
        int limit = params.limit(100, 5000);
        JsonNode stale = faults.takeStaleDepth(market.symbol());
        return stale != null ? stale : MarketShapes.depth(market.book(), limit);
    }

    private JsonNode signed(Operation operation, Params params, Account account) {
        return switch (operation) {
            case PLACE, CANCEL, CANCEL_REPLACE, CANCEL_ALL, AMEND -> writes.call(operation, params, account);
            case ORDER -> query(params, account);
            case OPEN_ORDERS -> openOrders(params, account);
            case ALL_ORDERS -> allOrders(params, account);
            case ACCOUNT -> account(params, account);
            case MY_TRADES -> myTrades(params, account);
            case ORDER_COUNTS -> orderCounts(account);
            default -> throw new IllegalStateException("not signed: " + operation);
        };
    }

    private JsonNode exchangeInfo(Params params) {
        ObjectNode info = Json.object()
                .put("timezone", "UTC")
                .put("serverTime", venue.clock().nowMs());
        info.set("rateLimits", MarketShapes.rateLimits(limits.config()));
        info.putArray("exchangeFilters");
        ArrayNode symbols = info.putArray("symbols");
        for (Market market : select(params)) {
            symbols.add(MarketShapes.symbol(market.spec()));
        }
        return info;
    }

    /** {@code symbol=A}, or {@code symbols=["A","B"]}, or everything. */
    private List<Market> select(Params params) {
        if (params.has("symbol")) {
            return List.of(market(params));
        }
        if (!params.has("symbols")) {
            return new ArrayList<>(venue.markets());
        }
        List<Market> selected = new ArrayList<>();
        for (String name :
                params.text("symbols").replaceAll("[\\[\\]\"\\s]", "").split(",", -1)) {
            selected.add(venue.market(name));
        }
        return selected;
    }

    private JsonNode trades(Params params) {
        ArrayNode array = Json.array();
        market(params)
                .lastTrades(params.limit(DEFAULT_TRADES, MAX_TRADES))
                .forEach(t -> array.add(MarketShapes.trade(t)));
        return array;
    }

    private JsonNode oneOrAll(Params params, Function<Market, ObjectNode> shape) {
        if (params.has("symbol")) {
            return shape.apply(market(params));
        }
        ArrayNode array = Json.array();
        select(params).forEach(market -> array.add(shape.apply(market)));
        return array;
    }

    private JsonNode query(Params params, Account account) {
        return faultedCalls.question(() -> OrderShapes.order(order(params, account)), OrderShapes::asAccepted);
    }

    private JsonNode openOrders(Params params, Account account) {
        JsonNode old = faults.takeOldOpenOrders(ROUTES);
        return old != null ? old : orders(account.openOrders(symbolOrAll(params)));
    }

    private static Refusal noSuchOrder() {
        return new Refusal(ErrorCode.NO_SUCH_ORDER, "Order does not exist.");
    }

    private Order order(Params params, Account account) {
        String symbol = market(params).symbol();
        Order found = params.has("orderId")
                ? account.order(symbol, params.number("orderId"))
                : account.order(symbol, origClientOrderId(params));
        if (found == null) {
            throw noSuchOrder();
        }
        return found;
    }

    static String origClientOrderId(Params params) {
        if (!params.has("origClientOrderId")) {
            throw new Refusal(
                    ErrorCode.MANDATORY_PARAM,
                    "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!");
        }
        return params.text("origClientOrderId");
    }

    static ArrayNode orders(List<Order> orders) {
        ArrayNode array = Json.array();
        orders.forEach(order -> array.add(OrderShapes.order(order)));
        return array;
    }

    private JsonNode allOrders(Params params, Account account) {
        String symbol = market(params).symbol();
        List<Order> all = account.closedOrders(symbol);
        all.addAll(account.openOrders(symbol));
        long from = params.numberOr("orderId", 0);
        all.removeIf(order -> order.id() < from
                || order.createdAtMs() < params.numberOr("startTime", 0)
                || order.createdAtMs() > params.numberOr("endTime", Long.MAX_VALUE));
        all.sort((a, b) -> Long.compare(a.id(), b.id()));
        return orders(page(all, params.limit(DEFAULT_TRADES, MAX_TRADES), params.has("orderId")));
    }

    private JsonNode myTrades(Params params, Account account) {
        String symbol = market(params).symbol();
        List<Fill> mine = account.fills();
        mine.removeIf(fill -> !fill.symbol().equals(symbol)
                || fill.tradeId() < params.numberOr("fromId", 0)
                || (params.has("orderId") && fill.orderId() != params.number("orderId"))
                || fill.timeMs() < params.numberOr("startTime", 0)
                || fill.timeMs() > params.numberOr("endTime", Long.MAX_VALUE));
        ArrayNode array = Json.array();
        boolean fromStart = params.has("fromId") || params.has("startTime");
        page(mine, params.limit(DEFAULT_TRADES, MAX_TRADES), fromStart)
                .forEach(fill -> array.add(OrderShapes.myTrade(fill)));
        return array;
    }

    /** The first entries when paging forward, else the newest. */
    private static <T> List<T> page(List<T> all, int limit, boolean fromStart) {
        int size = Math.min(limit, all.size());
        return fromStart ? all.subList(0, size) : all.subList(all.size() - size, all.size());
    }

    private JsonNode account(Params params, Account account) {
        String maker = Scaled.format(venue.commission().rate(true));
        String taker = Scaled.format(venue.commission().rate(false));
        ObjectNode node = Json.object()
                .put("makerCommission", venue.commission().makerBps())
                .put("takerCommission", venue.commission().takerBps())
                .put("buyerCommission", 0)
                .put("sellerCommission", 0);
        node.putObject("commissionRates")
                .put("maker", maker)
                .put("taker", taker)
                .put("buyer", Scaled.format(0))
                .put("seller", Scaled.format(0));
        node.put("canTrade", true)
                .put("canWithdraw", false)
                .put("canDeposit", false)
                .put("brokered", false)
                .put("requireSelfTradePrevention", false)
                .put("preventSor", false)
                .put("updateTime", account.updatedAtMs())
                .put("accountType", "SPOT");
        boolean omitZero = Boolean.parseBoolean(params.textOr("omitZeroBalances", "false"));
        node.set("balances", balances(account, omitZero));
        node.putArray("permissions").add("SPOT");
        return node.put("uid", account.uid());
    }

    private static ArrayNode balances(Account account, boolean omitZero) {
        ArrayNode array = Json.array();
        account.balances().forEach((asset, balance) -> {
            if (!omitZero || balance.free() + balance.locked() > 0) {
                array.addObject()
                        .put("asset", asset)
                        .put("free", Scaled.format(balance.free()))
                        .put("locked", Scaled.format(balance.locked()));
            }
        });
        return array;
    }

    private JsonNode orderCounts(Account account) {
        LimitsConfig config = limits.config();
        ArrayNode array = Json.array();
        array.add(MarketShapes.rateLimit("ORDERS", "SECOND", 10, config.ordersPer10s())
                .put("count", limits.ordersIn10s(account)));
        array.add(MarketShapes.rateLimit("ORDERS", "DAY", 1, config.ordersPerDay())
                .put("count", limits.ordersInDay(account)));
        return array;
    }

    private Market market(Params params) {
        return venue.market(params.text("symbol"));
    }

    private @Nullable String symbolOrAll(Params params) {
        return params.has("symbol") ? market(params).symbol() : null;
    }
}
