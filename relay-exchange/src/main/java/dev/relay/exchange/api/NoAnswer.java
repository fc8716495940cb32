package dev.relay.exchange.api;

/** Fault: the sender of this request hears nothing. Has no stack trace; it is an outcome, not a failure. */
public final class NoAnswer extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NoAnswer() {
        super("no answer", null, false, false);
    }
}
