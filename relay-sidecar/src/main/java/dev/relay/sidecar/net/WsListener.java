package dev.relay.sidecar.net;

import io.netty.buffer.ByteBuf;

/** What a {@link WsClient} reports, always on its event loop. {@link #onClosed} is called exactly once and last. */
public interface WsListener {
    /** The upgrade is done; the client may send. */
    void onOpen(WsClient client);

    /** One complete text message. The buffer is valid during the call only; retain it to keep it. */
    void onText(ByteBuf text);

    void onClosed(CloseReason reason);
}
