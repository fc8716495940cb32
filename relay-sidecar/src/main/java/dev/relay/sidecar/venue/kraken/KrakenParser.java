package dev.relay.sidecar.venue.kraken;

import dev.relay.sidecar.book.Delta;
import dev.relay.sidecar.book.Scale;
import dev.relay.sidecar.venue.FrameSink;
import dev.relay.sidecar.venue.Instrument;
import dev.relay.sidecar.venue.IsoTime;
import dev.relay.sidecar.venue.JsonCursor;
import dev.relay.sidecar.venue.StreamCodec.Reading;
import dev.relay.sidecar.venue.SymbolTable;
import dev.relay.sidecar.venue.Ticker;
import dev.relay.sidecar.venue.Trade;
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

    private final JsonCursor json = new JsonCursor();
    private final Delta delta = new Delta();
    private final Trade trade = new Trade();
    private final Ticker ticker = new Ticker();
    private Channel channel = Channel.NONE;
    private boolean isSnapshot;
    private boolean hasType;
    private boolean hasMethod;
    private boolean isFault;

    Reading read(byte[] bytes, int length, SymbolTable books, FrameSink sink) {
        json.reset(bytes, length);
        channel = Channel.NONE;
        isSnapshot = false;
        hasType = false;
        hasMethod = false;
        try {
            frame(books, sink);
        } catch (JsonCursor.BrokenFrame e) {
            return Reading.BROKEN;
        }
        return hasMethod || channel == Channel.NONE
                ? Reading.CONTROL
                : channel == Channel.OTHER ? Reading.QUIET : Reading.DATA;
    }

    private void frame(SymbolTable books, FrameSink sink) {
        int dataAt = -1;
        if (json.enter('{', '}')) {
            do {
                json.key();
                if (json.textIs("channel")) {
                    channel = channel();
                } else if (json.textIs("type")) {
                    json.string();
                    isSnapshot = json.textIs("snapshot");
                    hasType = true;
                } else if (json.textIs("data") && channel != Channel.OTHER) {
                    dataAt = channel == Channel.NONE || !hasType ? json.remember() : data(books, sink);
                } else {
                    hasMethod |= json.textIs("method") || json.textIs("error");
                    json.skipValue();
                }
            } while (json.more('}'));
        }
        json.end();
        if (dataAt >= 0 && channel != Channel.NONE && channel != Channel.OTHER) {
            json.position(dataAt);
            data(books, sink);
        }
    }

    private Channel channel() {
        json.string();
        return json.textIs("book")
                ? Channel.BOOK
                : json.textIs("trade") ? Channel.TRADE : json.textIs("ticker") ? Channel.TICKER : Channel.OTHER;
    }

    private int data(SymbolTable books, FrameSink sink) {
        if (json.enter('[', ']')) {
            do {
                isFault = false;
                switch (channel) {
                    case BOOK -> book(books, sink);
                    case TRADE -> trade(books, sink);
                    case TICKER -> ticker(books, sink);
                    case NONE, OTHER -> json.skipValue();
                }
            } while (json.more(']'));
        }
        return -1;
    }

    private void book(SymbolTable books, FrameSink sink) {
        delta.reset();
        VenueBook book = null;
        boolean isNamed = false;
        int bidsAt = -1;
        int asksAt = -1;
        if (json.enter('{', '}')) {
            do {
                json.key();
                if (json.textIs("symbol")) {
                    book = find(books);
                    isNamed = true;
                } else if (json.textIs("bids")) {
                    bidsAt = levels(book, true);
                } else if (json.textIs("asks")) {
                    asksAt = levels(book, false);
                } else if (json.textIs("checksum")) {
                    delta.checksum(json.integer());
                } else if (json.textIs("timestamp")) {
                    delta.eventAtMs(time());
                } else {
                    json.skipValue();
                }
            } while (json.more('}'));
        }
        if (!isNamed) {
            throw new JsonCursor.BrokenFrame();
        }
        if (book != null) {
            lateLevels(book, bidsAt, asksAt);
            deliver(book, sink);
        }
    }

    private @Nullable VenueBook find(SymbolTable books) {
        json.string();
        return books.find(json.bytes(), json.textFrom(), json.textTo());
    }

    private long time() {
        json.scalar();
        return IsoTime.parseMs(json.bytes(), json.textFrom(), json.textTo());
    }

    private void deliver(VenueBook book, FrameSink sink) {
        if (isFault) {
            sink.onFault(book);
            return;
        }
        if (isSnapshot) {
            delta.markSnapshot();
        }
        sink.onDelta(book, delta);
    }

    private int levels(@Nullable VenueBook book, boolean isBid) {
        if (book == null) {
            return json.remember();
        }
        Instrument instrument = book.instrument();
        if (json.enter('[', ']')) {
            do {
                level(instrument, isBid);
            } while (json.more(']'));
        }
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

    private void level(Instrument instrument, boolean isBid) {
        long price = Scale.FAULT;
        long quantity = Scale.FAULT;
        if (json.enter('{', '}')) {
            do {
                json.key();
                if (json.textIs("price")) {
                    price = number(instrument.priceScale());
                } else if (json.textIs("qty")) {
                    quantity = number(instrument.quantityScale());
                } else {
                    json.skipValue();
                }
            } while (json.more('}'));
        }
        isFault |= price == Scale.FAULT || quantity == Scale.FAULT;
        if (isBid) {
            delta.addBid(price, quantity);
        } else {
            delta.addAsk(price, quantity);
        }
    }

    private long number(Scale scale) {
        json.scalar();
        return scale.parseNumber(json.bytes(), json.textFrom(), json.textTo());
    }

    private long numberAt(int position, Scale scale) {
        if (position < 0) {
            return Scale.FAULT;
        }
        json.position(position);
        return number(scale);
    }

    private void trade(SymbolTable books, FrameSink sink) {
        trade.reset();
        VenueBook book = null;
        int priceAt = -1;
        int quantityAt = -1;
        if (json.enter('{', '}')) {
            do {
                json.key();
                if (json.textIs("symbol")) {
                    book = find(books);
                } else if (json.textIs("side")) {
                    json.string();
                    trade.isBuy = json.textIs("buy");
                } else if (json.textIs("price")) {
                    priceAt = json.remember();
                } else if (json.textIs("qty")) {
                    quantityAt = json.remember();
                } else if (json.textIs("timestamp")) {
                    trade.eventAtMs = time();
                } else {
                    json.skipValue();
                }
            } while (json.more('}'));
        }
        if (book != null) {
            int resume = json.position();
            trade.price = numberAt(priceAt, book.instrument().priceScale());
            trade.quantity = numberAt(quantityAt, book.instrument().quantityScale());
            json.position(resume);
            if (trade.price == Scale.FAULT || trade.quantity == Scale.FAULT) {
                sink.onFault(book);
            } else {
                sink.onTrade(book, trade);
            }
        }
    }

    private void ticker(SymbolTable books, FrameSink sink) {
        ticker.reset();
        VenueBook book = null;
        int bidAt = -1;
        int bidQuantityAt = -1;
        int askAt = -1;
        int askQuantityAt = -1;
        if (json.enter('{', '}')) {
            do {
                json.key();
                if (json.textIs("symbol")) {
                    book = find(books);
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
            } while (json.more('}'));
        }
        if (book != null && bidAt >= 0 && askAt >= 0) {
            int resume = json.position();
            Instrument instrument = book.instrument();
            ticker.bidPrice = numberAt(bidAt, instrument.priceScale());
            ticker.bidQuantity = numberAt(bidQuantityAt, instrument.quantityScale());
            ticker.askPrice = numberAt(askAt, instrument.priceScale());
            ticker.askQuantity = numberAt(askQuantityAt, instrument.quantityScale());
            json.position(resume);
            sink.onTicker(book, ticker);
        }
    }
}
