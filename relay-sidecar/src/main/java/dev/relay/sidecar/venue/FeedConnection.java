package dev.relay.sidecar.venue;

import dev.relay.sidecar.book.Delta;
import dev.relay.sidecar.book.SnapshotSource;
import dev.relay.sidecar.feed.AttemptBudget;
import dev.relay.sidecar.feed.ConnectionLife;
import dev.relay.sidecar.feed.EndReason;
import dev.relay.sidecar.feed.LifeState;
import dev.relay.sidecar.net.Backoff;
import dev.relay.sidecar.net.CloseReason;
import dev.relay.sidecar.net.SidecarClock;
import dev.relay.sidecar.venue.StreamCodec.Page;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The books that one socket of a venue carries, and that socket's successors. When to open, give up or replace a socket
 * is decided by {@link ConnectionLife}; this class does it and moves the books. Its end makes its books STALE, and no
 * others. Feed thread only; two sockets at most.
 */
final class FeedConnection implements ConnectionLife.Port {
    private static final Logger LOG = LoggerFactory.getLogger(FeedConnection.class);

    /** What a connection needs of its feed. */
    interface Owner {
        /** A whole book over REST, for venues that have it. */
        void requestFromRest(VenueBook book);

        /** A number did not fit: the venue may have changed the tick. */
        void reloadInstruments();

        void refuse(String symbol, String reason);

        void noteFrame();

        void noteBroken();

        /** A number for a socket, unique in the feed; counts the attempts. */
        int nextSocket();
    }

    private final int id;
    private final Venue venue;
    private final FeedConfig config;
    private final SnapshotSource source;
    private final FeedRuntime runtime;
    private final SidecarClock clock;
    private final Owner owner;
    private final FrameTap tap;
    private final ConnectionLife life;
    private final Map<String, VenueBook> byVenueSymbol = new HashMap<>();
    private final List<VenueBook> books;
    private final SymbolTable table;
    private final BookUpkeep upkeep;
    private @Nullable FeedSocket serving;
    private @Nullable FeedSocket younger;
    private @Nullable Handover handover;

    FeedConnection(
            int id,
            FeedConfig config,
            List<VenueBook> books,
            FeedRuntime runtime,
            SidecarClock clock,
            AttemptBudget attempts,
            Owner owner,
            FrameTap tap) {
        this.id = id;
        this.config = config;
        this.venue = config.venue();
        this.source = venue.rules(config.publishedDepth()).snapshots();
        this.runtime = runtime;
        this.clock = clock;
        this.owner = owner;
        this.tap = tap;
        this.life = new ConnectionLife(venue.life(), Backoff.defaults(config.seed() + id), attempts, this);
        this.books = List.copyOf(books);
        this.table = new SymbolTable(books);
        this.upkeep = new BookUpkeep(this, venue, source, owner);
        books.forEach(book -> byVenueSymbol.put(book.instrument().venueSymbol(), book));
    }

    void start() {
        life.start(nowMs());
    }

    void close() {
        life.close(nowMs());
    }

    FeedState state() {
        return switch (life.state()) {
            case IDLE, CONNECTING -> FeedState.CONNECTING;
            case SUBSCRIBING -> FeedState.SUBSCRIBING;
            case STREAMING, ROTATING -> FeedState.STREAMING;
            case BACKING_OFF -> FeedState.BACKING_OFF;
            case CLOSED -> FeedState.CLOSED;
        };
    }

    ConnectionLife life() {
        return life;
    }

    boolean carries(VenueBook book) {
        return books.contains(book);
    }

    List<VenueBook> books() {
        return books;
    }

    long nowMs() {
        return clock.monotonicMs();
    }

    List<Instrument> instruments() {
        return books.stream().map(VenueBook::instrument).toList();
    }

    /** Monotonic time of the last bytes from the socket that serves, negative when there is none. */
    long lastReadAtMs() {
        FeedSocket current = serving;
        return current == null ? -1 : current.lastReadAtMs();
    }

    // ---- what the life of the connection asks for

    @Override
    public void open(int number) {
        FeedSocket socket = new FeedSocket(number, owner.nextSocket(), this, config, runtime, table, tap);
        if (number == life.serving()) {
            serving = socket;
        } else {
            younger = socket;
            handover = new Handover(books);
        }
        socket.open();
    }

    @Override
    public void close(int number) {
        FeedSocket next = younger;
        if (next != null && next.number() == number) {
            younger = null;
            handover = null;
            next.close();
            return;
        }
        FeedSocket current = serving;
        if (current != null && current.number() == number) {
            serving = null;
            current.close();
        }
    }

    @Override
    public void handOver(int number) {
        Handover current = handover;
        if (current != null) {
            current.onSubscribed(nowMs());
            lookAtHandover();
        }
    }

    private void lookAtHandover() {
        Handover current = handover;
        if (current != null && current.isDone()) {
            swap(current);
            life.onHandedOver(nowMs());
        }
    }

    @Override
    public void finishHandOver(int number) {
        Handover current = handover;
        if (current != null) {
            swap(current);
            current.finish();
        }
    }

    private void swap(Handover done) {
        FeedSocket old = serving;
        serving = younger;
        younger = null;
        handover = null;
        LOG.info("handed_over venue={} connection={} books={}", venue.name(), id, books.size());
        if (old != null) {
            old.close();
        }
    }

    @Override
    public void lost(EndReason reason) {
        serving = null;
        books.forEach(book -> book.sync().onDisconnected());
    }

    @Override
    public void transition(LifeState from, LifeState to, String reason) {
        long waitMs = to == LifeState.BACKING_OFF ? Math.max(0, life.nextAttemptMs() - nowMs()) : 0;
        LOG.info(
                "connection venue={} connection={} from={} to={} reason={} retryInMs={}",
                venue.name(),
                id,
                from,
                to,
                reason,
                waitMs);
    }

    // ---- what sockets report

    void onOpened(FeedSocket socket) {
        life.onOpened(socket.number(), nowMs());
    }

    /** Snapshots in the stream may come before the confirmation, so those books listen from now on. */
    void onPageSent(FeedSocket socket, Page page) {
        if (source != SnapshotSource.REQUEST) {
            begin(socket, page);
        }
    }

    void onPageConfirmed(FeedSocket socket, Page page, boolean isLast) {
        if (source == SnapshotSource.REQUEST) {
            begin(socket, page);
        }
        if (isLast) {
            life.onSubscribed(socket.number(), nowMs());
        }
    }

    private void begin(FeedSocket socket, Page page) {
        if (socket != serving) {
            return; // its books are served by the older socket and will be handed over
        }
        for (Instrument instrument : page.books()) {
            VenueBook book = byVenueSymbol.get(instrument.venueSymbol());
            if (book != null) {
                book.asked(nowMs());
                book.silence().onSubscribed(nowMs());
                book.sync().onSubscribed();
            }
        }
    }

    void onFrame(FeedSocket socket) {
        owner.noteFrame();
        life.onFrame(socket.number(), nowMs());
    }

    void onData(FeedSocket socket) {
        life.onData(socket.number(), nowMs());
    }

    void onShutdown(FeedSocket socket) {
        LOG.info("server_shutdown venue={} connection={}", venue.name(), id);
        life.onShutdownAnnounced(socket.number(), nowMs());
    }

    void onFailed(FeedSocket socket, EndReason reason) {
        life.fail(socket.number(), reason, nowMs());
    }

    void onEnded(FeedSocket socket, CloseReason reason) {
        LOG.info("socket_closed venue={} connection={} problem={}", venue.name(), id, reason);
        life.onEnded(socket.number(), reason, nowMs());
    }

    void refuse(String venueSymbol, String detail) {
        owner.refuse(venueSymbol, detail);
    }

    void noteBroken() {
        owner.noteBroken();
    }

    void keepDepth(String venueSymbol, int depth) {
        VenueBook book = byVenueSymbol.get(venueSymbol);
        if (book != null) {
            book.sync().keepDepth(depth);
        }
    }

    void onDelta(FeedSocket socket, VenueBook book, Delta delta) {
        upkeep.onDelta(book, delta, nowMs());
        Handover current = handover;
        if (current == null) {
            if (socket == serving) {
                book.sync().onDelta(delta);
            }
        } else if (socket == younger) {
            current.onYounger(book, delta);
            lookAtHandover();
        } else if (socket == serving) {
            current.onOlder(book, delta, nowMs());
            lookAtHandover();
        }
    }

    /** While two sockets overlap, trades and tickers are those of the one that serves. */
    void onTrade(FeedSocket socket, VenueBook book, Trade trade) {
        if (socket == serving) {
            book.onTrade(trade);
        }
    }

    void onTicker(FeedSocket socket, VenueBook book, Ticker ticker) {
        if (socket == serving) {
            book.onTicker(ticker, clock.wallMs());
        }
        if (ticker.id >= 0) {
            book.sync().onTicker(ticker.id, ticker.bidPrice, ticker.bidQuantity, ticker.askPrice, ticker.askQuantity);
        }
    }

    void onFault(VenueBook book) {
        LOG.error("number_outside_scale symbol={}", book.instrument().symbol());
        owner.reloadInstruments();
        book.sync().onFault();
    }

    /** A message of this socket is missing. A younger one that has not taken over yet is simply given up. */
    void onGap(FeedSocket socket) {
        LOG.warn("connection_gap venue={} connection={}", venue.name(), id);
        if (socket == serving) {
            books.forEach(book -> book.sync().onGap());
        } else {
            onFailed(socket, EndReason.BROKEN_FRAME);
        }
    }

    /** Every 100 ms: the life of the connection and the upkeep of its books. */
    void tick(long nowMs) {
        FeedSocket current = serving;
        if (current != null) {
            life.onFrame(current.number(), current.lastReadAtMs());
            current.tick(nowMs);
            books.forEach(book -> upkeep.look(book, current, nowMs));
        }
        FeedSocket next = younger;
        if (next != null) {
            next.tick(nowMs);
        }
        Handover moving = handover;
        if (moving != null) {
            moving.tick(nowMs);
            lookAtHandover();
        }
        life.tick(nowMs);
    }

    /** A book of this connection wants a whole copy. */
    void requestSnapshot(VenueBook book) {
        upkeep.requestSnapshot(book, nowMs());
    }

    // ---- what the books' upkeep asks

    int id() {
        return id;
    }

    @Nullable
    FeedSocket serving() {
        return serving;
    }

    boolean isHandingOver() {
        return handover != null;
    }

    /** The socket that this book is served by now, null while there is none. */
    @Nullable
    FeedSocket socketOf(VenueBook book) {
        Handover current = handover;
        return current != null && current.hasMoved(book) ? younger : serving;
    }
}
