package dev.relay.daemon.transport;

import dev.relay.daemon.config.DaemonConfig;
import dev.relay.daemon.config.OwnUser;
import dev.relay.daemon.config.StartRefusedException;
import dev.relay.daemon.routing.Bus;
import dev.relay.daemon.session.CloseReason;
import dev.relay.daemon.store.CoreQueue;
import dev.relay.protocol.Clock;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Frames;
import dev.relay.protocol.Limits;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultSelectStrategyFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SelectStrategyFactory;
import io.netty.channel.ServerChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bus socket: owns the core thread, the listening socket and the set of connections. A peer's user id is checked before anything is read from it. At most
 * {@code max_connections}, and never as many as there are file descriptors; one more is told OVERLOADED and closed. Started and stopped by the thread that owns the daemon; everything between is the core thread's.
 */
public final class BusServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BusServer.class);
    private static final int BACKLOG = 1_024;
    private static final int MAX_READ_BYTES = 256 << 10;

    private final DaemonConfig config;
    private final Sockets sockets;
    private final SocketClaim claim;
    private final MultiThreadIoEventLoopGroup group;
    private final CoreLoop core;
    private final TransportCounts counts = new TransportCounts();
    private final Set<BusConnection> connections = Collections.newSetFromMap(new IdentityHashMap<>());
    private final WaitingRoom waiting = new WaitingRoom(Limits.MAX_UNAUTHENTICATED);
    private final int ownUid = OwnUser.uid();
    private final int maxConnections;
    private long lastId;
    private final List<Channel> listening = new ArrayList<>();

    private BusServer(DaemonConfig config, Clock clock, Sockets sockets, Consumer<Throwable> onEscape) {
        this.config = config;
        this.sockets = sockets;
        this.maxConnections = FileLimit.within(config.flow().maxConnections());
        this.claim = SocketClaim.take(config.socket(), config.security().socketGroup());
        this.group = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("core"), sockets.ioHandler(waiting(config, clock)));
        this.core = new CoreLoop(group.next(), clock, onEscape);
    }

    /** Takes the socket's path and starts the core thread; nobody can connect before {@link #listen}. {@code onEscape} gets what the core threw. */
    public static BusServer create(DaemonConfig config, Clock clock, Consumer<Throwable> onEscape) {
        return create(config, clock, onEscape, Sockets.best());
    }

    static BusServer create(DaemonConfig config, Clock clock, Consumer<Throwable> onEscape, Sockets sockets) {
        return new BusServer(config, clock, sockets, onEscape);
    }

    /** Posts to the core thread. */
    public CoreQueue core() {
        return core;
    }

    /** Whether the path that agents connect to still leads here. Any thread. */
    public boolean isReachable() {
        return claim.isThere();
    }

    public TransportCounts counts() {
        return counts;
    }

    private static SelectStrategyFactory waiting(DaemonConfig config, Clock clock) {
        int spinUs = config.loop().spinUs();
        return spinUs == 0
                ? DefaultSelectStrategyFactory.INSTANCE
                : () -> new SpinThenWait(clock, TimeUnit.MICROSECONDS.toNanos(spinUs));
    }

    /** Serves: everything is recovered before this is called. */
    public void listen(Bus bus) {
        if (config.loop().coreCpu() >= 0) {
            CoreAffinity.tie(group.next(), config.loop().coreCpu());
        }
        core.serve(bus);
        ChannelFuture bound = bootstrap(sockets.serverChannel(), this::acceptLocal)
                .bind(sockets.address(claim.staging()))
                .awaitUninterruptibly();
        listening.add(bound.channel());
        publish(bound.cause());
        if (config.security().tcpPort() > 0) {
            listenTcp(config.security().tcpPort());
        }
    }

    private void listenTcp(int port) {
        ChannelFuture bound = bootstrap(sockets.tcpServerChannel(), channel -> accept(channel, Peer.UNKNOWN))
                .childOption(ChannelOption.TCP_NODELAY, true)
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .awaitUninterruptibly();
        listening.add(bound.channel());
        if (!bound.isSuccess()) {
            throw new StartRefusedException(
                    "tcp_port=" + port + ": cannot listen on loopback: " + bound.cause() + "; choose another port",
                    bound.cause());
        }
    }

    private interface Acceptor {
        void accept(Channel channel) throws IOException;
    }

    private ServerBootstrap bootstrap(Class<? extends ServerChannel> kind, Acceptor acceptor) {
        return new ServerBootstrap()
                .group(group)
                .channel(kind)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .childOption(
                        ChannelOption.RECVBUF_ALLOCATOR, new AdaptiveRecvByteBufAllocator(512, 8 << 10, MAX_READ_BYTES))
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) throws IOException {
                        acceptor.accept(channel);
                    }
                });
    }

    private void publish(@Nullable Throwable failure) {
        try {
            if (failure != null) {
                throw new IOException(failure);
            }
            claim.publish();
        } catch (IOException e) {
            throw new StartRefusedException("socket " + config.socket() + ": cannot listen: " + e, e);
        }
    }

    /** The kernel says who it is before anything is read (I46). */
    private void acceptLocal(Channel channel) throws IOException {
        Peer peer = sockets.peer(channel);
        if (peer.uid() != ownUid && !config.security().allowedUids().contains(peer.uid())) {
            counts.unauthorized();
            LOG.warn("peer_refused uid={} pid={}", peer.uid(), peer.pid());
            turnAway(channel, ErrorCode.UNAUTHORIZED, "user id " + peer.uid() + " may not connect to this daemon");
        } else {
            accept(channel, peer);
        }
    }

    private void accept(Channel channel, Peer peer) {
        if (connections.size() >= maxConnections) {
            counts.turnedAway();
            turnAway(channel, ErrorCode.OVERLOADED, "max_connections=" + maxConnections);
        } else {
            channel.pipeline().addLast(new BusConnection(this, core, channel, peer, ++lastId));
        }
    }

    private static void turnAway(Channel channel, ErrorCode code, String why) {
        byte[] body = error(code, why);
        int length = Frames.PREFIX_BYTES + body.length;
        ByteBuf out = channel.alloc().directBuffer(length);
        FrameWriter.control(out.internalNioBuffer(0, length).order(ByteOrder.LITTLE_ENDIAN), FrameType.ERROR, body);
        out.writerIndex(length);
        channel.config().setAutoRead(false);
        channel.eventLoop().execute(() -> channel.writeAndFlush(out).addListener(ChannelFutureListener.CLOSE));
    }

    static byte[] error(ErrorCode code, String why) {
        return FrameWriter.controlBody(Map.of(
                "code", code.name(), "number", code.number(), "message", why + ". " + code.action(), "fatal", true));
    }

    /** Core thread: the connection said HELLO and was taken. */
    void greeted(BusConnection connection) {
        waiting.leave(connection);
    }

    /** Core thread: the connection is there. */
    void opened(BusConnection connection) {
        BusConnection leaves = waiting.enter(connection);
        if (leaves != null) {
            counts.evicted();
            leaves.evict();
        }
        connections.add(connection);
        counts.opened(connections.size());
    }

    /** Core thread: the connection ended. */
    void closed(BusConnection connection, CloseReason reason) {
        connections.remove(connection);
        waiting.leave(connection);
        counts.closed(reason, connections.size());
    }

    long outputBytes() {
        return config.flow().outputBytes();
    }

    private void stopAccepting() {
        for (Channel channel : listening) {
            channel.close().awaitUninterruptibly();
        }
    }

    /** Nothing more is read, run or sent; the process is about to stop. Core thread. */
    public void halt() {
        core.halt();
    }

    /** Takes no more connections, says GOODBYE and waits until everything accepted is stored. False when that takes longer. */
    public boolean drain(long timeoutMs) {
        stopAccepting();
        if (core.isStopped()) {
            return false;
        }
        try {
            return core.drain()
                    .completeOnTimeout(false, timeoutMs, TimeUnit.MILLISECONDS)
                    .join();
        } finally {
            LOG.info("bus_drained connections={}", counts.open());
        }
    }

    /** Flushes and closes every connection, ends the core thread, removes the socket. */
    @Override
    public void close() {
        stopAccepting();
        core.post(() -> List.copyOf(connections).forEach(c -> c.close(CloseReason.SHUTDOWN)));
        group.shutdownGracefully(50, 1_000, TimeUnit.MILLISECONDS).awaitUninterruptibly();
        claim.close();
    }
}
