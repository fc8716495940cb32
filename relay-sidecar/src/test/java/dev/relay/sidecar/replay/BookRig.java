package dev.relay.sidecar.replay;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.book.BookMailbox;
import dev.relay.sidecar.book.BookSide;
import dev.relay.sidecar.book.BookStatus;
import dev.relay.sidecar.book.BookSync;
import dev.relay.sidecar.book.Delta;
import dev.relay.sidecar.book.Scale;
import dev.relay.sidecar.book.SyncReason;
import dev.relay.sidecar.venue.FrameSink;
import dev.relay.sidecar.venue.Instrument;
import dev.relay.sidecar.venue.StreamCodec;
import dev.relay.sidecar.venue.SymbolTable;
import dev.relay.sidecar.venue.Ticker;
import dev.relay.sidecar.venue.Trade;
import dev.relay.sidecar.venue.Venue;
import dev.relay.sidecar.venue.VenueBook;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One symbol's real parser and book on the test's thread, with the venue's side of the recording answering its calls. */
final class BookRig implements FrameSink, BookSync.Port {
    private static final URI NOWHERE = URI.create("http://127.0.0.1:1");

    final BookSync sync;
    final BookMailbox mailbox;
    private final ReplayScript script;
    private final Instrument instrument;
    private final VenueBook book;
    private final SymbolTable table;
    private final StreamCodec codec;
    private final Venue venue;
    boolean isSnapshotAsked;
    boolean isFaulty;
    int gaps;

    BookRig(ReplayScript script, String symbol, int depth) {
        this.script = script;
        venue = script.venue(NOWHERE, NOWHERE);
        Decimals decimals = script.decimals(symbol);
        instrument = new Instrument(symbol, symbol, new Scale(decimals.price()), new Scale(decimals.quantity()));
        sync = new BookSync(symbol, venue.rules(depth), this);
        mailbox = new BookMailbox(symbol, depth);
        book = new VenueBook(instrument, sync, mailbox);
        table = new SymbolTable(List.of(book));
        codec = venue.codec(depth);
        if (script instanceof KrakenScript kraken) {
            sync.keepDepth(kraken.window(symbol));
        }
    }

    /** Levels a side that the recorded venue keeps current. */
    static int window(ReplayScript script, String symbol) {
        return script instanceof KrakenScript kraken ? kraken.window(symbol) : Integer.MAX_VALUE;
    }

    /** The book's frames alone. */
    static List<Frame> framesOf(ReplayScript script, String symbol) {
        return script.frames().stream()
                .filter(frame -> frame.symbol().equals(symbol))
                .toList();
    }

    /** What the recorded venue answered first, null where snapshots come in the stream. */
    static JsonNode firstSnapshot(ReplayScript script, String symbol) throws Exception {
        String body = script.answer("/api/v3/depth", Map.of("symbol", List.of(symbol)), "");
        return RecordingReader.JSON.readTree(body == null ? "null" : body);
    }

    StreamCodec.Reading feed(byte[] frame) {
        return codec.read(frame, frame.length, table, this);
    }

    void feed(String frame) {
        feed(frame.getBytes(StandardCharsets.UTF_8));
    }

    /** Gives the book what it asked for: from {@code truth} over REST, else from the script in the stream. */
    void answer(Truth truth) {
        for (int round = 0; isSnapshotAsked && round < 3; round++) {
            isSnapshotAsked = false;
            if (venue.snapshots() != null && script instanceof BinanceScript) {
                sync.onSnapshot(truth.snapshot(instrument.priceScale(), instrument.quantityScale()), 5_000);
            } else {
                codec.callForSnapshot(instrument)
                        .forEach(call -> script.onRequest(call).forEach(this::feed));
            }
        }
    }

    /** What readers see now, at most {@code depth} levels a side. */
    Truth.Top top(int depth) {
        return new Truth.Top(texts(sync.book().bids(), depth), texts(sync.book().asks(), depth));
    }

    private List<String> texts(BookSide side, int depth) {
        List<String> texts = new ArrayList<>();
        for (int rank = 0; rank < Math.min(depth, side.size()); rank++) {
            texts.add(instrument.priceScale().text(side.price(rank)) + ":"
                    + instrument.quantityScale().text(side.quantity(rank)));
        }
        return texts;
    }

    boolean isLive() {
        return sync.status() == BookStatus.LIVE;
    }

    @Override
    public void requestSnapshot(BookSync asked) {
        isSnapshotAsked = true;
    }

    @Override
    public void changed(BookSync changed) {
        mailbox.put(changed, instrument.priceScale(), instrument.quantityScale(), 1);
    }

    @Override
    public void transition(BookSync stepped, BookStatus from, BookStatus to, SyncReason reason) {}

    @Override
    public void onDelta(VenueBook changed, Delta delta) {
        changed.sync().onDelta(delta);
    }

    @Override
    public void onTicker(VenueBook of, Ticker ticker) {
        if (ticker.id >= 0) {
            sync.onTicker(ticker.id, ticker.bidPrice, ticker.bidQuantity, ticker.askPrice, ticker.askQuantity);
        }
    }

    @Override
    public void onTrade(VenueBook of, Trade trade) {}

    @Override
    public void onFault(VenueBook of) {
        isFaulty = true;
        sync.onFault();
    }

    @Override
    public void onGap() {
        gaps++;
        sync.onGap();
    }
}
