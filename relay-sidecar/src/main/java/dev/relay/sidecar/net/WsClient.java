package dev.relay.sidecar.net;

import dev.relay.sidecar.net.CloseReason.Kind;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.Utf8FrameValidator;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshaker13;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketFrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketVersion;
import io.netty.handler.codec.http.websocketx.extensions.compression.WebSocketClientCompressionHandler;
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
public final class WsClient implements Link {
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
    private volatile @Nullable ChannelFuture lastWrite;
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

    @Override
    public boolean send(String text) {
        return write(text) != null;
    }

    /** As {@link #send}; the future ends when the bytes are handed to the kernel. Null: refused, nothing is written. */
    public @Nullable ChannelFuture write(String text) {
        Channel current = channel;
        if (current == null || !isOpen || !current.isWritable()) {
            return null;
        }
        ChannelFuture write = current.writeAndFlush(new TextWebSocketFrame(text));
        lastWrite = write;
        return write;
    }

    @Override
    public void drain(Runnable drained) {
        ChannelFuture last = lastWrite;
        if (last == null || last.isDone()) {
            drained.run();
        } else {
            last.addListener(done -> drained.run());
        }
    }

    @Override
    public boolean isOpen() {
        return isOpen;
    }

    /** The peer's address as text, for logs. */
    public URI uri() {
        return uri;
    }

    @Override
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
                .handshakeTimeoutMillis(config.connectTimeoutMs())
                .handleCloseFrames(false)
                .sendCloseFrame(null) // what the peer is told is decided where the end is noticed
                .withUTF8Validator(false)
                .build();
        ch.pipeline()
                .addLast(new HttpClientCodec())
                .addLast(new HttpObjectAggregator(HANDSHAKE_MAX_BYTES))
                .addLast(new LivenessHandler(this, config.pingAfterMs(), config.readTimeoutMs()));
        if (config.offersCompression()) {
            ch.pipeline().addLast(new WebSocketClientCompressionHandler(config.maxFrameBytes()));
        }
        ch.pipeline()
                .addLast(new WebSocketClientProtocolHandler(new Handshaker(uri, config), protocol))
                .addLast(new Utf8FrameValidator(false))
                .addLast(new WebSocketFrameAggregator(config.maxFrameBytes()))
                .addLast(new WsChannelHandler(this));
    }

    /** Leaves it to {@link WsChannelHandler} to tell the peer of a violation and to end the connection. */
    private static final class Handshaker extends WebSocketClientHandshaker13 {
        private final WsConfig config;

        Handshaker(URI uri, WsConfig config) {
            super(
                    uri,
                    WebSocketVersion.V13,
                    null,
                    config.offersCompression(),
                    new DefaultHttpHeaders(),
                    config.maxFrameBytes());
            this.config = config;
        }

        @Override
        protected WebSocketFrameDecoder newWebsocketDecoder() {
            return new WebSocket13FrameDecoder(WebSocketDecoderConfig.newBuilder()
                    .expectMaskedFrames(false)
                    .allowExtensions(config.offersCompression())
                    .maxFramePayloadLength(config.maxFrameBytes())
                    .closeOnProtocolViolation(false)
                    .build());
        }
    }

    /** Monotonic milliseconds ({@link System#nanoTime} / 10^6) of the last bytes read, pongs included. Any thread. */
    @Override
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

    boolean acceptsBinary() {
        return config.acceptsBinary();
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
