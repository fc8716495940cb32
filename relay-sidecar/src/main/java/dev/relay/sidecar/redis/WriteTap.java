package dev.relay.sidecar.redis;

/** Told of every book write that Redis has confirmed. Redis thread; must not block. */
@FunctionalInterface
public interface WriteTap {
    WriteTap NONE = (symbol, image) -> {};

    /** @param image number of the newest image of the book that readers can see now */
    void onWritten(String symbol, long image);
}
