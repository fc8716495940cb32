package dev.relay.daemon.admin;

import dev.relay.daemon.access.Access;
import dev.relay.daemon.config.StartRefusedException;
import dev.relay.daemon.transport.TransportCounts;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * HTTP on loopback for people and monitors, on its own thread "admin". Bounded: {@value #MAX_CONNECTIONS} connections (one more closes the
 * oldest), 8 KiB of headers, no bodies, 5 s for a request and its answer, event streams excepted ({@link EventStreams}). What changes the
 * daemon needs the admin token, see {@link RequestGuard}.
 */
public final class AdminServer implements AutoCloseable {
    private static final int MAX_CONNECTIONS = 64;
    private static final int MAX_LINE_BYTES = 4 << 10;
    private static final int MAX_HEADER_BYTES = 8 << 10;
    private static final int REQUEST_SECONDS = 5;

    private final MultiThreadIoEventLoopGroup group =
            new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("admin", true), NioIoHandler.newFactory());
    private final AdminPages pages;
    private final RequestGuard guard;
    private final EventStreams streams;
    private final Channel listening;
    /** In the order in which they came. */
    private final Set<Channel> open = new LinkedHashSet<>();

    /** Listens on 127.0.0.1; port 0 picks one. */
    public AdminServer(
            int port, CoreView core, TransportCounts transport, Meters meters, Access access, Readiness readiness) {
        this(port, core, transport, meters, access, readiness, ConsoleContext.none());
    }

    /** The same with what the console shows of this daemon's configuration and its sidecar. */
    public AdminServer(
            int port,
            CoreView core,
            TransportCounts transport,
            Meters meters,
            Access access,
            Readiness readiness,
            ConsoleContext context) {
        meters.bind(core, transport);
        this.pages = new AdminPages(core, meters, readiness, context);
        this.streams = new EventStreams(core, readiness);
        this.guard = new RequestGuard(access);
        ChannelFuture bound = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        accept(channel);
                    }
                })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .awaitUninterruptibly();
        listening = bound.channel();
        if (!bound.isSuccess()) {
            Future<?> unused = group.shutdownGracefully(0, 0, TimeUnit.SECONDS);
            throw new StartRefusedException(
                    "admin_port=" + port + ": cannot listen on loopback: " + bound.cause()
                            + "; choose another port, or 0 to have one picked",
                    bound.cause());
        }
    }

    /** The port that was picked. */
    public int port() {
        return ((InetSocketAddress) listening.localAddress()).getPort();
    }

    /** Admin thread. The oldest makes room for a newcomer, so that slow requests shut out nobody; none lives longer than {@value #REQUEST_SECONDS} s. */
    private void accept(Channel channel) {
        if (open.size() >= MAX_CONNECTIONS) {
            cutOff(open.iterator().next());
        }
        open.add(channel);
        Future<?> deadline = channel.eventLoop().schedule(() -> cutOff(channel), REQUEST_SECONDS, TimeUnit.SECONDS);
        channel.closeFuture().addListener(closed -> {
            open.remove(channel);
            deadline.cancel(false);
        });
        channel.pipeline()
                .addLast(new HttpServerCodec(MAX_LINE_BYTES, MAX_HEADER_BYTES, MAX_LINE_BYTES))
                .addLast(new AdminHandler(pages, guard, streams, () -> deadline.cancel(false)));
    }

    private static void cutOff(Channel channel) {
        ChannelFuture unused = channel.close();
    }

    @Override
    public void close() {
        group.shutdownGracefully(50, 1_000, TimeUnit.MILLISECONDS).awaitUninterruptibly();
    }
}
