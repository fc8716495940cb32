package dev.relay.sidecar.venue.binance;

import dev.relay.sidecar.book.BookMailbox;
import dev.relay.sidecar.book.BookStatus;
import dev.relay.sidecar.book.BookSync;
import dev.relay.sidecar.book.SyncReason;
import dev.relay.sidecar.net.Backoff;
import dev.relay.sidecar.net.CloseReason;
import dev.relay.sidecar.net.EventLoops;
import dev.relay.sidecar.net.RestClient;
import dev.relay.sidecar.net.RestResponse;
import dev.relay.sidecar.net.SidecarClock;
import dev.relay.sidecar.net.WsClient;
import dev.relay.sidecar.net.WsListener;
import dev.relay.sidecar.venue.FeedState;
import dev.relay.sidecar.venue.FeedStatus;
import dev.relay.sidecar.venue.Instrument;
import dev.relay.sidecar.venue.MarketFeed;
import dev.relay.sidecar.venue.WeightBudget;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Market data of Binance Spot: one event loop owns the connection, the parser and all books, and never talks to Redis.
 *
 * <p>Start: exchangeInfo, connect, subscribe depth and bookTicker of every symbol, then one snapshot per symbol through
 * {@link SnapshotQueue}. Every end of the connection makes all books STALE and is answered by a reconnect after a
 * jittered delay, for ever. Bounded: symbols by configuration, waiting changes per book by {@link BookSync}, snapshots
 * by the weight budget.
 */
@SuppressWarnings("FutureReturnValueIgnored") // loop timers and REST completions handle their own outcome
public final class BinanceFeed implements MarketFeed {
    private static final Logger LOG = LoggerFactory.getLogger(BinanceFeed.class);
    private static final int MAX_LEVELS = 10_000;
    private static final int MAX_WAITING = 20_000;
    private static final int TICK_MS = 100;
    private static final int DEFAULT_WEIGHT = 6_000;
    private static final Duration REST_TIMEOUT = Duration.ofSeconds(10);

    private final BinanceFeedConfig config;
    private final SidecarClock clock;
    private final Runnable onChange;
    private final MultiThreadIoEventLoopGroup group;
    private final EventLoop loop;
    private final RestClient rest;
    private final WeightBudget budget = new WeightBudget(DEFAULT_WEIGHT / 2);
    private final SnapshotQueue snapshots;
    private final Backoff backoff;
    private final Map<BookSync, BinanceBook> books = new LinkedHashMap<>();
    private final Map<String, String> refused = new TreeMap<>();
    private final BookSync.Port port = new SyncPort();
    private final FrameParser parser = new FrameParser(new SymbolTable(List.of()));
    private volatile List<BookMailbox> mailboxes = List.of();
    private volatile long lastFrameAtMs = -1;
    private volatile long lastTickAtMs;
    private byte[] frameBytes = new byte[16_384];
    private FeedState state = FeedState.LOADING;
    private @Nullable WsClient client;
    private @Nullable Subscriber subscriber;
    private boolean isReloading;
    private long frames;
    private long brokenFrames;
    private long connects;
    private long conflated;

    /** @param onChange called on the feed thread after any book changed; must not block */
    public BinanceFeed(BinanceFeedConfig config, SidecarClock clock, Runnable onChange) {
        this.config = config;
        this.clock = clock;
        this.onChange = onChange;
        this.group = EventLoops.single("sidecar-feed");
        this.loop = group.next();
        this.rest = new RestClient(config.rest(), REST_TIMEOUT);
        this.snapshots = new SnapshotQueue(loop, rest, clock, config, budget, this::reloadInstruments);
        this.backoff = Backoff.defaults(config.seed());
    }

    @Override
    public String venue() {
        return "BINANCE";
    }

    @Override
    public void start() {
        lastTickAtMs = clock.monotonicMs();
        loop.scheduleAtFixedRate(this::tick, TICK_MS, TICK_MS, TimeUnit.MILLISECONDS);
        loop.execute(this::load);
    }

    private void tick() {
        lastTickAtMs = clock.monotonicMs();
        WsClient current = client;
        if (current != null && current.isOpen()) {
            lastFrameAtMs = Math.max(lastFrameAtMs, current.lastReadAtMs());
        }
    }

    private void load() {
        fetchInstruments().whenCompleteAsync(this::onInstruments, loop);
    }

    private CompletableFuture<RestResponse> fetchInstruments() {
        StringBuilder path = new StringBuilder("/api/v3/exchangeInfo");
        if (!config.symbols().isEmpty()) {
            path.append("?symbols=%5B");
            for (int i = 0; i < config.symbols().size(); i++) {
                path.append(i == 0 ? "%22" : ",%22")
                        .append(venueName(config.symbols().get(i)))
                        .append("%22");
            }
            path.append("%5D");
        }
        return rest.get(path.toString());
    }

    private static String venueName(String symbol) {
        return symbol.replace("-", "").toUpperCase(Locale.ROOT);
    }

    private void onInstruments(@Nullable RestResponse answer, @Nullable Throwable error) {
        if (state == FeedState.CLOSED) {
            return;
        }
        try {
            if (answer == null || !answer.isOk()) {
                throw new IOException(answer == null ? String.valueOf(error) : describe(answer));
            }
            accept(BinanceRest.exchangeInfo(answer.body()));
            connect();
        } catch (IOException | IllegalArgumentException e) {
            retry("instruments_failed", String.valueOf(e.getMessage()), this::load);
        }
    }

    private static String describe(RestResponse answer) {
        String text = answer.text();
        return "status=" + answer.status() + " body=" + text.substring(0, Math.min(200, text.length()));
    }

    private void accept(BinanceRest.ExchangeInfo info) {
        int weight = info.weightPerMinute() > 0 ? info.weightPerMinute() : DEFAULT_WEIGHT;
        budget.budget(weight * config.weightShare() / 100);
        refused.clear();
        refused.putAll(info.refused());
        Set<String> wanted = new HashSet<>();
        config.symbols().forEach(symbol -> wanted.add(venueName(symbol)));
        for (Instrument instrument : info.instruments()) {
            if (wanted.isEmpty() || wanted.contains(venueName(instrument.venueSymbol()))) {
                addOrUpdate(instrument);
            }
        }
        for (String symbol : config.symbols()) {
            boolean known = books.values().stream()
                    .anyMatch(book -> venueName(book.instrument().venueSymbol()).equals(venueName(symbol)));
            if (!known) {
                refused.putIfAbsent(symbol, "UNKNOWN_SYMBOL: the venue does not list it");
            }
        }
        refused.forEach((symbol, reason) -> LOG.error("symbol_refused symbol={} reason={}", symbol, reason));
        parser.symbols(new SymbolTable(books.values()));
        mailboxes = books.values().stream().map(BinanceBook::mailbox).toList();
    }

    private void addOrUpdate(Instrument instrument) {
        for (BinanceBook book : books.values()) {
            if (book.instrument().venueSymbol().equals(instrument.venueSymbol())) {
                book.instrument(instrument);
                return;
            }
        }
        int depth = config.publishedDepth();
        BookSync sync = new BookSync(instrument.symbol(), depth, MAX_LEVELS, MAX_WAITING, port);
        books.put(sync, new BinanceBook(instrument, sync, new BookMailbox(instrument.symbol(), depth)));
    }

    /** A number did not fit: the venue may have changed the tick. One reload at a time; books resynchronise meanwhile. */
    private void reloadInstruments() {
        if (isReloading) {
            return;
        }
        isReloading = true;
        fetchInstruments()
                .whenCompleteAsync(
                        (answer, error) -> {
                            isReloading = false;
                            try {
                                if (answer != null && answer.isOk()) {
                                    accept(BinanceRest.exchangeInfo(answer.body()));
                                }
                            } catch (IOException | IllegalArgumentException e) {
                                LOG.warn("instruments_reload_failed problem={}", e.getMessage());
                            }
                        },
                        loop);
    }

    private void connect() {
        if (state == FeedState.CLOSED) {
            return;
        }
        state = FeedState.CONNECTING;
        connects++;
        client = WsClient.connect(loop, URI.create(config.streams() + "/stream"), config.ws(), new StreamListener());
    }

    private void retry(String event, String problem, Runnable again) {
        if (state == FeedState.CLOSED) {
            return;
        }
        long delayMs = backoff.nextDelayMs(clock.monotonicMs());
        state = FeedState.BACKING_OFF;
        LOG.warn("{} venue={} problem={} retryInMs={}", event, venue(), problem, delayMs);
        loop.schedule(again, delayMs, TimeUnit.MILLISECONDS);
    }

    private void onFrame(ByteBuf text) {
        frames++;
        lastFrameAtMs = clock.monotonicMs();
        int length = text.readableBytes();
        if (length > frameBytes.length) {
            frameBytes = new byte[Integer.highestOneBit(length) * 2];
        }
        text.getBytes(text.readerIndex(), frameBytes, 0, length);
        switch (parser.parse(frameBytes, length)) {
            case DEPTH -> parser.book().sync().onDelta(parser.delta());
            case TICKER -> parser.deliverTicker();
            case FAULT -> onFault(parser.book());
            case CONTROL, OTHER -> onControl(length);
            case BROKEN -> onBroken();
        }
    }

    private void onFault(BinanceBook book) {
        LOG.error("number_outside_scale symbol={}", book.instrument().symbol());
        reloadInstruments();
        book.sync().onFault();
    }

    private void onControl(int length) {
        Subscriber current = subscriber;
        if (current != null) {
            switch (current.onControl(frameBytes, length)) {
                case SUBSCRIBED -> onSubscribed();
                case REFUSED -> closeClient();
                case SHUTDOWN -> {
                    LOG.info("server_shutdown venue={}", venue());
                    closeClient();
                }
                case NONE -> {}
            }
        }
    }

    /** A broken frame may have been a depth event of any book, so none can be believed. */
    private void onBroken() {
        brokenFrames++;
        LOG.error("broken_frame venue={} count={}", venue(), brokenFrames);
        closeClient();
    }

    private void closeClient() {
        WsClient current = client;
        if (current != null) {
            current.close();
        }
    }

    private void onSubscribed() {
        state = FeedState.STREAMING;
        backoff.onUp(clock.monotonicMs());
        LOG.info("subscribed venue={} books={}", venue(), books.size());
        books.keySet().forEach(BookSync::onSubscribed);
    }

    private void onClosed(CloseReason reason) {
        client = null;
        subscriber = null;
        books.keySet().forEach(BookSync::onDisconnected);
        retry("stream_closed", reason.toString(), this::connect);
    }

    @Override
    public List<BookMailbox> mailboxes() {
        return mailboxes;
    }

    @Override
    public long lastFrameAgeMs() {
        long at = lastFrameAtMs;
        return at < 0 ? Long.MAX_VALUE : Math.max(0, clock.monotonicMs() - at);
    }

    @Override
    public long loopAgeMs() {
        return Math.max(0, clock.monotonicMs() - lastTickAtMs);
    }

    @Override
    public CompletableFuture<FeedStatus> status() {
        return CompletableFuture.supplyAsync(this::statusOnLoop, loop);
    }

    private FeedStatus statusOnLoop() {
        List<FeedStatus.BookReport> reports = new ArrayList<>();
        for (BinanceBook book : books.values()) {
            BookSync sync = book.sync();
            reports.add(new FeedStatus.BookReport(
                    sync.symbol(),
                    book.instrument().venueSymbol(),
                    sync.status().name(),
                    sync.seq(),
                    sync.counts().applied(),
                    sync.counts().gaps(),
                    sync.counts().resyncs(),
                    sync.counts().snapshotsTooOld(),
                    sync.secondOpinion().okCount(),
                    sync.secondOpinion().badCount()));
        }
        return new FeedStatus(
                state, lastFrameAgeMs(), frames, brokenFrames, connects, conflated, Map.copyOf(refused), reports);
    }

    @Override
    public void close() {
        loop.execute(() -> {
            state = FeedState.CLOSED;
            closeClient();
        });
        rest.close();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
    }

    /** Connection events; all on the loop. */
    private final class StreamListener implements WsListener {
        @Override
        public void onOpen(WsClient opened) {
            state = FeedState.SUBSCRIBING;
            List<String> names = books.values().stream()
                    .map(book -> book.instrument().venueSymbol().toLowerCase(Locale.ROOT))
                    .toList();
            Subscriber started = new Subscriber(opened, loop, names);
            subscriber = started;
            started.start();
        }

        @Override
        public void onText(ByteBuf text) {
            onFrame(text);
        }

        @Override
        public void onClosed(CloseReason reason) {
            BinanceFeed.this.onClosed(reason);
        }
    }

    /** What the books ask of the feed. */
    private final class SyncPort implements BookSync.Port {
        @Override
        public void requestSnapshot(BookSync sync) {
            snapshots.add(bookOf(sync));
        }

        @Override
        public void changed(BookSync sync) {
            BinanceBook book = bookOf(sync);
            Instrument instrument = book.instrument();
            boolean replaced =
                    book.mailbox().put(sync, instrument.priceScale(), instrument.quantityScale(), clock.wallMs());
            conflated += replaced ? 1 : 0;
            onChange.run();
        }

        @Override
        public void transition(BookSync sync, BookStatus from, BookStatus to, SyncReason reason) {
            LOG.info("book symbol={} from={} to={} reason={} seq={}", sync.symbol(), from, to, reason, sync.seq());
        }

        private BinanceBook bookOf(BookSync sync) {
            BinanceBook book = books.get(sync);
            if (book == null) {
                throw new IllegalStateException("unknown book, symbol=" + sync.symbol());
            }
            return book;
        }
    }
}
