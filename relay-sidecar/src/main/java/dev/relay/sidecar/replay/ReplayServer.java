package dev.relay.sidecar.replay;

import dev.relay.sidecar.net.EventLoops;
import dev.relay.sidecar.venue.Venue;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Serves a recording as the exchange would: the venue's REST answers and its market stream, by the venue's
 * {@link ReplayScript}. One loop owns all of it; the frames wait in the recording until the client's socket takes them, so
 * nothing queues up here. One client at a time.
 *
 * <p>The clock starts when every recorded book is subscribed and what the client needs first was given, or three seconds
 * after the subscription for a client that waits for an event before it fetches.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write ends the client's connection, which reconnects
final class ReplayServer implements AutoCloseable {
    private static final int MAX_REQUEST_BYTES = 65_536;
    private static final int PING_EVERY_MS = 1_000;
    private static final int READY_GRACE_MS = 3_000;

    private final ReplayScript script;
    private final double speed;
    private final IntConsumer onSent;
    private final MultiThreadIoEventLoopGroup group = EventLoops.single("replay-server");
    private final EventLoop loop = group.next();
    private final Channel listening;
    private final BigDecimal firstTs;
    private @Nullable Channel client;
    private boolean isStarted;
    private boolean isStarting;
    private boolean isTimerSet;
    private long startedNs;
    private int next;
    private int sentToClient;
    private boolean isMarketClient;
    private volatile boolean isFinished;
    private volatile long sentFrames;

    ReplayServer(ReplayScript script, double speed) throws UnknownHostException {
        this(script, speed, index -> {});
    }

    /** @param onSent told the index of each frame of the recording as it is handed to the socket, on the loop */
    ReplayServer(ReplayScript script, double speed, IntConsumer onSent) throws UnknownHostException {
        this.script = script;
        this.onSent = onSent;
        this.speed = speed;
        firstTs = script.frames().stream()
                .map(Frame::ts)
                .filter(ts -> ts.signum() > 0)
                .findFirst()
                .orElse(BigDecimal.ZERO);
        listening = new ServerBootstrap()
                .group(group)
                .channel(EventLoops.serverChannel(loop))
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(new HttpServerCodec())
                                .addLast(new HttpObjectAggregator(MAX_REQUEST_BYTES))
                                .addLast(new ReplayHttp(ReplayServer.this))
                                .addLast(new WebSocketServerProtocolHandler(
                                        script.path(), null, false, MAX_REQUEST_BYTES, false, true))
                                .addLast(new ReplayStream(ReplayServer.this));
                    }
                })
                .bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0))
                .syncUninterruptibly()
                .channel();
        loop.scheduleAtFixedRate(this::keepAlive, PING_EVERY_MS, PING_EVERY_MS, TimeUnit.MILLISECONDS);
    }

    /** The venue whose adapter is tried, at this server. */
    Venue venue() {
        return script.venue(rest(), streams());
    }

    URI rest() {
        return URI.create("http://127.0.0.1:" + port());
    }

    URI streams() {
        return URI.create("ws://127.0.0.1:" + port());
    }

    private int port() {
        return ((InetSocketAddress) listening.localAddress()).getPort();
    }

    /** Pings and heartbeats go on after the end of the recording. */
    private void keepAlive() {
        Channel channel = client;
        if (channel == null) {
            return;
        }
        channel.writeAndFlush(new PingWebSocketFrame());
        String beat = script.heartbeat();
        if (beat != null && channel.isWritable()) {
            write(channel, beat);
            channel.flush();
        }
    }

    // --- called by the handlers, on the loop ---

    /** The body for a REST request, null if there is none. */
    @Nullable
    String answer(String path, Map<String, List<String>> query, String body) {
        String answer = script.answer(path, query, body);
        loop.execute(this::startWhenReady);
        return answer;
    }

    /** The newest client is the one that gets the frames. */
    void onConnected(Channel channel) {
        client = channel;
        sentToClient = 0;
        isMarketClient = false;
        script.onConnected();
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer, the loop
    void onDisconnected(Channel channel) {
        if (channel.equals(client)) {
            client = null;
            script.onConnected();
            sentFrames -= isMarketClient ? 0 : sentToClient; // a short connection for instruments is no feed
        }
    }

    void onRequest(Channel channel, String text) {
        for (String answer : script.onRequest(text)) {
            write(channel, answer);
        }
        channel.flush();
        isMarketClient |= script.symbols().stream().anyMatch(script::isSubscribed);
        startWhenReady();
    }

    private void write(Channel channel, String text) {
        countSent();
        channel.write(new TextWebSocketFrame(text));
    }

    void startWhenReady() {
        if (isStarted) {
            pump();
            return;
        }
        if (client == null || !script.symbols().stream().allMatch(script::isSubscribed)) {
            return;
        }
        if (script.isReady()) {
            start();
        } else if (!isStarting) {
            isStarting = true;
            loop.schedule(this::start, READY_GRACE_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void start() {
        if (!isStarted) {
            isStarted = true;
            startedNs = System.nanoTime();
            pump();
        }
    }

    /** Sends what is due as long as the client's socket takes it. */
    void pump() {
        Channel channel = client;
        if (!isStarted || channel == null) {
            return;
        }
        while (next < script.frames().size() && channel.isWritable()) {
            Frame frame = script.frames().get(next);
            long waitNs = speed > 0 ? dueNs(frame) - (System.nanoTime() - startedNs) : 0;
            if (waitNs > 0) {
                pumpLater(waitNs);
                break;
            }
            next++;
            String text = script.onDue(frame);
            if (text != null) {
                onSent.accept(next - 1);
                write(channel, text);
            }
        }
        channel.flush();
        isFinished = next == script.frames().size();
    }

    private long dueNs(Frame frame) {
        double seconds = frame.ts().subtract(firstTs).max(BigDecimal.ZERO).doubleValue();
        return (long) (seconds * 1e9 / speed);
    }

    private void pumpLater(long waitNs) {
        if (!isTimerSet) {
            isTimerSet = true;
            loop.schedule(
                    () -> {
                        isTimerSet = false;
                        pump();
                    },
                    waitNs,
                    TimeUnit.NANOSECONDS);
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer, the loop
    private void countSent() {
        sentFrames++;
        sentToClient++;
    }

    // --- called by the run, from its own thread ---

    /** Breaks the client's connection without a close frame, as a network does. */
    void cutClient() {
        loop.execute(() -> {
            if (client != null) {
                client.close();
            }
        });
    }

    /** Every frame was handed to the socket. */
    boolean isFinished() {
        return isFinished;
    }

    /** The longest silence a paced replay of this recording has; zero at full speed. */
    long longestPauseNs() {
        long longest = 0;
        for (int i = 1; speed > 0 && i < script.frames().size(); i++) {
            long pauseNs = dueNs(script.frames().get(i)) - dueNs(script.frames().get(i - 1));
            longest = Math.max(longest, pauseNs);
        }
        return longest;
    }

    /** Text frames sent to clients of books, answers included. */
    long sentFrames() {
        return sentFrames;
    }

    /** Recorded books in the venue's spelling. */
    Set<String> symbols() {
        return script.symbols();
    }

    @Override
    public void close() {
        listening.close();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
    }
}
