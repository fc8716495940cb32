package dev.relay.client;

/** The client is closed; nothing can be sent and what is unresolved stays unknown. Connect anew. */
public final class RelayClosed extends RelayException {
    private static final long serialVersionUID = 1L;

    public RelayClosed(String why) {
        super("CLOSED", why + ". Make a new connection with Relay.connect.");
    }
}
