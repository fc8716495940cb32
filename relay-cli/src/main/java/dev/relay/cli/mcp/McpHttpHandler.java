package dev.relay.cli.mcp;

import dev.relay.cli.mcp.McpEndpoint.Answer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One connection: one request, run by a worker, one answer, then it closes. A client that goes cancels what it asked for. Thread "mcp-http". */
final class McpHttpHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Logger LOG = LoggerFactory.getLogger(McpHttpHandler.class);

    private final McpEndpoint endpoint;
    private final ExecutorService workers;
    private final Runnable onRequest;
    private @Nullable Future<?> running;

    McpHttpHandler(McpEndpoint endpoint, ExecutorService workers, Runnable onRequest) {
        this.endpoint = endpoint;
        this.workers = workers;
        this.onRequest = onRequest;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
        if (running != null) {
            return; // pipelined behind the one request; the connection closes with its answer
        }
        onRequest.run();
        if (!request.decoderResult().isSuccess()) {
            write(ctx, Answer.refused(400, "not a request that can be read"));
            return;
        }
        String method = request.method().name();
        String path = new QueryStringDecoder(request.uri()).path();
        HttpHeaders headers = request.headers();
        byte[] body = ByteBufUtil.getBytes(request.content());
        try {
            running = workers.submit(() -> write(ctx, answer(method, path, headers, body)));
        } catch (RejectedExecutionException e) {
            write(ctx, Answer.refused(503, "too many tools are at work").with("Retry-After", "1"));
        }
    }

    private Answer answer(String method, String path, HttpHeaders headers, byte[] body) {
        try {
            return endpoint.handle(method, path, headers::getAll, body);
        } catch (RuntimeException e) {
            LOG.error("mcp_request_failed", e);
            return Answer.refused(500, "failed: " + e.getClass().getSimpleName());
        }
    }

    private static void write(ChannelHandlerContext ctx, Answer answer) {
        ByteBuf body = Unpooled.copiedBuffer(answer.body(), StandardCharsets.UTF_8);
        FullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(answer.status()), body);
        answer.headers().forEach(response.headers()::set);
        response.headers()
                .set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes())
                .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .set("X-Content-Type-Options", "nosniff")
                .set(HttpHeaderNames.CONNECTION, "close");
        if (!answer.body().isEmpty()) {
            response.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/json");
        }
        ChannelFuture unused = ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (running != null) {
            running.cancel(true);
        }
    }

    /** A broken or silent client: its connection ends. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.debug("mcp_connection_failed error={}", cause.toString());
        ChannelFuture unused = ctx.close();
    }
}
