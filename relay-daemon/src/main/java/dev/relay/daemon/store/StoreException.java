package dev.relay.daemon.store;

/** The store cannot be opened. The message says what, why and what to do. */
public final class StoreException extends Exception {
    /** Who has to act. */
    public enum Cause {
        /** Another daemon holds the lock. */
        LOCKED,
        /** Written by a newer program, or not by Relay at all. */
        FOREIGN,
        /** The file is damaged. */
        CORRUPT,
        /** The disk or its permissions failed. */
        IO
    }

    private final Cause reason;

    public StoreException(Cause reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public StoreException(Cause reason, String message) {
        super(message);
        this.reason = reason;
    }

    public Cause reason() {
        return reason;
    }
}
