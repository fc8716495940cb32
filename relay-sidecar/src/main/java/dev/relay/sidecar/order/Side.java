package dev.relay.sidecar.order;

/** The side of an order or fill. */
public enum Side {
    BUY,
    SELL
}
