package dev.relay.sidecar.order;

import java.util.List;

/** Why an order request was refused. The names are the codes on the bus. */
public enum RefusalCode {
    /** The request's form is wrong; the reason names the field. */
    BAD_REQUEST(false),
    /** The symbol is not configured. */
    UNKNOWN_SYMBOL(false),
    /** No order with this client id. */
    UNKNOWN_ORDER(false),
    /** The client id belongs to another agent's order or to other terms. */
    DUPLICATE_CLIENT_ID(false),
    /** 200 places are waiting; slow down. */
    QUEUE_FULL(true),
    /** Too many orders are open, or too many requests wait for one order. */
    TOO_MANY_ORDERS(true),
    /** The kill switch is on. */
    KILLED(false),
    /** The order's time to live ended before it was written. */
    TTL_EXPIRED(false),
    /** The venue's account state is not known yet. */
    VENUE_NOT_LIVE(true),
    /** No connection took the request; nothing was written. */
    VENUE_UNAVAILABLE(true),
    /** The venue's limit or ban is in force; nothing was written or it was refused for that. */
    RATE_LIMITED(true),
    /** The venue refused; the reason has its code and words. */
    VENUE_REJECTED(false),
    /** A limit of the account would be passed: order, position, exposure or number of positions. */
    RISK_LIMIT(false),
    /** The price crosses the mark by more than the collar. */
    PRICE_COLLAR(false),
    /** No believable book to value the order or the account; wait for the feed. */
    STALE_MARK(true),
    /** The agent's last order had the same terms a moment ago. */
    DUPLICATE_ORDER(false),
    /** The account cannot pay for it. */
    INSUFFICIENT_FUNDS(false),
    /** Another amend of this order is under way. */
    ORDER_BUSY(true),
    /** The venue cannot do this. */
    UNSUPPORTED(false),
    /** The order has ended; it cannot be cancelled. */
    ORDER_ENDED(false),
    /** Redis cannot show the state; cancels still work. */
    STATE_UNAVAILABLE(true),
    /** The journal cannot commit; cancels still work. */
    JOURNAL_UNAVAILABLE(true),
    /** The sidecar is closing. */
    SHUTTING_DOWN(true);

    private final boolean isRetryable;

    RefusalCode(boolean isRetryable) {
        this.isRetryable = isRetryable;
    }

    public boolean isRetryable() {
        return isRetryable;
    }

    static RefusalCode of(VenueAnswer.NotSent notSent) {
        return ownCode(notSent.code(), VENUE_UNAVAILABLE);
    }

    static RefusalCode of(VenueAnswer.Refused refused) {
        return ownCode(refused.code(), VENUE_REJECTED);
    }

    /** A gateway may say a refusal in our own words; everything else is the venue's. */
    private static RefusalCode ownCode(String code, RefusalCode otherwise) {
        for (RefusalCode own : List.of(RATE_LIMITED, ORDER_ENDED, UNSUPPORTED)) {
            if (own.name().equals(code)) {
                return own;
            }
        }
        return otherwise;
    }
}
