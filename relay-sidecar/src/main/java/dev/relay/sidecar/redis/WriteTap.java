package dev.relay.sidecar.redis;

/** Told of every book write that Redis has confirmed. Redis thread; must not block. */
@FunctionalInterface
public interface WriteTap {
    WriteTap NONE = (symbol, image) -> {};

    /** Readers can see the image of this number now, and none before it any more. */
    void onWritten(String symbol, long image);
}
