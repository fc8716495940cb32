package dev.relay.sidecar.venue.binance.order;

import dev.relay.sidecar.limit.Priority;

/** The requests in use, as the WebSocket API and REST name them. */
enum VenueCall {
    PLACE("order.place", "POST", "/api/v3/order", 1, Priority.PLACE),
    CANCEL("order.cancel", "DELETE", "/api/v3/order", 1, Priority.CANCEL),
    REDUCE("order.amend.keepPriority", "PUT", "/api/v3/order/amend/keepPriority", 4, Priority.PLACE),
    REPLACE("order.cancelReplace", "POST", "/api/v3/order/cancelReplace", 1, Priority.PLACE),
    QUERY("order.status", "GET", "/api/v3/order", 4, Priority.QUERY),
    OPEN_ORDERS("openOrders.status", "GET", "/api/v3/openOrders", 80, Priority.QUERY),
    TRADES("myTrades", "GET", "/api/v3/myTrades", 20, Priority.QUERY),
    ACCOUNT("account.status", "GET", "/api/v3/account", 20, Priority.QUERY),
    ORDER_COUNTS("account.rateLimits.orders", "GET", "/api/v3/rateLimit/order", 40, Priority.QUERY),
    TIME("time", "GET", "/api/v3/time", 1, Priority.CANCEL),
    SUBSCRIBE("userDataStream.subscribe.signature", "", "", 2, Priority.CANCEL);

    final String method;
    final String verb;
    final String path;
    /** What it costs of the address's minute, as documented. */
    final int weight;

    final Priority priority;

    VenueCall(String method, String verb, String path, int weight, Priority priority) {
        this.method = method;
        this.verb = verb;
        this.path = path;
        this.weight = weight;
        this.priority = priority;
    }

    /** A repeat could do something twice; an unanswered one is in doubt, not failed. */
    boolean isWrite() {
        return this == CANCEL || changesRisk();
    }

    /** What may not be written once the kill switch is on. */
    boolean changesRisk() {
        return this == REDUCE || isOrder();
    }

    /** Counts as a new order at the venue. */
    boolean isOrder() {
        return this == PLACE || this == REPLACE;
    }
}
