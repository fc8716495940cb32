package dev.relay.exchange.http;

import dev.relay.exchange.SessionConfig;
import dev.relay.exchange.stream.Outlet;
import dev.relay.exchange.stream.SocketSession;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One WebSocket connection: pings with a payload that must come back, the lifetime cut, the inbound message limit. Runs
 * on the exchange loop. Outgoing bytes are bounded: a peer so slow that {@link ExchangeServer#MAX_PENDING_BYTES} wait
 * for it is closed and counted.
 */
// A write or close that fails closes the channel, and channelInactive cleans up: the futures say nothing more.
@SuppressWarnings("FutureReturnValueIgnored")
final class WebSocketHandler extends SimpleChannelInboundHandler<WebSocketFrame> {
    private static final Logger LOG = LoggerFactory.getLogger(WebSocketHandler.class);

    private final ExchangeServer server;
    private final Channel channel;
    private @Nullable SocketSession session;
    private @Nullable Future<?> ping;
    private @Nullable Future<?> cut;
    private String awaitedPong = "";
    private long awaitedSinceNs;

    WebSocketHandler(ExchangeServer server, Channel channel) {
        this.server = server;
        this.channel = channel;
    }

    /** False when there is nothing at this address. */
    boolean open(RestRequest request) {
        session = server.sessions().open(request.path(), request.rawQuery(), request.ip(), outlet());
        return session != null;
    }

    /** The handshake did not happen after all. */
    void abandon() {
        if (session != null) {
            session.onClosed();
        }
    }

    void started() {
        server.add(this);
        SessionConfig config = server.sessionConfig();
        ping = channel.eventLoop()
                .scheduleAtFixedRate(
                        this::ping, config.pingIntervalMs(), config.pingIntervalMs(), TimeUnit.MILLISECONDS);
        cut = channel.eventLoop()
                .schedule(
                        () -> close(WebSocketCloseStatus.NORMAL_CLOSURE, "lifetime over"),
                        config.lifetimeMs(),
                        TimeUnit.MILLISECONDS);
        if (session != null) {
            session.onStarted();
        }
    }

    void announceShutdown() {
        if (session != null) {
            session.onShutdown();
        }
    }

    void shutdown() {
        announceShutdown();
        close(WebSocketCloseStatus.SERVICE_RESTART, "server shutdown");
    }

    /** Cuts the connection without a word. */
    void disconnect() {
        channel.close();
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, WebSocketFrame frame) {
        SocketSession open = session;
        if (open == null || frame instanceof CloseWebSocketFrame) {
            close(WebSocketCloseStatus.NORMAL_CLOSURE, "");
        } else if (!open.admitMessage()) {
            server.countRefusedMessages();
            close(WebSocketCloseStatus.POLICY_VIOLATION, "Too many requests");
        } else if (frame instanceof TextWebSocketFrame text) {
            open.onText(text.text());
        } else if (frame instanceof PingWebSocketFrame) {
            channel.writeAndFlush(new PongWebSocketFrame(frame.content().retain()));
        } else if (frame instanceof PongWebSocketFrame) {
            onPong(frame.content().toString(StandardCharsets.US_ASCII));
        } else {
            close(WebSocketCloseStatus.INVALID_MESSAGE_TYPE, "text only");
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        cancel(ping);
        cancel(cut);
        server.remove(this);
        if (session != null) {
            session.onClosed();
            session = null;
        }
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.debug("websocket failed peer={}", channel.remoteAddress(), cause);
        ctx.close();
    }

    private Outlet outlet() {
        return new Outlet() {
            @Override
            public void send(byte[] json) {
                write(new TextWebSocketFrame(Unpooled.wrappedBuffer(json)));
            }

            @Override
            public void sendBinary(byte[] json) {
                write(new BinaryWebSocketFrame(Unpooled.wrappedBuffer(json)));
            }
        };
    }

    private void write(WebSocketFrame frame) {
        if (!channel.isActive()) {
            frame.release();
            return;
        }
        if (!channel.isWritable()) {
            frame.release();
            server.countSlowClosed();
            channel.close();
            return;
        }
        channel.writeAndFlush(frame);
    }

    /** One unanswered ping is remembered; the next ones are sent all the same. */
    private void ping() {
        long now = System.nanoTime();
        boolean waiting = !awaitedPong.isEmpty();
        if (waiting
                && now - awaitedSinceNs
                        > TimeUnit.MILLISECONDS.toNanos(server.sessionConfig().pongTimeoutMs())) {
            server.countPongTimeout();
            close(WebSocketCloseStatus.POLICY_VIOLATION, "no pong");
            return;
        }
        String payload = Long.toString(server.clock().nowMs());
        if (!waiting) {
            awaitedPong = payload;
            awaitedSinceNs = now;
        }
        ByteBuf content = Unpooled.copiedBuffer(waiting ? awaitedPong : payload, StandardCharsets.US_ASCII);
        channel.writeAndFlush(new PingWebSocketFrame(content));
    }

    private void onPong(String payload) {
        if (payload.equals(awaitedPong)) {
            awaitedPong = "";
        }
    }

    private void close(WebSocketCloseStatus status, String reason) {
        channel.writeAndFlush(new CloseWebSocketFrame(status, reason)).addListener(ChannelFutureListener.CLOSE);
    }

    private static void cancel(@Nullable Future<?> timer) {
        if (timer != null) {
            timer.cancel(false);
        }
    }
}
