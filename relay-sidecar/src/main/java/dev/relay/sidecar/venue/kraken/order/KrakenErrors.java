package dev.relay.sidecar.venue.kraken.order;

import dev.relay.sidecar.order.RefusalCode;
import dev.relay.sidecar.order.VenueAnswer;

/** What Kraken's error texts mean for the request that got them. Stateless. */
final class KrakenErrors {
    private KrakenErrors() {}

    static boolean isLimit(String error) {
        return error.contains("Rate limit exceeded")
                || error.contains("Temporary lockout")
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
        if (isUnknownOutcome(error)) {
            return new VenueAnswer.InDoubt(error);
        }
        return isLimit(error)
                ? new VenueAnswer.Refused(RefusalCode.RATE_LIMITED.name(), error)
                : new VenueAnswer.Refused(error, error);
    }
}
