package dev.relay.exchange.market;

/** Wall-clock time of the venue, so that tests can own it. */
@FunctionalInterface
public interface ExchangeClock {
    long nowMs();
}
