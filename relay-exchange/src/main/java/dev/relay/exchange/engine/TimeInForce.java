package dev.relay.exchange.engine;

/** How long the unmatched part of a LIMIT order lives: rests, expires at once, or all-or-nothing at once. */
public enum TimeInForce {
    GTC,
    IOC,
    FOK
}
