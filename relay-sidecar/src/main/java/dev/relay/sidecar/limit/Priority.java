package dev.relay.sidecar.limit;

/** Who gives way first when a budget runs out. */
public enum Priority {
    /** Reading what can be read later. */
    QUERY(0.80),
    /** New orders. */
    PLACE(0.95),
    /** Ending risk: may use all there is. */
    CANCEL(1.00);

    public final double share;

    Priority(double share) {
        this.share = share;
    }
}
