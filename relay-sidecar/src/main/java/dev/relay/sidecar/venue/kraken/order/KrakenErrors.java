package dev.relay.sidecar.venue.kraken.order;

import dev.relay.sidecar.order.RefusalCode;
import dev.relay.sidecar.order.VenueAnswer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What Kraken's error texts mean for the request that got them. Stateless. */
final class KrakenErrors {
    private static final String TEMPORARY_LOCKOUT = "Temporary lockout";
    /** The venue says a few minutes, and not to try meanwhile. */
    private static final long LOCKOUT_MS = 15 * 60_000;

    private static final Pattern THROTTLED = Pattern.compile("Throttled: ?([0-9]{1,12})");

    private KrakenErrors() {}

    /** Nothing more may be asked for a while. */
    static boolean isLockout(String error) {
        return isLimit(error) && !isOfPair(error);
    }

    /** The counter of one pair's orders is full. */
    static boolean isOfPair(String error) {
        return error.startsWith("EOrder:Rate limit exceeded");
    }

    /** The venue's time before which it wants no request; 0 where it named none. */
    static long lockedUntilMs(String error, long venueMs) {
        Matcher throttled = THROTTLED.matcher(error);
        return throttled.find()
                ? 1_000 * Long.parseLong(throttled.group(1))
                : error.contains(TEMPORARY_LOCKOUT) ? venueMs + LOCKOUT_MS : 0;
    }

    private static boolean isLimit(String error) {
        return error.contains("Rate limit exceeded")
                || error.contains(TEMPORARY_LOCKOUT)
                || error.contains("Throttled")
                || error.contains("msg rate");
    }

    static boolean isOfKey(String error) {
        return error.startsWith("EAuth:")
                || error.startsWith("EAPI:Invalid key")
                || error.startsWith("EAPI:Invalid signature")
                || error.startsWith("EGeneral:Permission denied");
    }

    static boolean isNonce(String error) {
        return error.startsWith("EAPI:Invalid nonce");
    }

    static boolean isUnknownOrder(String error) {
        return error.startsWith("EOrder:Unknown order");
    }

    /** The venue failed inside; whether it did what was asked is open. */
    private static boolean isUnknownOutcome(String error) {
        return error.startsWith("EService:") || error.startsWith("EGeneral:Internal error");
    }

    static VenueAnswer answer(String error) {
        if (isLimit(error)) {
            return new VenueAnswer.Refused(RefusalCode.RATE_LIMITED.name(), error);
        }
        return isUnknownOutcome(error) ? new VenueAnswer.InDoubt(error) : new VenueAnswer.Refused(error, error);
    }
}
