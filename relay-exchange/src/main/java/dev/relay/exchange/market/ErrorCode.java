package dev.relay.exchange.market;

/** The venue's numbers for refusals, with the HTTP status each travels under. */
public enum ErrorCode {
    UNKNOWN(-1000, 400),
    TOO_MANY_REQUESTS(-1003, 429),
    BANNED(-1003, 418),
    SERVER_ERROR(-1000, 503),
    TIMEOUT(-1007, 504),
    INVALID_MESSAGE(-1013, 400),
    TOO_MANY_ORDERS(-1015, 429),
    INVALID_TIMESTAMP(-1021, 400),
    INVALID_SIGNATURE(-1022, 400),
    ILLEGAL_CHARS(-1100, 400),
    MANDATORY_PARAM(-1102, 400),
    PARAM_NOT_REQUIRED(-1106, 400),
    BAD_PRECISION(-1111, 400),
    INVALID_TIME_IN_FORCE(-1115, 400),
    INVALID_ORDER_TYPE(-1116, 400),
    INVALID_SIDE(-1117, 400),
    BAD_SYMBOL(-1121, 400),
    INVALID_PARAM(-1130, 400),
    BAD_RECV_WINDOW(-1131, 400),
    INVALID_JSON(-1135, 400),
    NEW_ORDER_REJECTED(-2010, 400),
    CANCEL_REJECTED(-2011, 400),
    NO_SUCH_ORDER(-2013, 400),
    BAD_KEY_FORMAT(-2014, 401),
    REJECTED_KEY(-2015, 401),
    CANCEL_REPLACE_FAILED(-2022, 400),
    CANCEL_REPLACE_PARTIAL(-2021, 409),
    AMEND_REJECTED(-2038, 400),
    SUBSCRIPTION_ACTIVE(-2035, 400),
    SUBSCRIPTION_INACTIVE(-2036, 400),
    HMAC_NOT_SUPPORTED(-4056, 400),
    NO_SUCH_ROUTE(-1000, 404);

    private final int code;
    private final int httpStatus;

    ErrorCode(int code, int httpStatus) {
        this.code = code;
        this.httpStatus = httpStatus;
    }

    public int code() {
        return code;
    }

    public int httpStatus() {
        return httpStatus;
    }
}
