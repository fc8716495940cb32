package dev.relay.sidecar.replay;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler.HandshakeComplete;

/** One client of the replayed stream. Server loop only. */
final class ReplayStream extends SimpleChannelInboundHandler<TextWebSocketFrame> {
    private final ReplayServer server;

    ReplayStream(ReplayServer server) {
        this.server = server;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, TextWebSocketFrame frame) {
        server.onRequest(ctx.channel(), frame.text());
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof HandshakeComplete) {
            server.onConnected(ctx.channel());
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable()) {
            server.pump();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        server.onDisconnected(ctx.channel());
    }
}
