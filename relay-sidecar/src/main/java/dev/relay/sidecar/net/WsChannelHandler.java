package dev.relay.sidecar.net;

import dev.relay.sidecar.net.CloseReason.Kind;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.CodecException;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler.ClientHandshakeStateEvent;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.timeout.IdleStateEvent;

/** Last handler of the pipeline: turns frames and channel events into {@link WsListener} calls. Event loop only. */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write or close shows as channelInactive
final class WsChannelHandler extends SimpleChannelInboundHandler<WebSocketFrame> {
    private final WsClient client;

    WsChannelHandler(WsClient client) {
        this.client = client;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, WebSocketFrame frame) {
        if (frame instanceof TextWebSocketFrame text) {
            client.listener().onText(text.content());
        } else if (frame instanceof CloseWebSocketFrame close) {
            int code = Math.max(0, close.statusCode());
            String text = close.reasonText() == null ? "" : close.reasonText();
            ctx.writeAndFlush(close.retainedDuplicate());
            finish(ctx, new CloseReason(Kind.PEER_CLOSED, code, text));
        } else if (frame instanceof BinaryWebSocketFrame && client.acceptsBinary()) {
            client.listener().onText(frame.content());
        } else if (frame instanceof BinaryWebSocketFrame) {
            ctx.writeAndFlush(new CloseWebSocketFrame(WebSocketCloseStatus.INVALID_MESSAGE_TYPE));
            finish(ctx, new CloseReason(Kind.PROTOCOL_ERROR, 0, "binary message"));
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ClientHandshakeStateEvent.HANDSHAKE_COMPLETE) {
            client.opened();
        } else if (event == ClientHandshakeStateEvent.HANDSHAKE_TIMEOUT) {
            finish(ctx, new CloseReason(Kind.HANDSHAKE_FAILED, 0, "no answer to the upgrade"));
        } else if (event instanceof IdleStateEvent) {
            finish(ctx, new CloseReason(Kind.SILENT, 0, "no frame within the read timeout"));
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        client.end(new CloseReason(client.isCloseAsked() ? Kind.LOCAL : Kind.CONNECTION_LOST, 0, ""));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        boolean isViolation = client.isOpen()
                && cause instanceof CodecException
                && !(cause instanceof PrematureChannelClosureException);
        if (isViolation) {
            ctx.writeAndFlush(new CloseWebSocketFrame(statusOf(cause)));
        }
        Kind kind = !client.isOpen() ? Kind.HANDSHAKE_FAILED : isViolation ? Kind.PROTOCOL_ERROR : Kind.CONNECTION_LOST;
        finish(ctx, new CloseReason(kind, 0, cause.toString()));
    }

    /** What the peer is told about its mistake. */
    private static WebSocketCloseStatus statusOf(Throwable cause) {
        if (cause instanceof CorruptedWebSocketFrameException corrupted) {
            return corrupted.closeStatus();
        }
        return cause instanceof TooLongFrameException
                ? WebSocketCloseStatus.MESSAGE_TOO_BIG
                : WebSocketCloseStatus.PROTOCOL_ERROR;
    }

    private void finish(ChannelHandlerContext ctx, CloseReason reason) {
        client.end(reason);
        ctx.close();
    }
}
