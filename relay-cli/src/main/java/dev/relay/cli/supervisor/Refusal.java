package dev.relay.cli.supervisor;

/** What was asked is not done; the code is one of {@code errors.json}. */
public final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String code;

    Refusal(String code, String message) {
        super(message);
        this.code = code;
    }

    String code() {
        return code;
    }
}
