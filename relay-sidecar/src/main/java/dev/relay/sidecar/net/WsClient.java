package dev.relay.sidecar.net;

import dev.relay.sidecar.net.CloseReason.Kind;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.ssl.SslContextBuilder;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket connection to one URI; it never reconnects by itself (see {@link Backoff}).
 *
 * <p>Callbacks run on the given event loop; {@link #send} and {@link #close} may be called from any thread. Pings are
 * answered with their payload. Names are resolved off the loop, so a dead resolver never stops another connection of it.
 * Bounded: message size, silence, and bytes waiting to be written ({@link #send} then refuses).
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write or close shows as the end of the connection
public final class WsClient {
    private static final int HANDSHAKE_MAX_BYTES = 65_536;
    private static final ExecutorService RESOLVER = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "sidecar-resolver");
        thread.setDaemon(true);
        return thread;
    });

    private final EventLoop loop;
    private final URI uri;
    private final WsConfig config;
    private final WsListener listener;
    private volatile @Nullable Channel channel;
    private volatile boolean isOpen;
    private volatile boolean closeAsked;
    private volatile long lastReadAtMs = System.nanoTime() / 1_000_000;
    private boolean ended;

    private WsClient(EventLoop loop, URI uri, WsConfig config, WsListener listener) {
        this.loop = loop;
        this.uri = uri;
        this.config = config;
        this.listener = listener;
    }

    /** Starts connecting and returns at once; the outcome arrives as onOpen or onClosed. */
    public static WsClient connect(EventLoop loop, URI uri, WsConfig config, WsListener listener) {
        WsClient client = new WsClient(loop, uri, config, listener);
        CompletableFuture.supplyAsync(client::resolve, RESOLVER)
                .whenCompleteAsync((address, error) -> client.onResolved(address, error), loop);
        return client;
    }

    /** Writes one text message. False: not open, or too many bytes are waiting; nothing was written then. */
    public boolean send(String text) {
        return write(text) != null;
    }

    /** As {@link #send}; the future ends when the bytes are handed to the kernel. Null: refused, nothing is written. */
    public @Nullable ChannelFuture write(String text) {
        Channel current = channel;
        if (current == null || !isOpen || !current.isWritable()) {
            return null;
        }
        return current.writeAndFlush(new TextWebSocketFrame(text));
    }

    public boolean isOpen() {
        return isOpen;
    }

    /** The peer's address as text, for logs. */
    public URI uri() {
        return uri;
    }

    /** Ends the connection; onClosed(LOCAL) follows unless it had ended already. */
    public void close() {
        closeAsked = true;
        loop.execute(this::closeOnLoop);
    }

    private void closeOnLoop() {
        Channel current = channel;
        if (current == null || !current.isActive()) {
            return; // still connecting: onConnected looks at closeAsked
        }
        if (isOpen) {
            current.writeAndFlush(new CloseWebSocketFrame(1000, ""));
        }
        current.close();
    }

    private InetSocketAddress resolve() {
        int port = uri.getPort() > 0 ? uri.getPort() : isTls() ? 443 : 80;
        return new InetSocketAddress(uri.getHost(), port);
    }

    private boolean isTls() {
        return "wss".equalsIgnoreCase(uri.getScheme());
    }

    private void onResolved(@Nullable InetSocketAddress address, @Nullable Throwable error) {
        if (address == null || address.isUnresolved()) {
            end(new CloseReason(Kind.CONNECT_FAILED, 0, "host not resolved, host=" + uri.getHost() + cause(error)));
            return;
        }
        if (closeAsked) {
            end(new CloseReason(Kind.LOCAL, 0, ""));
            return;
        }
        ChannelFuture connecting = new Bootstrap()
                .group(loop)
                .channel(EventLoops.clientChannel(loop))
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, config.connectTimeoutMs())
                .option(
                        ChannelOption.WRITE_BUFFER_WATER_MARK,
                        new WriteBufferWaterMark(config.maxOutboundBytes() / 2, config.maxOutboundBytes()))
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel ch) throws SSLException {
                        assemble(ch);
                    }
                })
                .connect(address);
        channel = connecting.channel();
        connecting.addListener(done -> onConnected(done.isSuccess(), done.cause()));
    }

    private void onConnected(boolean success, @Nullable Throwable error) {
        if (!success) {
            end(new CloseReason(Kind.CONNECT_FAILED, 0, "uri=" + uri + cause(error)));
        } else if (closeAsked) {
            closeOnLoop();
        }
    }

    private void assemble(Channel ch) throws SSLException {
        if (isTls()) {
            int port = uri.getPort() > 0 ? uri.getPort() : 443;
            ch.pipeline().addLast(SslContextBuilder.forClient().build().newHandler(ch.alloc(), uri.getHost(), port));
        }
        WebSocketClientProtocolConfig protocol = WebSocketClientProtocolConfig.newBuilder()
                .webSocketUri(uri)
                .maxFramePayloadLength(config.maxFrameBytes())
                .handshakeTimeoutMillis(config.connectTimeoutMs())
                .handleCloseFrames(false)
                .build();
        ch.pipeline()
                .addLast(new HttpClientCodec())
                .addLast(new HttpObjectAggregator(HANDSHAKE_MAX_BYTES))
                .addLast(new LivenessHandler(this, config.pingAfterMs(), config.readTimeoutMs()))
                .addLast(new WebSocketClientProtocolHandler(protocol))
                .addLast(new WebSocketFrameAggregator(config.maxFrameBytes()))
                .addLast(new WsChannelHandler(this));
    }

    /** Monotonic milliseconds ({@link System#nanoTime} / 10^6) of the last bytes read, pongs included. Any thread. */
    public long lastReadAtMs() {
        return lastReadAtMs;
    }

    void noteRead() {
        lastReadAtMs = System.nanoTime() / 1_000_000;
    }

    void opened() {
        isOpen = true;
        listener.onOpen(this);
    }

    WsListener listener() {
        return listener;
    }

    boolean isCloseAsked() {
        return closeAsked;
    }

    /** Reports the end once; later reasons are consequences of the first. Called on the loop. */
    void end(CloseReason reason) {
        if (ended) {
            return;
        }
        ended = true;
        isOpen = false;
        listener.onClosed(reason);
    }

    private static String cause(@Nullable Throwable error) {
        return error == null ? "" : ", cause=" + error;
    }
}
