package dev.relay.exchange.api;

import dev.relay.exchange.market.ErrorCode;
import dev.relay.exchange.market.Refusal;

/** What can happen to one request about orders. */
public enum OrderFault {
    /** Done, and never answered. */
    NO_ANSWER(true),
    /** Neither done nor answered. */
    LOST(false),
    /** Done, and answered with -1007. */
    TIMEOUT(true),
    /** Not done, and answered with -1007. */
    TIMEOUT_UNDONE(false),
    /** Done, and answered with 503. */
    SERVER_ERROR(true),
    /** Not done, and answered with 503. */
    SERVER_ERROR_UNDONE(false),
    /** Refused for its timestamp; not done. */
    BAD_TIMESTAMP(false),
    /** Answered as the order was when it was accepted: NEW, nothing executed. */
    STALE_ANSWER(true),
    /** The order trades whole just before it is cancelled or amended. */
    FILLED_FIRST(true),
    /** Half of the order trades just before it is cancelled or amended. */
    PARTLY_FILLED_FIRST(true),
    /** A query is told that there is no such order. */
    NOT_FOUND(false);

    private final boolean isDone;

    OrderFault(boolean isDone) {
        this.isDone = isDone;
    }

    boolean isDone() {
        return isDone;
    }

    /** The answer is not the true one. */
    boolean hasOutcome() {
        return this == NO_ANSWER || this == TIMEOUT || this == SERVER_ERROR;
    }

    /** What the sender is told instead of the truth. */
    RuntimeException outcome() {
        return switch (this) {
            case NO_ANSWER, LOST -> new NoAnswer();
            case TIMEOUT, TIMEOUT_UNDONE ->
                new Refusal(
                        ErrorCode.TIMEOUT,
                        "Timeout waiting for response from backend server. Send status unknown; execution status unknown.");
            case SERVER_ERROR, SERVER_ERROR_UNDONE ->
                new Refusal(
                        ErrorCode.SERVER_ERROR,
                        "Service Unavailable: unknown error, please check your request or try" + " again later.");
            case BAD_TIMESTAMP ->
                new Refusal(ErrorCode.INVALID_TIMESTAMP, "Timestamp for this request is outside of the recvWindow.");
            case NOT_FOUND -> new Refusal(ErrorCode.NO_SUCH_ORDER, "Order does not exist.");
            case STALE_ANSWER, FILLED_FIRST, PARTLY_FILLED_FIRST ->
                throw new IllegalStateException("not an answer: " + this);
        };
    }
}
