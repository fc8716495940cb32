package dev.relay.exchange.engine;

/** Receives levels best first. */
@FunctionalInterface
public interface LevelConsumer {
    void accept(long price, long qty);
}
