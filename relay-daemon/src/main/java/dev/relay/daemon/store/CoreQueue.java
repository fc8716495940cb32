package dev.relay.daemon.store;

/**
 * How other threads hand work to the core thread. The transport implements it with its loop's task queue and calls
 * {@code Bus.endOfBatch()} after it has run what was posted. The store posts at most one completion per commit or read that the core asked for,
 * which bounds it.
 */
@FunctionalInterface
public interface CoreQueue {
    void post(Runnable task);
}
