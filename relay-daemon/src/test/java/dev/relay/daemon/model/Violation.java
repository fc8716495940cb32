package dev.relay.daemon.model;

/** A step or an end state that breaks a promise of the bus. */
final class Violation extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Violation(String promise) {
        super(promise, null, false, false);
    }
}
