package dev.relay.sidecar.net;

/** The only way of the sidecar's decision code to the time; tests pass their own. */
public interface SidecarClock {
    /** Unix time, may step. */
    long wallMs();

    /** Never steps back; only differences mean something. */
    long monotonicMs();

    /** The same, finer where the clock is. */
    default long monotonicNs() {
        return monotonicMs() * 1_000_000;
    }

    static SidecarClock system() {
        return new SidecarClock() {
            @Override
            public long wallMs() {
                return System.currentTimeMillis();
            }

            @Override
            public long monotonicMs() {
                return System.nanoTime() / 1_000_000;
            }

            @Override
            public long monotonicNs() {
                return System.nanoTime();
            }
        };
    }
}
