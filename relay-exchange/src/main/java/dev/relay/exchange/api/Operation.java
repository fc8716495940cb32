package dev.relay.exchange.api;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Everything a client can ask, under its REST route and its WebSocket API name, with its request weight. */
public enum Operation {
    PING("GET /api/v3/ping", "ping", 1, false),
    TIME("GET /api/v3/time", "time", 1, false),
    EXCHANGE_INFO("GET /api/v3/exchangeInfo", "exchangeInfo", 20, false),
    DEPTH("GET /api/v3/depth", "depth", 5, false),
    TRADES("GET /api/v3/trades", "trades.recent", 25, false),
    BOOK_TICKER("GET /api/v3/ticker/bookTicker", "ticker.book", 2, false),
    PRICE_TICKER("GET /api/v3/ticker/price", "ticker.price", 2, false),
    PLACE("POST /api/v3/order", "order.place", 1, true),
    CANCEL("DELETE /api/v3/order", "order.cancel", 1, true),
    CANCEL_REPLACE("POST /api/v3/order/cancelReplace", "order.cancelReplace", 1, true),
    AMEND("PUT /api/v3/order/amend/keepPriority", "order.amend.keepPriority", 4, true),
    ORDER("GET /api/v3/order", "order.status", 4, true),
    OPEN_ORDERS("GET /api/v3/openOrders", "openOrders.status", 6, true),
    CANCEL_ALL("DELETE /api/v3/openOrders", "openOrders.cancelAll", 1, true),
    ALL_ORDERS("GET /api/v3/allOrders", "allOrders", 20, true),
    ACCOUNT("GET /api/v3/account", "account.status", 20, true),
    MY_TRADES("GET /api/v3/myTrades", "myTrades", 20, true),
    ORDER_COUNTS("GET /api/v3/rateLimit/order", "account.rateLimits.orders", 40, true);

    private static final Map<String, Operation> BY_ROUTE = new HashMap<>();
    private static final Map<String, Operation> BY_NAME = new HashMap<>();

    static {
        for (Operation operation : values()) {
            BY_ROUTE.put(operation.route, operation);
            BY_NAME.put(operation.name, operation);
        }
    }

    private final String route;
    private final String name;
    private final int baseWeight;
    private final boolean signed;

    Operation(String route, String name, int baseWeight, boolean signed) {
        this.route = route;
        this.name = name;
        this.baseWeight = baseWeight;
        this.signed = signed;
    }

    public static @Nullable Operation ofRoute(String method, String path) {
        return BY_ROUTE.get(method + " " + path);
    }

    public static @Nullable Operation ofName(String name) {
        return BY_NAME.get(name);
    }

    public boolean isSigned() {
        return signed;
    }

    /** Order requests cost nothing when they succeed. */
    public boolean isFreeOnSuccess() {
        return this == PLACE || this == CANCEL || this == CANCEL_REPLACE || this == CANCEL_ALL;
    }

    public boolean placesOrder() {
        return this == PLACE || this == CANCEL_REPLACE;
    }

    public int weight(Params params) {
        return switch (this) {
            case DEPTH -> depthWeight(params.numberOr("limit", 100));
            case OPEN_ORDERS -> params.has("symbol") ? baseWeight : 80;
            case MY_TRADES -> params.has("orderId") ? 5 : baseWeight;
            case BOOK_TICKER, PRICE_TICKER -> params.has("symbol") ? baseWeight : 4;
            default -> baseWeight;
        };
    }

    private static int depthWeight(long limit) {
        if (limit <= 100) {
            return 5;
        }
        if (limit <= 500) {
            return 25;
        }
        return limit <= 1000 ? 50 : 250;
    }
}
