package dev.relay.client;

import dev.relay.protocol.ErrorCode;

/** The message or call was not accepted and has no effect. */
public final class RelayRefused extends RelayException {
    private static final long serialVersionUID = 1L;

    private final int retryAfterMs;
    private final boolean isRetryable;

    public RelayRefused(String code, String what, int retryAfterMs) {
        super(code, what + ": code=" + code + ". " + action(code));
        this.retryAfterMs = retryAfterMs;
        this.isRetryable = retryable(code);
    }

    /** True when the same call can succeed later. */
    public boolean isRetryable() {
        return isRetryable;
    }

    /** How long to wait before it, 0 when the daemon did not say. */
    public int retryAfterMs() {
        return retryAfterMs;
    }

    private static boolean retryable(String name) {
        for (ErrorCode code : ErrorCode.values()) {
            if (code.name().equals(name)) {
                return code.isRetryable();
            }
        }
        return name.equals("OUTBOX_FULL");
    }

    private static String action(String name) {
        for (ErrorCode code : ErrorCode.values()) {
            if (code.name().equals(name)) {
                return code.action();
            }
        }
        if (name.equals("NOT_READY")) {
            return "Mend what its log tells, then spawn it again.";
        }
        return name.equals("OUTBOX_FULL") ? "Wait for receipts, then send again." : "See the daemon's health.";
    }
}
