package dev.relay.sidecar.venue.hyperliquid;

import dev.relay.sidecar.book.Delta;
import dev.relay.sidecar.book.Scale;
import dev.relay.sidecar.venue.FrameSink;
import dev.relay.sidecar.venue.Instrument;
import dev.relay.sidecar.venue.JsonCursor;
import dev.relay.sidecar.venue.StreamCodec.Reading;
import dev.relay.sidecar.venue.SymbolTable;
import dev.relay.sidecar.venue.Trade;
import dev.relay.sidecar.venue.VenueBook;
import org.jspecify.annotations.Nullable;

/** Reads {@code l2Book} and {@code trades} frames straight from bytes into reused fields. Feed thread only. */
final class HyperliquidParser {
    private enum Channel {
        NONE,
        BOOK,
        TRADES,
        ANSWER,
        OTHER
    }

    private final JsonCursor json = new JsonCursor();
    private final Delta delta = new Delta();
    private final Trade trade = new Trade();
    private Channel channel = Channel.NONE;
    private boolean isFault;

    Reading read(byte[] bytes, int length, SymbolTable books, FrameSink sink) {
        json.reset(bytes, length);
        channel = Channel.NONE;
        try {
            frame(books, sink);
        } catch (JsonCursor.BrokenFrame e) {
            return Reading.BROKEN;
        }
        return switch (channel) {
            case BOOK, TRADES -> Reading.DATA;
            case OTHER -> Reading.QUIET;
            case NONE, ANSWER -> Reading.CONTROL;
        };
    }

    private void frame(SymbolTable books, FrameSink sink) {
        int dataAt = -1;
        if (json.enter('{', '}')) {
            do {
                json.key();
                if (json.textIs("channel")) {
                    channel = channel();
                } else if (json.textIs("data")) {
                    dataAt = json.remember();
                } else {
                    json.skipValue();
                }
            } while (json.more('}'));
        }
        json.end();
        if (dataAt >= 0) {
            json.position(dataAt);
            if (channel == Channel.BOOK) {
                book(books, sink);
            } else if (channel == Channel.TRADES && json.enter('[', ']')) {
                do {
                    trade(books, sink);
                } while (json.more(']'));
            }
        }
    }

    private Channel channel() {
        json.string();
        return json.textIs("l2Book")
                ? Channel.BOOK
                : json.textIs("trades")
                        ? Channel.TRADES
                        : json.textIs("subscriptionResponse") || json.textIs("error") ? Channel.ANSWER : Channel.OTHER;
    }

    private void book(SymbolTable books, FrameSink sink) {
        delta.reset();
        delta.markSnapshot();
        isFault = false;
        VenueBook book = null;
        boolean isNamed = false;
        int levelsAt = -1;
        if (json.enter('{', '}')) {
            do {
                json.key();
                if (json.textIs("coin")) {
                    book = find(books);
                    isNamed = true;
                } else if (json.textIs("time")) {
                    delta.eventAtMs(json.integer());
                } else if (json.textIs("levels")) {
                    levelsAt = json.remember();
                } else {
                    json.skipValue();
                }
            } while (json.more('}'));
        }
        if (!isNamed || levelsAt < 0) {
            throw new JsonCursor.BrokenFrame();
        }
        if (book != null) {
            json.position(levelsAt);
            levels(book.instrument());
            deliver(book, sink);
        }
    }

    /** Every frame is a whole book, so only one older than the book could harm. */
    private void deliver(VenueBook book, FrameSink sink) {
        if (delta.eventAtMs() < book.sync().eventAtMs()) {
            book.sync().onOld();
        } else if (isFault) {
            sink.onFault(book);
        } else {
            sink.onDelta(book, delta);
        }
    }

    private @Nullable VenueBook find(SymbolTable books) {
        json.string();
        return books.find(json.bytes(), json.textFrom(), json.textTo());
    }

    private void levels(Instrument instrument) {
        json.expect('[');
        side(instrument, true);
        json.expect(',');
        side(instrument, false);
        json.expect(']');
    }

    private void side(Instrument instrument, boolean isBid) {
        if (json.enter('[', ']')) {
            do {
                level(instrument, isBid);
            } while (json.more(']'));
        }
    }

    private void level(Instrument instrument, boolean isBid) {
        long price = Scale.FAULT;
        long quantity = Scale.FAULT;
        if (json.enter('{', '}')) {
            do {
                json.key();
                if (json.textIs("px")) {
                    price = value(instrument.priceScale());
                } else if (json.textIs("sz")) {
                    quantity = value(instrument.quantityScale());
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

    private long value(Scale scale) {
        json.scalar();
        return scale.parseNumber(json.bytes(), json.textFrom(), json.textTo());
    }

    private void trade(SymbolTable books, FrameSink sink) {
        trade.reset();
        VenueBook book = null;
        int priceAt = -1;
        int quantityAt = -1;
        if (json.enter('{', '}')) {
            do {
                json.key();
                if (json.textIs("coin")) {
                    book = find(books);
                } else if (json.textIs("side")) {
                    json.string();
                    trade.isBuy = json.textIs("B");
                } else if (json.textIs("px")) {
                    priceAt = json.remember();
                } else if (json.textIs("sz")) {
                    quantityAt = json.remember();
                } else if (json.textIs("time")) {
                    trade.eventAtMs = json.integer();
                } else {
                    json.skipValue();
                }
            } while (json.more('}'));
        }
        if (book != null && priceAt >= 0 && quantityAt >= 0) {
            int resume = json.position();
            json.position(priceAt);
            trade.price = value(book.instrument().priceScale());
            json.position(quantityAt);
            trade.quantity = value(book.instrument().quantityScale());
            json.position(resume);
            sink.onTrade(book, trade);
        }
    }
}
