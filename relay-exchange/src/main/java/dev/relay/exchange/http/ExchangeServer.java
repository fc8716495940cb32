package dev.relay.exchange.http;

import dev.relay.exchange.SessionConfig;
import dev.relay.exchange.api.RateLimits;
import dev.relay.exchange.market.ExchangeClock;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import java.net.InetSocketAddress;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * The listening socket and its connections, all on the one exchange loop. WebSocket connections are bounded by
 * {@link SessionConfig#maxConnections()}; beyond, an upgrade is refused with 429.
 */
public final class ExchangeServer {
    /** Largest HTTP body and WebSocket message accepted. */
    public static final int MAX_MESSAGE_BYTES = 1 << 20;

    /** Most bytes that may wait for one slow reader. */
    public static final int MAX_PENDING_BYTES = 16 << 20;

    private final Function<RestRequest, RestAnswer> rest;
    private final LocalRoutes local;
    private final SessionFactory sessions;
    private final RateLimits limits;
    private final SessionConfig sessionConfig;
    private final ExchangeClock clock;
    private final Set<WebSocketHandler> connections = new LinkedHashSet<>();
    private long downUntilMs;
    private long slowClosedCount;
    private long pongTimeoutCount;
    private long refusedMessagesCount;

    public ExchangeServer(
            Function<RestRequest, RestAnswer> rest,
            LocalRoutes local,
            SessionFactory sessions,
            RateLimits limits,
            SessionConfig sessionConfig,
            ExchangeClock clock) {
        this.rest = rest;
        this.local = local;
        this.sessions = sessions;
        this.limits = limits;
        this.sessionConfig = sessionConfig;
        this.clock = clock;
    }

    /** Binds and returns the listening channel; the caller waits and closes. */
    public Channel bind(MultiThreadIoEventLoopGroup loop, String host, int port) {
        Class<? extends ServerChannel> type =
                Epoll.isAvailable() ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
        return new ServerBootstrap()
                .group(loop)
                .channel(type)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(
                        ChannelOption.WRITE_BUFFER_WATER_MARK,
                        new WriteBufferWaterMark(MAX_PENDING_BYTES / 2, MAX_PENDING_BYTES))
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(
                                        new HttpServerCodec(),
                                        new HttpObjectAggregator(MAX_MESSAGE_BYTES),
                                        new GatewayHandler(ExchangeServer.this));
                    }
                })
                .bind(new InetSocketAddress(host, port))
                .syncUninterruptibly()
                .channel();
    }

    /** Tells every WebSocket peer that the venue stops, then closes. */
    public void shutdownConnections() {
        List.copyOf(connections).forEach(WebSocketHandler::shutdown);
    }

    /** Tells every WebSocket peer that the venue is going to stop. */
    public void announceShutdown() {
        List.copyOf(connections).forEach(WebSocketHandler::announceShutdown);
    }

    /** Fault: as if the process were gone for so long; the truth routes stay. */
    public void goDown(long ms) {
        downUntilMs = clock.nowMs() + ms;
        disconnectAll();
    }

    boolean isDown() {
        return clock.nowMs() < downUntilMs;
    }

    /** Cuts every WebSocket connection without a word. */
    public void disconnectAll() {
        List.copyOf(connections).forEach(WebSocketHandler::disconnect);
    }

    public int connectionCount() {
        return connections.size();
    }

    /** Connections closed because their peer read too slowly. */
    public long slowClosedCount() {
        return slowClosedCount;
    }

    public long pongTimeoutCount() {
        return pongTimeoutCount;
    }

    /** Connections closed because their peer sent too many messages. */
    public long refusedMessagesCount() {
        return refusedMessagesCount;
    }

    Function<RestRequest, RestAnswer> rest() {
        return rest;
    }

    LocalRoutes local() {
        return local;
    }

    SessionFactory sessions() {
        return sessions;
    }

    RateLimits limits() {
        return limits;
    }

    SessionConfig sessionConfig() {
        return sessionConfig;
    }

    ExchangeClock clock() {
        return clock;
    }

    boolean isFull() {
        return connections.size() >= sessionConfig.maxConnections();
    }

    void add(WebSocketHandler connection) {
        connections.add(connection);
    }

    void remove(WebSocketHandler connection) {
        connections.remove(connection);
    }

    void countSlowClosed() {
        slowClosedCount++;
    }

    void countPongTimeout() {
        pongTimeoutCount++;
    }

    void countRefusedMessages() {
        refusedMessagesCount++;
    }
}
