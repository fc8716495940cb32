package dev.relay.exchange.market;

import org.jspecify.annotations.Nullable;

/** A request the venue refuses: carries the code its sender is told. Has no stack trace; it is an answer, not a fault. */
public final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final long retryAtMs;
    private final transient @Nullable Object data;

    public Refusal(ErrorCode code, String message) {
        this(code, message, 0);
    }

    /** {@code retryAtMs}: wall-clock time from which a retry is accepted, 0 when that does not apply. */
    public Refusal(ErrorCode code, String message, long retryAtMs) {
        this(code, message, retryAtMs, null);
    }

    /** {@code data}: what the answer carries beside code and message, as the transport writes it. */
    public Refusal(ErrorCode code, String message, Object data) {
        this(code, message, 0, data);
    }

    private Refusal(ErrorCode code, String message, long retryAtMs, @Nullable Object data) {
        super(message, null, false, false);
        this.code = code;
        this.retryAtMs = retryAtMs;
        this.data = data;
    }

    public @Nullable Object data() {
        return data;
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
