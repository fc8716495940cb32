package dev.relay.protocol;

/** Text that is not the JSON that the protocol allows; the message says where and why. The receiver answers BAD_FRAME. */
public final class JsonException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public JsonException(String message) {
        super(message);
    }
}
