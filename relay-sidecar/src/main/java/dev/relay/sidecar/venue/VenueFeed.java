package dev.relay.sidecar.venue;

import dev.relay.sidecar.book.BookMailbox;
import dev.relay.sidecar.book.BookStatus;
import dev.relay.sidecar.book.BookSync;
import dev.relay.sidecar.book.SyncReason;
import dev.relay.sidecar.feed.AttemptBudget;
import dev.relay.sidecar.net.Loop;
import dev.relay.sidecar.net.SidecarClock;
import dev.relay.sidecar.quality.QualityCounts;
import dev.relay.sidecar.quality.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Market data of one venue: one event loop owns its sockets, parsers and books, and never talks to Redis.
 *
 * <p>Start: instruments, then as many {@link FeedConnection}s as the venue's limit of books per socket demands, then a
 * snapshot for each book in the stream or through {@link RestSnapshots}. Whatever ends is begun again after a jittered
 * delay, for ever. Bounded: symbols by configuration, waiting changes per book by {@link BookSync}, snapshots by the
 * venue's budget.
 */
@SuppressWarnings("FutureReturnValueIgnored") // loop timers and REST completions handle their own outcome
public final class VenueFeed implements MarketFeed {
    private static final Logger LOG = LoggerFactory.getLogger(VenueFeed.class);
    private static final int TICK_MS = 100;

    private final FeedConfig config;
    private final Venue venue;
    private final SidecarClock clock;
    private final Runnable onChange;
    private final FrameTap tap;
    private final FeedRuntime runtime;
    private final Loop loop;
    private final AttemptBudget attempts;
    private final QualityCounts verdicts = new QualityCounts();
    private final FeedBooks books;
    private final WeightBudget budget;
    private final @Nullable RestSnapshots restSnapshots;
    private final InstrumentSource instruments;
    private final List<FeedConnection> connections = new ArrayList<>();
    private final FeedConnection.Owner owner = new ConnectionOwner();
    private volatile long lastFrameAtMs = -1;
    private volatile long lastTickAtMs;
    private FeedState loading = FeedState.LOADING;
    private long frames;
    private long brokenFrames;
    private long connects;
    private long conflated;

    /** @param onChange called on the feed thread after any book changed; must not block */
    public VenueFeed(FeedConfig config, SidecarClock clock, Runnable onChange) {
        this(config, clock, onChange, FrameTap.NONE);
    }

    public VenueFeed(FeedConfig config, SidecarClock clock, Runnable onChange, FrameTap tap) {
        this(config, clock, onChange, tap, FeedRuntime.threaded(config.venue()));
    }

    /** @param runtime the feed's thread and ways out; tests bring their own */
    public VenueFeed(FeedConfig config, SidecarClock clock, Runnable onChange, FrameTap tap, FeedRuntime runtime) {
        this.config = config;
        this.venue = config.venue();
        this.clock = clock;
        this.onChange = onChange;
        this.tap = tap;
        this.runtime = runtime;
        this.loop = runtime.loop();
        this.attempts = venue.attempts();
        this.books = new FeedBooks(config, new SyncPort(), verdicts);
        this.budget = new WeightBudget(share(venue.limits().weightPerMinute()));
        this.instruments = new InstrumentSource(config, runtime, clock, this::onInstruments);
        SnapshotApi api = venue.snapshots();
        this.restSnapshots = api == null
                ? null
                : new RestSnapshots(loop, runtime.rest(), clock, api, budget, instruments::reload, tap, config.seed());
    }

    private int share(int weightPerMinute) {
        return (int) ((long) weightPerMinute * config.weightShare() / 100);
    }

    @Override
    public String venue() {
        return venue.name();
    }

    @Override
    public void start() {
        lastTickAtMs = clock.monotonicMs();
        loop.schedule(this::tick, TICK_MS);
        loop.execute(instruments::load);
    }

    private void tick() {
        long nowMs = clock.monotonicMs();
        lastTickAtMs = nowMs;
        if (loading == FeedState.CLOSED) {
            return;
        }
        for (FeedConnection connection : connections) {
            lastFrameAtMs = Math.max(lastFrameAtMs, connection.lastReadAtMs());
            connection.tick(nowMs);
            judge(connection, nowMs);
        }
        loop.schedule(this::tick, TICK_MS);
    }

    private void publish(VenueBook book) {
        Instrument instrument = book.instrument();
        String quality = book.gate().verdict().name();
        boolean replaced = book.mailbox()
                .put(book.sync(), quality, instrument.priceScale(), instrument.quantityScale(), clock.wallMs());
        conflated += replaced ? 1 : 0;
        onChange.run();
    }

    /** Time alone may change what the gate thinks of a book. */
    private void judge(FeedConnection connection, long nowMs) {
        long lastReadMs = connection.lastReadAtMs();
        for (VenueBook book : connection.books()) {
            if (lastReadMs >= 0 && book.gate().onTick(book.sync(), nowMs, nowMs - lastReadMs)) {
                publish(book);
            }
        }
    }

    private void onInstruments(InstrumentList list) {
        if (list.weightPerMinute() > 0) {
            budget.budget(share(list.weightPerMinute()));
        }
        tap.onInstruments(list);
        books.accept(list);
        open();
    }

    private void open() {
        if (!connections.isEmpty()) {
            return;
        }
        for (List<VenueBook> part : Parts.of(books.all(), venue.limits().symbolsPerConnection())) {
            FeedConnection connection =
                    new FeedConnection(connections.size(), config, part, runtime, clock, attempts, owner, tap);
            connections.add(connection);
            connection.start();
        }
    }

    @Override
    public long verdicts(Verdict verdict) {
        return verdicts.of(verdict);
    }

    @Override
    public List<BookMailbox> mailboxes() {
        return books.mailboxes();
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
        return new FeedStatus(
                state(), lastFrameAgeMs(), frames, brokenFrames, connects, conflated, books.refused(), books.reports());
    }

    /** The state of the connection that is furthest from streaming. */
    private FeedState state() {
        if (loading == FeedState.CLOSED || connections.isEmpty()) {
            return loading;
        }
        for (FeedConnection connection : connections) {
            if (connection.state() != FeedState.STREAMING) {
                return connection.state();
            }
        }
        return FeedState.STREAMING;
    }

    @Override
    public void close() {
        loop.execute(() -> {
            loading = FeedState.CLOSED;
            instruments.close();
            connections.forEach(FeedConnection::close);
        });
        runtime.close();
    }

    /** What connections ask of the feed; on the loop. */
    private final class ConnectionOwner implements FeedConnection.Owner {
        @Override
        public void requestFromRest(VenueBook book) {
            RestSnapshots queue = restSnapshots;
            if (queue != null) {
                queue.add(book);
            }
        }

        @Override
        public void reloadInstruments() {
            instruments.reload();
        }

        @Override
        public void refuse(String symbol, String reason) {
            books.refuse(symbol, reason);
        }

        @Override
        public void noteFrame() {
            frames++;
            lastFrameAtMs = clock.monotonicMs();
        }

        @Override
        public void noteBroken() {
            brokenFrames++;
        }

        @Override
        public int nextSocket() {
            return Math.toIntExact(connects++);
        }
    }

    /** What the books ask of the feed; on the loop. */
    private final class SyncPort implements BookSync.Port {
        @Override
        public void requestSnapshot(BookSync sync) {
            VenueBook book = books.of(sync);
            for (FeedConnection connection : connections) {
                if (connection.carries(book)) {
                    connection.requestSnapshot(book);
                    return;
                }
            }
        }

        @Override
        public void changed(BookSync sync) {
            VenueBook book = books.of(sync);
            book.gate().onChange(sync, clock.monotonicMs());
            publish(book);
        }

        @Override
        public void transition(BookSync sync, BookStatus from, BookStatus to, SyncReason reason) {
            LOG.info(
                    "book venue={} symbol={} from={} to={} reason={} seq={}",
                    venue(),
                    sync.symbol(),
                    from,
                    to,
                    reason,
                    sync.seq());
        }
    }
}
