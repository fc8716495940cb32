package dev.relay.sidecar.order;

/** What is known about an order. It only moves forward; the last four are ends and are never left. */
public enum OrderState {
    /** Journaled; on its way to the venue or not yet answered. */
    PENDING_NEW(0),
    /** A place whose outcome is not known; a query by client order id decides. */
    UNKNOWN(1),
    /** Resting at the venue, nothing filled. */
    OPEN(2),
    /** Live with a fill. */
    PARTIALLY_FILLED(3),
    FILLED(4),
    CANCELLED(4),
    REJECTED(4),
    EXPIRED(4);

    private static final int TERMINAL_RANK = 4;
    private final int rank;

    OrderState(int rank) {
        this.rank = rank;
    }

    public boolean isTerminal() {
        return rank == TERMINAL_RANK;
    }

    /** The venue has said that it knows this order. */
    public boolean isAcknowledged() {
        return rank >= OPEN.rank;
    }

    /** True when {@code next} is a step forward from here. */
    public boolean precedes(OrderState next) {
        return rank < next.rank;
    }
}
