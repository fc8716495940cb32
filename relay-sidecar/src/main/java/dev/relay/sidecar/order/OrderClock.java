package dev.relay.sidecar.order;

/** Time for order code: monotonic for limits, wall for records. Both in milliseconds. */
public interface OrderClock {
    long monotonicMs();

    long wallMs();

    /** This machine's clocks. */
    static OrderClock system() {
        return new OrderClock() {
            @Override
            public long monotonicMs() {
                return System.nanoTime() / 1_000_000;
            }

            @Override
            public long wallMs() {
                return System.currentTimeMillis();
            }
        };
    }
}
