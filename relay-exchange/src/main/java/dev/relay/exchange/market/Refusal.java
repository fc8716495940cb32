package dev.relay.exchange.market;

/** A request the venue refuses: carries the code its sender is told. Has no stack trace; it is an answer, not a fault. */
public final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final long retryAtMs;

    public Refusal(ErrorCode code, String message) {
        this(code, message, 0);
    }

    /** {@code retryAtMs}: wall-clock time from which a retry is accepted, 0 when that does not apply. */
    public Refusal(ErrorCode code, String message, long retryAtMs) {
        super(message, null, false, false);
        this.code = code;
        this.retryAtMs = retryAtMs;
    }

    public ErrorCode code() {
        return code;
    }

    public String text() {
        String message = getMessage();
        return message == null ? code.name() : message;
    }

    public long retryAtMs() {
        return retryAtMs;
    }
}
