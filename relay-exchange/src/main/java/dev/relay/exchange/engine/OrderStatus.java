package dev.relay.exchange.engine;

/** State of an order. Only NEW and PARTIALLY_FILLED are open. */
public enum OrderStatus {
    NEW,
    PARTIALLY_FILLED,
    FILLED,
    CANCELED,
    EXPIRED;

    public boolean isOpen() {
        return this == NEW || this == PARTIALLY_FILLED;
    }
}
