package dev.relay.sidecar.redis;

/** Told of every book write that Redis has confirmed. Redis thread; must not block. */
@FunctionalInterface
public interface WriteTap {
    WriteTap NONE = (symbol, image) -> {};

    /** Readers can now see the book's newest image, which has the number {@code image}. */
    void onWritten(String symbol, long image);
}
