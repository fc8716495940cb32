package dev.relay.sidecar.replay;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.relay.sidecar.net.EventLoops;
import dev.relay.sidecar.replay.BinanceRecording.Decimals;
import dev.relay.sidecar.replay.BinanceRecording.Frame;
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
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Serves a recording as the exchange would: REST instruments, time and depth, and the combined stream. One loop owns all
 * of it; the frames wait in the recording until the client's socket takes them, so nothing queues up here.
 *
 * <p>The clock starts when every recorded book is subscribed and its first snapshot was fetched, or three seconds after
 * the subscription for a client that waits for an event before it fetches.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write ends the client's connection, which reconnects
final class ReplayServer implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> QUOTES =
            List.of("USDT", "USDC", "BUSD", "FDUSD", "TUSD", "BTC", "ETH", "BNB", "EUR", "USD", "GBP", "TRY", "BRL");
    private static final int MAX_REQUEST_BYTES = 65_536;
    private static final int PING_EVERY_MS = 5_000;
    private static final int SNAPSHOT_GRACE_MS = 3_000;

    private final BinanceRecording recording;
    private final boolean isPaced;
    private final MultiThreadIoEventLoopGroup group = EventLoops.single("replay-server");
    private final EventLoop loop = group.next();
    private final Channel listening;
    private final Map<String, ReplayBook> books = new TreeMap<>();
    private final Set<String> subscribed = new HashSet<>();
    private final BigDecimal firstTs;
    private @Nullable Channel client;
    private boolean isStarted;
    private boolean isStarting;
    private boolean isTimerSet;
    private long startedNs;
    private int next;
    private volatile boolean isFinished;
    private volatile long sentFrames;

    ReplayServer(BinanceRecording recording, boolean isPaced) throws UnknownHostException {
        this.recording = recording;
        this.isPaced = isPaced;
        recording.snapshots().forEach((symbol, answers) -> books.put(symbol, new ReplayBook(answers)));
        firstTs = recording.frames().stream()
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
                                        "/stream", null, false, MAX_REQUEST_BYTES, false, true))
                                .addLast(new ReplayStream(ReplayServer.this));
                    }
                })
                .bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0))
                .syncUninterruptibly()
                .channel();
        loop.scheduleAtFixedRate(this::ping, PING_EVERY_MS, PING_EVERY_MS, TimeUnit.MILLISECONDS);
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

    private void ping() {
        if (client != null) {
            client.writeAndFlush(new PingWebSocketFrame());
        }
    }

    // --- called by the handlers, on the loop ---

    /** The body for a REST path, null if there is none. */
    @Nullable
    String answer(String path, Map<String, List<String>> query) {
        return switch (path) {
            case "/api/v3/ping" -> "{}";
            case "/api/v3/time" -> "{\"serverTime\":" + System.currentTimeMillis() + "}";
            case "/api/v3/exchangeInfo" -> exchangeInfo();
            case "/api/v3/depth" ->
                depth(query.getOrDefault("symbol", List.of("")).get(0));
            default -> null;
        };
    }

    private @Nullable String depth(String symbol) {
        ReplayBook book = books.get(symbol.toUpperCase(Locale.ROOT));
        if (book == null) {
            return null;
        }
        String body = book.snapshot();
        loop.execute(this::startWhenReady);
        return body;
    }

    private String exchangeInfo() {
        StringBuilder out = new StringBuilder("{\"timezone\":\"UTC\",\"serverTime\":")
                .append(System.currentTimeMillis())
                .append(",\"rateLimits\":[{\"rateLimitType\":\"REQUEST_WEIGHT\",\"interval\":\"MINUTE\",")
                .append("\"intervalNum\":1,\"limit\":1000000}],\"symbols\":[");
        String separator = "";
        for (String symbol : books.keySet()) {
            Decimals decimals = recording.decimals(symbol);
            int split = symbol.length() - quoteLength(symbol);
            out.append(separator)
                    .append("{\"symbol\":\"")
                    .append(symbol)
                    .append("\",\"status\":\"TRADING\",\"baseAsset\":\"")
                    .append(symbol, 0, split)
                    .append("\",\"quoteAsset\":\"")
                    .append(symbol, split, symbol.length())
                    .append("\",\"filters\":[{\"filterType\":\"PRICE_FILTER\",\"tickSize\":\"")
                    .append(step(decimals.price))
                    .append("\"},{\"filterType\":\"LOT_SIZE\",\"stepSize\":\"")
                    .append(step(decimals.quantity))
                    .append("\"}]}");
            separator = ",";
        }
        return out.append("]}").toString();
    }

    private static int quoteLength(String symbol) {
        return QUOTES.stream()
                .filter(quote -> symbol.endsWith(quote) && symbol.length() > quote.length())
                .mapToInt(String::length)
                .findFirst()
                .orElse(Math.min(3, symbol.length() - 1));
    }

    private static String step(int decimals) {
        return BigDecimal.ONE.movePointLeft(decimals).toPlainString();
    }

    void onConnected(Channel channel) {
        client = channel;
        subscribed.clear();
    }

    void onDisconnected(Channel channel) {
        if (client == channel) {
            client = null;
            subscribed.clear();
        }
    }

    void onRequest(Channel channel, String text) {
        try {
            JsonNode request = JSON.readTree(text);
            for (JsonNode stream : request.path("params")) {
                if ("SUBSCRIBE".equals(request.path("method").asText())) {
                    subscribed.add(stream.asText());
                } else {
                    subscribed.remove(stream.asText());
                }
            }
            countSent();
            channel.writeAndFlush(new TextWebSocketFrame("{\"result\":null,\"id\":" + request.path("id") + "}"));
        } catch (JsonProcessingException e) {
            channel.writeAndFlush(new TextWebSocketFrame("{\"code\":2,\"msg\":\"Invalid request\"}"));
            return;
        }
        startWhenReady();
    }

    void startWhenReady() {
        if (isStarted) {
            pump();
            return;
        }
        if (!books.keySet().stream().allMatch(this::isSubscribed)) {
            return;
        }
        if (books.values().stream().allMatch(ReplayBook::isFirstServed)) {
            start();
        } else if (!isStarting) {
            isStarting = true;
            loop.schedule(this::start, SNAPSHOT_GRACE_MS, TimeUnit.MILLISECONDS);
        }
    }

    private boolean isSubscribed(String symbol) {
        String prefix = symbol.toLowerCase(Locale.ROOT) + "@depth";
        return subscribed.stream().anyMatch(stream -> stream.startsWith(prefix));
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
        if (!isStarted || channel == null || subscribed.isEmpty()) {
            return;
        }
        while (next < recording.frames().size() && channel.isWritable()) {
            Frame frame = recording.frames().get(next);
            long waitNs = isPaced ? dueNs(frame) - (System.nanoTime() - startedNs) : 0;
            if (waitNs > 0) {
                pumpLater(waitNs);
                break;
            }
            next++;
            send(channel, frame);
        }
        channel.flush();
        isFinished = next == recording.frames().size();
    }

    private long dueNs(Frame frame) {
        return frame.ts()
                .subtract(firstTs)
                .max(BigDecimal.ZERO)
                .movePointRight(9)
                .longValue();
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

    private void send(Channel channel, Frame frame) {
        ReplayBook book = books.get(frame.symbol());
        if (frame.isDepth() && book != null) {
            book.onSent(frame);
        }
        if (subscribed.contains(frame.stream())) {
            countSent();
            channel.write(new TextWebSocketFrame(frame.text()));
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer, the loop
    private void countSent() {
        sentFrames++;
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
        for (int i = 1; isPaced && i < recording.frames().size(); i++) {
            Frame frame = recording.frames().get(i);
            longest = Math.max(longest, dueNs(frame) - dueNs(recording.frames().get(i - 1)));
        }
        return longest;
    }

    /** Text frames sent, answers included. */
    long sentFrames() {
        return sentFrames;
    }

    /** Final update ids per symbol; to be asked only when finished. */
    Map<String, Long> finalIds() {
        Map<String, Long> ids = new TreeMap<>();
        books.forEach((symbol, book) -> ids.put(symbol, book.id()));
        return ids;
    }

    @Override
    public void close() {
        listening.close();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
    }
}
