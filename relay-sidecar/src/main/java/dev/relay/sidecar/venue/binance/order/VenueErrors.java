package dev.relay.sidecar.venue.binance.order;

import dev.relay.sidecar.order.RefusalCode;
import dev.relay.sidecar.order.VenueAnswer;

/** What an error answer means for the request that got it. Stateless. */
final class VenueErrors {
    static final int BAD_TIMESTAMP = -1021;
    static final int HALF_REPLACED = -2021;
    private static final int NO_SUCH_ORDER = -2013;
    private static final int NEW_ORDER_REJECTED = -2010;
    private static final int OVERLOADED = -1008;
    private static final int TOO_MANY_ORDERS = -1015;
    private static final int UNAUTHORIZED = 401;
    private static final int BAD_SIGNATURE = -1022;
    private static final int BAD_KEY_FORMAT = -2014;
    private static final int REJECTED_KEY = -2015;

    private VenueErrors() {}

    /** @param serverAtMs the venue's time at which the request was signed */
    static VenueAnswer answer(VenueCall call, int status, int code, String message, long serverAtMs) {
        String reason = code + " " + message;
        if (isLimit(status) || code == OVERLOADED || code == TOO_MANY_ORDERS) {
            return new VenueAnswer.Refused(RefusalCode.RATE_LIMITED.name(), reason);
        }
        if (isUnknownOutcome(status, code)) {
            return new VenueAnswer.InDoubt("status=" + status + " " + reason);
        }
        if (call == VenueCall.QUERY && code == NO_SUCH_ORDER) {
            return new VenueAnswer.NotFound(serverAtMs);
        }
        if (call.isOrder() && code == NEW_ORDER_REJECTED && message.contains("Duplicate")) {
            return new VenueAnswer.InDoubt("an order with this client id is open already");
        }
        return new VenueAnswer.Refused(Integer.toString(code), message);
    }

    static boolean isLimit(int status) {
        return status == 429 || status == 418;
    }

    static boolean isOfKey(int status, int code) {
        return status == UNAUTHORIZED || code == BAD_SIGNATURE || code == BAD_KEY_FORMAT || code == REJECTED_KEY;
    }

    /** -1000 unknown, -1001 disconnected, -1006 unexpected response, -1007 timeout: the order may be live. */
    static boolean isUnknownOutcome(int status, int code) {
        return status >= 500 || code == -1000 || code == -1001 || code == -1006 || code == -1007;
    }
}
