package dev.relay.exchange.kraken;

import dev.relay.exchange.market.ErrorCode;
import dev.relay.exchange.market.Refusal;

/** A refusal in Kraken's words, {@code EOrder:Insufficient funds} for example. Has no stack trace; it is an answer. */
final class KrakenError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    KrakenError(String words) {
        super(words, null, false, false);
    }

    String words() {
        return String.valueOf(getMessage());
    }

    static KrakenError invalid(String what) {
        return new KrakenError("EGeneral:Invalid arguments:" + what);
    }

    static KrakenError of(Refusal refused) {
        if (refused.code() == ErrorCode.CANCEL_REJECTED || refused.code() == ErrorCode.NO_SUCH_ORDER) {
            return new KrakenError("EOrder:Unknown order");
        }
        boolean isFunds =
                refused.code() == ErrorCode.NEW_ORDER_REJECTED && refused.text().contains("insufficient");
        return new KrakenError(isFunds ? "EOrder:Insufficient funds" : "EOrder:" + refused.text());
    }
}
