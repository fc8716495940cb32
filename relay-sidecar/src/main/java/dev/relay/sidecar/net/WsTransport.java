package dev.relay.sidecar.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.net.URI;

/** {@link Transport} over {@link WsClient} on one event loop. */
public final class WsTransport implements Transport {
    private final EventLoop loop;

    public WsTransport(EventLoop loop) {
        this.loop = loop;
    }

    @Override
    public Link open(URI uri, WsConfig config, LinkListener listener) {
        return WsClient.connect(loop, uri, config, new Frames(listener));
    }

    /** Copies each message into one array that grows to the largest and is used again. */
    private static final class Frames implements WsListener {
        private final LinkListener listener;
        private byte[] bytes = new byte[16_384];

        Frames(LinkListener listener) {
            this.listener = listener;
        }

        @Override
        public void onOpen(WsClient client) {
            listener.onOpen(client);
        }

        @Override
        public void onText(ByteBuf text) {
            int length = text.readableBytes();
            if (length > bytes.length) {
                bytes = new byte[Integer.highestOneBit(length) * 2];
            }
            text.getBytes(text.readerIndex(), bytes, 0, length);
            listener.onText(bytes, length);
        }

        @Override
        public void onClosed(CloseReason reason) {
            listener.onClosed(reason);
        }
    }
}
