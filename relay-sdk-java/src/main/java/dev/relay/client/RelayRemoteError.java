package dev.relay.client;

/** The handler of a request failed and said so; its text is in the message. */
public final class RelayRemoteError extends RelayException {
    private static final long serialVersionUID = 1L;

    public RelayRemoteError(String text) {
        super("REMOTE_ERROR", "the responder failed: " + text + ". Look at its log; ask again when it is mended.");
    }
}
