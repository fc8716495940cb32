package dev.relay.sidecar.venue.kraken;

import dev.relay.sidecar.venue.FrameReader;
import dev.relay.sidecar.venue.FrameSink;
import dev.relay.sidecar.venue.Instrument;
import dev.relay.sidecar.venue.JsonCursor;
import dev.relay.sidecar.venue.StreamCodec.Reading;
import dev.relay.sidecar.venue.SymbolTable;
import dev.relay.sidecar.venue.VenueBook;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code book}, {@code trade} and {@code ticker} frames straight from bytes into reused fields. Fields may come in
 * any order: what needs a field not yet seen is remembered by position and read at the end. Feed thread only.
 */
final class KrakenParser {
    private enum Channel {
        NONE,
        BOOK,
        TRADE,
        TICKER,
        OTHER
    }

    private final FrameReader frame = new FrameReader();
    private final FrameReader.Body body = this::frame;
    private final JsonCursor json = frame.json;
    private Channel channel = Channel.NONE;
    private boolean isSnapshot;
    private boolean hasType;
    private boolean hasMethod;

    Reading read(byte[] bytes, int length, SymbolTable books, FrameSink sink) {
        channel = Channel.NONE;
        isSnapshot = false;
        hasType = false;
        hasMethod = false;
        return frame.read(bytes, length, books, sink, body);
    }

    private Reading frame(SymbolTable books, FrameSink sink) {
        int dataAt = -1;
        for (boolean isOpen = json.firstKey(); isOpen; isOpen = json.nextKey()) {
            if (json.textIs("channel")) {
                channel = channel();
            } else if (json.textIs("type")) {
                isSnapshot = frame.isText("snapshot");
                hasType = true;
            } else if (json.textIs("data") && channel != Channel.OTHER) {
                dataAt = channel == Channel.NONE || !hasType ? json.remember() : data(books, sink);
            } else {
                hasMethod |= json.textIs("method") || json.textIs("error");
                json.skipValue();
            }
        }
        json.end();
        if (dataAt >= 0 && channel != Channel.NONE && channel != Channel.OTHER) {
            json.position(dataAt);
            data(books, sink);
        }
        return hasMethod || channel == Channel.NONE
                ? Reading.CONTROL
                : channel == Channel.OTHER ? Reading.QUIET : Reading.DATA;
    }

    private Channel channel() {
        json.string();
        return json.textIs("book")
                ? Channel.BOOK
                : json.textIs("trade") ? Channel.TRADE : json.textIs("ticker") ? Channel.TICKER : Channel.OTHER;
    }

    private int data(SymbolTable books, FrameSink sink) {
        for (boolean isOpen = json.firstItem(); isOpen; isOpen = json.nextItem()) {
            frame.begin();
            switch (channel) {
                case BOOK -> book(books, sink);
                case TRADE -> trade(books, sink);
                case TICKER -> ticker(books, sink);
                case NONE, OTHER -> json.skipValue();
            }
        }
        return -1;
    }

    private void book(SymbolTable books, FrameSink sink) {
        VenueBook book = null;
        boolean isNamed = false;
        int bidsAt = -1;
        int asksAt = -1;
        for (boolean isOpen = json.firstKey(); isOpen; isOpen = json.nextKey()) {
            if (json.textIs("symbol")) {
                book = frame.book(books);
                isNamed = true;
            } else if (json.textIs("bids")) {
                bidsAt = levels(book, true);
            } else if (json.textIs("asks")) {
                asksAt = levels(book, false);
            } else if (json.textIs("checksum")) {
                frame.delta.checksum(json.integer());
            } else if (json.textIs("timestamp")) {
                frame.delta.eventAtMs(frame.isoTimeMs());
            } else {
                json.skipValue();
            }
        }
        if (!isNamed) {
            throw new JsonCursor.BrokenFrame();
        }
        if (book != null) {
            lateLevels(book, bidsAt, asksAt);
            if (isSnapshot) {
                frame.delta.markSnapshot();
            }
            frame.deliverDelta(book, sink);
        }
    }

    private int levels(@Nullable VenueBook book, boolean isBid) {
        if (book == null) {
            return json.remember();
        }
        frame.objects(book.instrument(), isBid, "price", "qty");
        return -1;
    }

    private void lateLevels(VenueBook book, int bidsAt, int asksAt) {
        int resume = json.position();
        if (bidsAt >= 0) {
            json.position(bidsAt);
            levels(book, true);
        }
        if (asksAt >= 0) {
            json.position(asksAt);
            levels(book, false);
        }
        json.position(resume);
    }

    private void trade(SymbolTable books, FrameSink sink) {
        VenueBook book = null;
        int priceAt = -1;
        int quantityAt = -1;
        for (boolean isOpen = json.firstKey(); isOpen; isOpen = json.nextKey()) {
            if (json.textIs("symbol")) {
                book = frame.book(books);
            } else if (json.textIs("side")) {
                frame.trade.isBuy = frame.isText("buy");
            } else if (json.textIs("price")) {
                priceAt = json.remember();
            } else if (json.textIs("qty")) {
                quantityAt = json.remember();
            } else if (json.textIs("trade_id")) {
                frame.trade.id = frame.id();
            } else if (json.textIs("timestamp")) {
                frame.trade.eventAtMs = frame.isoTimeMs();
            } else {
                json.skipValue();
            }
        }
        if (book != null) {
            frame.deliverTrade(book, priceAt, quantityAt, sink);
        }
    }

    private void ticker(SymbolTable books, FrameSink sink) {
        VenueBook book = null;
        int bidAt = -1;
        int bidQuantityAt = -1;
        int askAt = -1;
        int askQuantityAt = -1;
        for (boolean isOpen = json.firstKey(); isOpen; isOpen = json.nextKey()) {
            if (json.textIs("symbol")) {
                book = frame.book(books);
            } else if (json.textIs("bid")) {
                bidAt = json.remember();
            } else if (json.textIs("bid_qty")) {
                bidQuantityAt = json.remember();
            } else if (json.textIs("ask")) {
                askAt = json.remember();
            } else if (json.textIs("ask_qty")) {
                askQuantityAt = json.remember();
            } else {
                json.skipValue();
            }
        }
        if (book != null && bidAt >= 0 && bidQuantityAt >= 0 && askAt >= 0 && askQuantityAt >= 0) {
            int resume = json.position();
            Instrument instrument = book.instrument();
            frame.ticker.bidPrice = frame.valueAt(bidAt, instrument.priceScale());
            frame.ticker.bidQuantity = frame.valueAt(bidQuantityAt, instrument.quantityScale());
            frame.ticker.askPrice = frame.valueAt(askAt, instrument.priceScale());
            frame.ticker.askQuantity = frame.valueAt(askQuantityAt, instrument.quantityScale());
            json.position(resume);
            frame.deliverTicker(book, sink);
        }
    }
}
