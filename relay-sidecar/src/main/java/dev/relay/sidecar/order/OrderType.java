package dev.relay.sidecar.order;

/** Order types that agents may ask for. */
public enum OrderType {
    LIMIT,
    LIMIT_MAKER,
    MARKET
}
