package dev.relay.exchange.engine;

/** Order types the engine matches. LIMIT_MAKER is refused when it would take. */
public enum OrderType {
    LIMIT,
    LIMIT_MAKER,
    MARKET
}
