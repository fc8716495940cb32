package dev.relay.exchange.http;

import dev.relay.exchange.api.Json;
import dev.relay.exchange.api.RateLimits;
import dev.relay.exchange.market.Refusal;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakerFactory;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One HTTP connection: answers REST requests, or becomes a WebSocket connection. Runs on the exchange loop. */
// A write or close that fails closes the channel: the futures say nothing more.
@SuppressWarnings("FutureReturnValueIgnored")
final class GatewayHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Logger LOG = LoggerFactory.getLogger(GatewayHandler.class);
    private static final int CONNECT_WEIGHT = 2;
    private static final int NO_CONTENT = 204;

    private final ExchangeServer server;

    GatewayHandler(ExchangeServer server) {
        this.server = server;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest http) {
        InetSocketAddress peer = (InetSocketAddress) ctx.channel().remoteAddress();
        if (server.isDown() && !http.uri().startsWith("/relay/")) {
            ctx.close();
            return;
        }
        if (http.decoderResult().isFailure()) {
            respond(ctx, http, badRequest());
            return;
        }
        RestRequest request = toRequest(http, peer);
        if ("websocket".equalsIgnoreCase(http.headers().get(HttpHeaderNames.UPGRADE))) {
            upgrade(ctx, http, request);
        } else {
            respond(ctx, http, answer(request, peer));
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.debug("http connection failed peer={}", ctx.channel().remoteAddress(), cause);
        ctx.close();
    }

    private RestAnswer answer(RestRequest request, InetSocketAddress peer) {
        if (!request.path().startsWith("/relay/")) {
            return server.rest().apply(request);
        }
        RestAnswer local =
                peer.getAddress().isLoopbackAddress() ? server.local().answer(request) : null;
        return local == null ? notFound(request) : local;
    }

    private void upgrade(ChannelHandlerContext ctx, FullHttpRequest http, RestRequest request) {
        RateLimits limits = server.limits();
        if (!limits.admitConnect(request.ip()) || server.isFull()) {
            respond(
                    ctx,
                    http,
                    new RestAnswer(
                            429, Map.of(), Json.object().put("code", -1003).put("msg", "Too many connections.")));
            return;
        }
        try {
            if (request.path().startsWith("/ws-api/")) {
                limits.charge(request.ip(), CONNECT_WEIGHT);
            }
            switchProtocol(ctx, http, request);
        } catch (Refusal refused) {
            respond(
                    ctx,
                    http,
                    new RestAnswer(
                            refused.code().httpStatus(),
                            Map.of(),
                            Json.object().put("code", refused.code().code()).put("msg", refused.text())));
        }
    }

    private void switchProtocol(ChannelHandlerContext ctx, FullHttpRequest http, RestRequest request) {
        WebSocketHandler sockets = new WebSocketHandler(server, ctx.channel());
        if (!sockets.open(request)) {
            respond(ctx, http, notFound(request));
            return;
        }
        WebSocketServerHandshaker handshaker = new WebSocketServerHandshakerFactory(
                        "", null, false, ExchangeServer.MAX_MESSAGE_BYTES)
                .newHandshaker(http);
        if (handshaker == null) {
            sockets.abandon();
            WebSocketServerHandshakerFactory.sendUnsupportedVersionResponse(ctx.channel());
            return;
        }
        ctx.pipeline().addLast(new WebSocketFrameAggregator(ExchangeServer.MAX_MESSAGE_BYTES), sockets);
        handshaker.handshake(ctx.channel(), http).addListener(done -> {
            if (done.isSuccess()) {
                sockets.started();
            } else {
                ctx.close();
            }
        });
        ctx.pipeline().remove(this);
    }

    private static RestRequest toRequest(FullHttpRequest http, InetSocketAddress peer) {
        String uri = http.uri();
        int question = uri.indexOf('?');
        return new RestRequest(
                http.method().name(),
                question < 0 ? uri : uri.substring(0, question),
                question < 0 ? "" : uri.substring(question + 1),
                http.content().toString(StandardCharsets.UTF_8),
                key(http),
                first(http, "APCA-API-SECRET-KEY", "API-Sign"),
                peer.getAddress().getHostAddress());
    }

    private static @Nullable String key(FullHttpRequest http) {
        return first(http, "X-MBX-APIKEY", "APCA-API-KEY-ID", "API-Key");
    }

    /** Each venue's clients have a name of their own for it. */
    private static @Nullable String first(FullHttpRequest http, String... names) {
        for (String name : names) {
            String value = http.headers().get(name);
            if (value != null) {
                return value;
            }
        }
        return null;
    }

    private static RestAnswer notFound(RestRequest request) {
        return new RestAnswer(
                404, Map.of(), Json.object().put("code", -1000).put("msg", "No such endpoint: " + request.path()));
    }

    private static RestAnswer badRequest() {
        return new RestAnswer(400, Map.of(), Json.object().put("code", -1000).put("msg", "Malformed HTTP request."));
    }

    private static void respond(ChannelHandlerContext ctx, FullHttpRequest http, RestAnswer answer) {
        if (answer.isNone()) {
            ctx.close();
            return;
        }
        DefaultFullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1,
                HttpResponseStatus.valueOf(answer.status()),
                answer.status() == NO_CONTENT
                        ? Unpooled.EMPTY_BUFFER
                        : Unpooled.wrappedBuffer(Json.write(answer.body())));
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/json;charset=UTF-8");
        answer.headers().forEach(response.headers()::set);
        HttpUtil.setContentLength(response, response.content().readableBytes());
        if (HttpUtil.isKeepAlive(http)) {
            response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
            ctx.writeAndFlush(response);
        } else {
            response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
            ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
        }
    }
}
