package dev.relay.client;

/** The message was accepted and dead-lettered; an operator can look at it with {@code relay dlq}. */
public final class RelayDeadLettered extends RelayException {
    private static final long serialVersionUID = 1L;

    private final String reason;

    public RelayDeadLettered(String what, String reason) {
        super(
                "DEAD_LETTERED",
                what + " was dead-lettered: reason=" + reason
                        + ". Look at it with: relay dlq ls; put it back with: relay dlq redrive.");
        this.reason = reason;
    }

    /** A name of {@code dead_letter_reasons}. */
    public String reason() {
        return reason;
    }
}
