package dev.relay.cli.mcp;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A socket for {@link McpEndpoint}. Bounded: {@value #MAX_CONNECTIONS} connections (one more is closed at once), one request each, 8 KiB of
 * headers, {@value #MAX_BODY_BYTES} bytes of body, {@value #REQUEST_SECONDS} s until the request is there; {@value #WORKERS} tools at work,
 * as many wait, one more is 503. Thread "mcp-http" reads and writes, "mcp-tool" threads run tools, which may wait a minute.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what fails shows as the end of its connection
public final class McpHttpServer implements AutoCloseable {
    static final int MAX_BODY_BYTES = 1 << 20;
    private static final int MAX_CONNECTIONS = 64;
    private static final int MAX_LINE_BYTES = 4 << 10;
    private static final int MAX_HEADER_BYTES = 8 << 10;
    private static final int REQUEST_SECONDS = 10;
    private static final int WORKERS = 16;

    private final MultiThreadIoEventLoopGroup group =
            new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("mcp-http", true), NioIoHandler.newFactory());
    private final ThreadPoolExecutor workers = new ThreadPoolExecutor(
            WORKERS,
            WORKERS,
            30,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WORKERS),
            new DefaultThreadFactory("mcp-tool", true));
    private final AtomicInteger open = new AtomicInteger();
    private final McpEndpoint endpoint;
    private final Channel listening;

    /** Listens; port 0 picks one. */
    public McpHttpServer(InetSocketAddress address, McpEndpoint endpoint) throws IOException {
        this.endpoint = endpoint;
        ChannelFuture bound = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        accept(channel);
                    }
                })
                .bind(address)
                .awaitUninterruptibly();
        listening = bound.channel();
        if (!bound.isSuccess()) {
            close();
            throw new IOException("cannot listen on " + address + ": " + bound.cause(), bound.cause());
        }
    }

    public int port() {
        return ((InetSocketAddress) listening.localAddress()).getPort();
    }

    private void accept(Channel channel) {
        channel.closeFuture().addListener(closed -> open.decrementAndGet());
        if (open.incrementAndGet() > MAX_CONNECTIONS) {
            cutOff(channel);
            return;
        }
        Future<?> deadline = channel.eventLoop().schedule(() -> cutOff(channel), REQUEST_SECONDS, TimeUnit.SECONDS);
        channel.pipeline()
                .addLast(new HttpServerCodec(MAX_LINE_BYTES, MAX_HEADER_BYTES, MAX_LINE_BYTES))
                .addLast(new HttpObjectAggregator(MAX_BODY_BYTES))
                .addLast(new McpHttpHandler(endpoint, workers, () -> deadline.cancel(false)));
    }

    private static void cutOff(Channel channel) {
        ChannelFuture unused = channel.close();
    }

    @Override
    public void close() {
        workers.shutdownNow();
        group.shutdownGracefully(50, 1_000, TimeUnit.MILLISECONDS).awaitUninterruptibly();
    }
}
