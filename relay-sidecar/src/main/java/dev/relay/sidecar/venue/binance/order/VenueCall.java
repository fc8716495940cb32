package dev.relay.sidecar.venue.binance.order;

/** The requests in use, as the WebSocket API and REST name them. */
enum VenueCall {
    PLACE("order.place", "POST", "/api/v3/order"),
    CANCEL("order.cancel", "DELETE", "/api/v3/order"),
    QUERY("order.status", "GET", "/api/v3/order"),
    OPEN_ORDERS("openOrders.status", "GET", "/api/v3/openOrders"),
    TRADES("myTrades", "GET", "/api/v3/myTrades"),
    ACCOUNT("account.status", "GET", "/api/v3/account"),
    TIME("time", "GET", "/api/v3/time"),
    SUBSCRIBE("userDataStream.subscribe.signature", "", "");

    final String method;
    final String verb;
    final String path;

    VenueCall(String method, String verb, String path) {
        this.method = method;
        this.verb = verb;
        this.path = path;
    }

    /** A repeat could do something twice; an unanswered one is in doubt, not failed. */
    boolean isWrite() {
        return this == PLACE || this == CANCEL;
    }
}
