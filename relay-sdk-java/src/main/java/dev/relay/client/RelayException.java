package dev.relay.client;

/** Root of everything that the client throws. The code is stable, the message says what failed and what to do. */
public class RelayException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String code;

    public RelayException(String code, String message) {
        super(message);
        this.code = code;
    }

    /** A name of {@code errors.json}: one of {@code codes} or {@code client_codes}. */
    public String code() {
        return code;
    }
}
