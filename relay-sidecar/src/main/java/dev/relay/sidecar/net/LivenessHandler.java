package dev.relay.sidecar.net;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import java.util.concurrent.TimeUnit;

/**
 * Notes when anything was last read, pings a peer that is silent, and reports it as idle when even the pong stays away.
 * Event loop only.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed ping shows as silence
final class LivenessHandler extends IdleStateHandler {
    private final WsClient client;
    private final int readTimeoutMs;

    LivenessHandler(WsClient client, int pingAfterMs, int readTimeoutMs) {
        super(pingAfterMs, 0, 0, TimeUnit.MILLISECONDS);
        this.client = client;
        this.readTimeoutMs = readTimeoutMs;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
        client.noteRead();
        super.channelRead(ctx, message);
    }

    @Override
    protected void channelIdle(ChannelHandlerContext ctx, IdleStateEvent event) {
        if (System.nanoTime() / 1_000_000 - client.lastReadAtMs() >= readTimeoutMs) {
            ctx.fireUserEventTriggered(event);
        } else if (client.isOpen()) {
            ctx.writeAndFlush(new PingWebSocketFrame());
        }
    }
}
