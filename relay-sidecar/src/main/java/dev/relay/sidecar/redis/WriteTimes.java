package dev.relay.sidecar.redis;

/** Told how long the redis thread's writes take. Redis thread; must not block. */
public interface WriteTimes {
    WriteTimes NONE = new WriteTimes() {
        @Override
        public void flushed(long ns) {}

        @Override
        public void readable(long ms) {}
    };

    /** A group of writes, from the first byte to the last answer. */
    void flushed(long ns);

    /** A book that changed, from its receipt until readers can see it. */
    void readable(long ms);
}
