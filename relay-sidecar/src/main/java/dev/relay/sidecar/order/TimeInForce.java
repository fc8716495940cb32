package dev.relay.sidecar.order;

/** How long a LIMIT order rests. */
public enum TimeInForce {
    GTC,
    IOC,
    FOK,
    /** Until the trading day ends; shares only. */
    DAY
}
