package dev.relay.client;

/** Thrown by a handler that will never take this message: it is dead-lettered at once, without retries. */
public final class RefuseMessage extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public RefuseMessage(String why) {
        super(why);
    }
}
