package dev.relay.sidecar.venue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.relay.sidecar.book.Delta;
import dev.relay.sidecar.feed.EndReason;
import dev.relay.sidecar.net.CloseReason;
import dev.relay.sidecar.net.Link;
import dev.relay.sidecar.net.LinkListener;
import dev.relay.sidecar.venue.StreamCodec.Control;
import dev.relay.sidecar.venue.StreamCodec.Page;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One socket of a {@link FeedConnection}, from the attempt to its end: subscribes, reads, keeps alive. What it reads goes
 * to the connection, which knows whether this socket serves. Feed thread only; never opened twice.
 */
final class FeedSocket implements LinkListener, FrameSink {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Logger LOG = LoggerFactory.getLogger(FeedSocket.class);

    private final int number;
    private final int tapId;
    private final FeedConnection connection;
    private final Venue venue;
    private final FeedRuntime runtime;
    private final SymbolTable table;
    private final FrameTap tap;
    private final StreamCodec codec;
    private @Nullable Link link;
    private @Nullable Subscriber subscriber;
    private @Nullable StreamSnapshots snapshots;
    private long nextPingMs;

    FeedSocket(
            int number,
            int tapId,
            FeedConnection connection,
            FeedConfig config,
            FeedRuntime runtime,
            SymbolTable table,
            FrameTap tap) {
        this.number = number;
        this.tapId = tapId;
        this.connection = connection;
        this.venue = config.venue();
        this.runtime = runtime;
        this.table = table;
        this.tap = tap;
        this.codec = venue.codec(config.publishedDepth());
    }

    void open() {
        link = runtime.transport().open(venue.stream(), venue.ws(), this);
    }

    int number() {
        return number;
    }

    void close() {
        Link current = link;
        if (current != null) {
            current.close();
        }
    }

    /** Monotonic time of the last bytes, negative before the first. */
    long lastReadAtMs() {
        Link current = link;
        return current != null && current.isOpen() ? current.lastReadAtMs() : -1;
    }

    @Override
    public void onOpen(Link opened) {
        link = opened;
        tap.onOpened(tapId, venue.stream().toString());
        snapshots = new StreamSnapshots(codec, opened, venue.limits());
        nextPingMs = connection.nowMs() + venue.limits().pingEveryMs();
        Subscriber started = new Subscriber(
                opened,
                runtime.loop(),
                codec.subscribe(connection.instruments()),
                venue.limits().sendPauseMs(),
                this::onPageSent,
                this::onPageConfirmed,
                problem -> fail(EndReason.REFUSED, problem));
        subscriber = started;
        connection.onOpened(this);
        started.sendNext();
    }

    private void onPageSent(Page page) {
        tap.onSent(tapId, page.text());
        connection.onPageSent(this, page);
    }

    private void onPageConfirmed(Page page) {
        Subscriber current = subscriber;
        connection.onPageConfirmed(this, page, current != null && current.isLast(page));
    }

    @Override
    public void onText(byte[] bytes, int length) {
        connection.onFrame(this);
        tap.onFrame(tapId, bytes, length);
        switch (codec.read(bytes, length, table, this)) {
            case DATA -> connection.onData(this);
            case QUIET -> {}
            case CONTROL -> onControl(bytes, length);
            case BROKEN -> {
                connection.noteBroken();
                fail(EndReason.BROKEN_FRAME, "unreadable frame");
            }
        }
    }

    private void onControl(byte[] bytes, int length) {
        try {
            Control control = codec.control(JSON.readTree(bytes, 0, length));
            switch (control.step()) {
                case NONE -> {}
                case ANSWER -> onAnswer(control);
                case REFUSED_SYMBOL -> {
                    connection.refuse(control.venueSymbol(), control.detail());
                    onAnswer(control);
                }
                case REFUSED -> fail(EndReason.REFUSED, control.detail());
                case SHUTDOWN -> connection.onShutdown(this);
            }
        } catch (IOException e) {
            fail(EndReason.BROKEN_FRAME, String.valueOf(e.getMessage()));
        }
    }

    private void onAnswer(Control control) {
        if (control.depth() > 0) {
            connection.keepDepth(control.venueSymbol(), control.depth());
        }
        Subscriber current = subscriber;
        if (current != null && !current.isDone()) {
            current.onAnswer();
        }
    }

    private void fail(EndReason reason, String problem) {
        LOG.warn("socket_failed venue={} socket={} reason={} problem={}", venue.name(), tapId, reason, problem);
        connection.onFailed(this, reason);
    }

    @Override
    public void onClosed(CloseReason reason) {
        tap.onClosed(tapId, reason.toString());
        subscriber = null;
        snapshots = null;
        connection.onEnded(this, reason);
    }

    /** The venue's own ping and snapshots called for in the stream. */
    void tick(long nowMs) {
        Link current = link;
        StreamSnapshots calls = snapshots;
        if (current == null || calls == null || !current.isOpen()) {
            return;
        }
        String ping = codec.ping();
        if (ping != null && venue.limits().pingEveryMs() > 0 && nowMs >= nextPingMs) {
            nextPingMs = nowMs + venue.limits().pingEveryMs();
            current.send(ping);
        }
        calls.pump(nowMs);
    }

    void callForSnapshot(VenueBook book, long nowMs) {
        StreamSnapshots calls = snapshots;
        if (calls != null) {
            calls.add(book, nowMs);
        }
    }

    /** Whether there is a message that makes the venue tell the book anew. */
    boolean canCallFor(VenueBook book) {
        return !codec.callForSnapshot(book.instrument()).isEmpty();
    }

    /** No snapshot is being called for. */
    boolean isFree() {
        StreamSnapshots calls = snapshots;
        return calls != null && calls.isIdle();
    }

    @Override
    public void onDelta(VenueBook book, Delta delta) {
        connection.onDelta(this, book, delta);
    }

    @Override
    public void onTicker(VenueBook book, Ticker ticker) {
        connection.onTicker(this, book, ticker);
    }

    @Override
    public void onTrade(VenueBook book, Trade trade) {
        connection.onTrade(this, book, trade);
    }

    @Override
    public void onFault(VenueBook book) {
        connection.onFault(book);
    }

    @Override
    public void onGap() {
        connection.onGap(this);
    }
}
