package dev.relay.sidecar.net;

/** What a {@link Link} reports, always on its loop. {@link #onClosed} is called exactly once and last. */
public interface LinkListener {
    void onOpen(Link link);

    /** One complete text message in {@code bytes[0..length)}, valid during the call only. */
    void onText(byte[] bytes, int length);

    void onClosed(CloseReason reason);
}
