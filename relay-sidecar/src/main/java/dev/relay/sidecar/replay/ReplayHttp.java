package dev.relay.sidecar.replay;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Plain HTTP requests of the replay server; upgrades pass through to the WebSocket handler. */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write closes the connection
final class ReplayHttp extends SimpleChannelInboundHandler<FullHttpRequest> {
    private final ReplayServer server;

    ReplayHttp(ReplayServer server) {
        super(false);
        this.server = server;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
        QueryStringDecoder uri = new QueryStringDecoder(request.uri());
        if (request.headers().contains(HttpHeaderNames.UPGRADE)) {
            ctx.fireChannelRead(request);
            return;
        }
        boolean keepAlive = HttpUtil.isKeepAlive(request);
        String body = request.content().toString(StandardCharsets.UTF_8);
        request.release();
        respond(ctx, keepAlive, server.answer(uri.path(), uri.parameters(), body));
    }

    private static void respond(ChannelHandlerContext ctx, boolean keepAlive, @Nullable String body) {
        byte[] bytes =
                (body == null ? "{\"code\":-1121,\"msg\":\"Invalid symbol.\"}" : body).getBytes(StandardCharsets.UTF_8);
        DefaultFullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1,
                body == null ? HttpResponseStatus.BAD_REQUEST : HttpResponseStatus.OK,
                Unpooled.wrappedBuffer(bytes));
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/json");
        HttpUtil.setContentLength(response, bytes.length);
        HttpUtil.setKeepAlive(response, keepAlive);
        var written = ctx.writeAndFlush(response);
        if (!keepAlive) {
            written.addListener(ChannelFutureListener.CLOSE);
        }
    }
}
