package dev.relay.exchange.alpaca;

import java.io.Serial;

/** A refusal in Alpaca's words: an HTTP status, and a number that begins with it. Has no stack trace; it is an answer. */
final class AlpacaError extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final int status;
    private final int code;

    private AlpacaError(int status, int code, String message) {
        super(message, null, false, false);
        this.status = status;
        this.code = code;
    }

    static AlpacaError notFound(String what) {
        return new AlpacaError(404, 40410000, what + " not found");
    }

    static AlpacaError invalid(String why) {
        return new AlpacaError(422, 42210000, why);
    }

    static AlpacaError forbidden(String why) {
        return new AlpacaError(403, 40310000, why);
    }

    static AlpacaError unauthorized() {
        return new AlpacaError(401, 40110000, "request is not authorized");
    }

    static AlpacaError tooMany() {
        return new AlpacaError(429, 42910000, "rate limit exceeded");
    }

    static AlpacaError failed(int status) {
        return new AlpacaError(status, 50010000, "internal server error occurred");
    }

    int status() {
        return status;
    }

    int code() {
        return code;
    }

    String text() {
        return String.valueOf(getMessage());
    }
}
