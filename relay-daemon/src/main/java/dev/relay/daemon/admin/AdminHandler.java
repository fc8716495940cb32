package dev.relay.daemon.admin;

import dev.relay.daemon.admin.AdminPages.Page;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One request, one answer, then the connection closes. Admin thread. */
final class AdminHandler extends SimpleChannelInboundHandler<HttpObject> {
    private static final Logger LOG = LoggerFactory.getLogger(AdminHandler.class);

    private final AdminPages pages;
    private final RequestGuard guard;
    private boolean isAnswered;

    AdminHandler(AdminPages pages, RequestGuard guard) {
        this.pages = pages;
        this.guard = guard;
    }

    /** Bodies, and what is pipelined behind the first request, are passed over. */
    @Override
    protected void channelRead0(ChannelHandlerContext ctx, HttpObject read) {
        if (isAnswered || !(read instanceof HttpRequest request)) {
            return;
        }
        isAnswered = true;
        CompletableFuture<Page> unused =
                answer(request).whenComplete((page, failure) -> write(ctx, failure == null ? page : failed(failure)));
    }

    private CompletableFuture<Page> answer(HttpRequest request) {
        Page refusal = guard.refusal(request);
        if (refusal != null) {
            return CompletableFuture.completedFuture(refusal);
        }
        QueryStringDecoder target = new QueryStringDecoder(request.uri());
        return request.method().equals(HttpMethod.POST)
                ? pages.post(target.path(), target.parameters())
                : pages.get(target.path(), target.parameters(), guard.isOperator(request));
    }

    private static Page failed(Throwable failure) {
        LOG.error("admin_request_failed", failure);
        return Page.text(500, "failed: " + failure.getClass().getSimpleName());
    }

    private static void write(ChannelHandlerContext ctx, Page page) {
        ByteBuf body = Unpooled.copiedBuffer(page.body(), StandardCharsets.UTF_8);
        FullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(page.status()), body);
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, page.contentType())
                .set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes())
                .set(HttpHeaderNames.CONNECTION, "close")
                .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .set("X-Content-Type-Options", "nosniff")
                .set("Cross-Origin-Resource-Policy", "same-origin")
                .set("Content-Security-Policy", "default-src 'none'");
        ChannelFuture unused = ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }

    /** A broken or silent peer of the admin port: its connection ends. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.debug("admin_connection_failed error={}", cause.toString());
        ChannelFuture unused = ctx.close();
    }
}
