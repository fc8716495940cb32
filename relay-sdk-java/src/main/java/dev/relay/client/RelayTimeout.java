package dev.relay.client;

/** The caller stopped waiting: the outcome is unknown and still being resolved. Ask again, or look at the handle. */
public final class RelayTimeout extends RelayException {
    private static final long serialVersionUID = 1L;

    public RelayTimeout(String what, long timeoutMs) {
        super(
                "TIMEOUT",
                what + " had no outcome in time: timeoutMs=" + timeoutMs
                        + ". It may still happen; wait longer, or make the effect repeatable.");
    }
}
