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
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One request, one answer, then the connection closes. Admin thread. */
final class AdminHandler extends SimpleChannelInboundHandler<HttpObject> {
    private static final Logger LOG = LoggerFactory.getLogger(AdminHandler.class);

    private static final String EVENTS = "/events";
    /** For data: nothing may be loaded or run. */
    private static final String NOTHING = "default-src 'none'; frame-ancestors 'none'";
    /** For the console: only files of our own, nothing inline, no form, no frame. */
    private static final String OWN_FILES =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private final AdminPages pages;
    private final RequestGuard guard;
    private final @Nullable EventStreams streams;
    private final Runnable onSlow;
    private boolean isAnswered;

    AdminHandler(AdminPages pages, RequestGuard guard) {
        this(pages, guard, null, () -> {});
    }

    /** {@code onSlow}: the answer is a stream, which ends when its reader goes, or waits for an agent, which has a bound of its own. */
    AdminHandler(AdminPages pages, RequestGuard guard, @Nullable EventStreams streams, Runnable onSlow) {
        this.pages = pages;
        this.guard = guard;
        this.streams = streams;
        this.onSlow = onSlow;
    }

    /** Bodies, and what is pipelined behind the first request, are passed over. */
    @Override
    protected void channelRead0(ChannelHandlerContext ctx, HttpObject read) {
        if (isAnswered || !(read instanceof HttpRequest request)) {
            return;
        }
        isAnswered = true;
        if (isForStream(request)) {
            onSlow.run();
            Objects.requireNonNull(streams).open(ctx.channel(), common(NOTHING));
            return;
        }
        CompletableFuture<Page> unused =
                answer(request).whenComplete((page, failure) -> write(ctx, failure == null ? page : failed(failure)));
    }

    private boolean isForStream(HttpRequest request) {
        return streams != null
                && request.method().equals(HttpMethod.GET)
                && request.uri().equals(EVENTS)
                && guard.refusal(request) == null;
    }

    private CompletableFuture<Page> answer(HttpRequest request) {
        Page refusal = guard.refusal(request);
        if (refusal != null) {
            return CompletableFuture.completedFuture(refusal);
        }
        QueryStringDecoder target = new QueryStringDecoder(request.uri());
        if (AgentPages.isSlow(target.path())) {
            onSlow.run();
        }
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
        common(page.contentType().startsWith("text/html") ? OWN_FILES : NOTHING).forEach(response.headers()::set);
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, page.contentType())
                .set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes())
                .set(HttpHeaderNames.CONNECTION, "close");
        ChannelFuture unused = ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }

    /** What every answer says to a browser. */
    private static Map<String, String> common(String policy) {
        return Map.of(
                "Cache-Control", "no-store",
                "X-Content-Type-Options", "nosniff",
                "X-Frame-Options", "DENY",
                "Referrer-Policy", "no-referrer",
                "Cross-Origin-Resource-Policy", "same-origin",
                "Cross-Origin-Opener-Policy", "same-origin",
                "Content-Security-Policy", policy);
    }

    /** A broken or silent peer of the admin port: its connection ends. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.debug("admin_connection_failed error={}", cause.toString());
        ChannelFuture unused = ctx.close();
    }
}
