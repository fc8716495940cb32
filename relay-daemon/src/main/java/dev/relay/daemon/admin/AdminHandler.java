package dev.relay.daemon.admin;

import dev.relay.daemon.admin.AdminPages.Page;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One request, one answer, then the connection closes. Refuses what a browser on a foreign page could send: wrong Host, any Origin, anything but GET. */
final class AdminHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Logger LOG = LoggerFactory.getLogger(AdminHandler.class);
    private static final String TEXT = "text/plain; charset=utf-8";

    private final AdminPages pages;

    AdminHandler(AdminPages pages) {
        this.pages = pages;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
        CompletableFuture<Page> unused =
                answer(request).whenComplete((page, failure) -> write(ctx, failure == null ? page : failed(failure)));
    }

    private CompletableFuture<Page> answer(FullHttpRequest request) {
        if (!request.decoderResult().isSuccess()) {
            return refuse(400, "not a request that can be read");
        }
        if (!isOurHost(request.headers().get(HttpHeaderNames.HOST))) {
            return refuse(421, "Host must be localhost or a loopback address");
        }
        if (request.headers().contains(HttpHeaderNames.ORIGIN)) {
            return refuse(403, "requests from web pages are refused");
        }
        if (!request.method().equals(HttpMethod.GET)) {
            return refuse(405, "only GET");
        }
        QueryStringDecoder target = new QueryStringDecoder(request.uri());
        return pages.page(target.path(), target.parameters());
    }

    static boolean isOurHost(@Nullable String host) {
        if (host == null) {
            return false;
        }
        String name = host.toLowerCase(Locale.ROOT).replaceFirst(":[0-9]{1,5}$", "");
        return name.equals("localhost") || name.equals("127.0.0.1") || name.equals("[::1]");
    }

    private static CompletableFuture<Page> refuse(int status, String why) {
        return CompletableFuture.completedFuture(new Page(status, TEXT, why + "\n"));
    }

    private static Page failed(Throwable failure) {
        LOG.error("admin_request_failed", failure);
        return new Page(500, TEXT, "failed: " + failure.getClass().getSimpleName() + "\n");
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
                .set("X-Content-Type-Options", "nosniff");
        ChannelFuture unused = ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }

    /** A broken or silent peer of the admin port: its connection ends. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.debug("admin_connection_failed error={}", cause.toString());
        ChannelFuture unused = ctx.close();
    }
}
