package dev.relay.protocol;

/** Where plain code gets the time from; simulations pass their own. Safe for use by any thread. */
public interface Clock {
    /** Monotonic nanoseconds, meaningful as differences only; decides every timer. */
    long nanoTime();

    /** Wall-clock milliseconds since 1970, for ids and records only; never decides an order or a timer. */
    long wallMs();

    /** The machine's own clocks. */
    static Clock system() {
        return SystemClock.INSTANCE;
    }
}
