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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The books that one socket of a venue carries, and that socket's successors. When to open, give up or replace a socket
 * is decided by {@link ConnectionLife}, which of two serves is known to the {@link SocketPair}; this class does the one
 * and asks the other. Its end makes its books STALE, and no others. Feed thread only.
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
    private final SocketPair sockets;

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
        this.sockets = new SocketPair(venue.name(), id, this.books);
        this.upkeep = new BookUpkeep(this, sockets, venue, source, owner);
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
        FeedSocket current = sockets.serving();
        return current == null ? -1 : current.lastReadAtMs();
    }

    // ---- what the life of the connection asks for

    @Override
    public void open(int number) {
        FeedSocket socket = new FeedSocket(number, owner.nextSocket(), this, config, runtime, table, tap);
        if (number == life.serving()) {
            sockets.serveBy(socket);
        } else {
            sockets.replaceBy(socket);
        }
        socket.open();
    }

    @Override
    public void close(int number) {
        sockets.close(number);
    }

    @Override
    public void handOver(int number) {
        sockets.onSubscribed(nowMs());
        lookAtHandover();
    }

    private void lookAtHandover() {
        if (sockets.swapWhenMoved()) {
            life.onHandedOver(nowMs());
        }
    }

    @Override
    public void finishHandOver(int number) {
        sockets.swapNow();
    }

    @Override
    public void lost(EndReason reason) {
        sockets.lose();
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
        if (!sockets.isServing(socket)) {
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
        long nowMs = nowMs();
        upkeep.onDelta(book, delta, nowMs);
        sockets.onDelta(socket, book, delta, nowMs);
        lookAtHandover();
    }

    /** While two sockets overlap, trades and tickers are those of the one that serves. */
    void onTrade(FeedSocket socket, VenueBook book, Trade trade) {
        if (sockets.isServing(socket)) {
            book.onTrade(trade);
        }
    }

    void onTicker(FeedSocket socket, VenueBook book, Ticker ticker) {
        if (sockets.isServing(socket)) {
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
        if (sockets.isServing(socket)) {
            books.forEach(book -> book.sync().onGap());
        } else {
            onFailed(socket, EndReason.BROKEN_FRAME);
        }
    }

    /** Every 100 ms: the life of the connection and the upkeep of its books. */
    void tick(long nowMs) {
        FeedSocket current = sockets.serving();
        if (current != null) {
            life.onFrame(current.number(), current.lastReadAtMs());
            current.tick(nowMs);
            books.forEach(book -> upkeep.look(book, current, nowMs));
        }
        sockets.tickYounger(nowMs);
        lookAtHandover();
        life.tick(nowMs);
    }

    /** A book of this connection wants a whole copy. */
    void requestSnapshot(VenueBook book) {
        upkeep.requestSnapshot(book, nowMs());
    }

    int id() {
        return id;
    }
}
