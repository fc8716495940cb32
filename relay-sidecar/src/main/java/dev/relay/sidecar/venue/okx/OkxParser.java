package dev.relay.sidecar.venue.okx;

import dev.relay.sidecar.book.Delta;
import dev.relay.sidecar.book.Scale;
import dev.relay.sidecar.venue.FrameSink;
import dev.relay.sidecar.venue.Instrument;
import dev.relay.sidecar.venue.JsonCursor;
import dev.relay.sidecar.venue.StreamCodec.Reading;
import dev.relay.sidecar.venue.SymbolTable;
import dev.relay.sidecar.venue.Ticker;
import dev.relay.sidecar.venue.Trade;
import dev.relay.sidecar.venue.VenueBook;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code books}, {@code trades} and {@code tickers} frames straight from bytes into reused fields; fields may come in
 * any order. Feed thread only.
 */
final class OkxParser {
    private enum Channel {
        NONE,
        BOOKS,
        TRADES,
        TICKERS,
        OTHER
    }

    private static final long NO_ID = Long.MIN_VALUE;

    private final JsonCursor json = new JsonCursor();
    private final Delta delta = new Delta();
    private final Trade trade = new Trade();
    private final Ticker ticker = new Ticker();
    private Channel channel = Channel.NONE;
    private @Nullable VenueBook book;
    private boolean isSnapshot;
    private boolean isEvent;
    private boolean isFault;

    Reading read(byte[] bytes, int length, SymbolTable books, FrameSink sink) {
        if (length == 4 && bytes[0] == 'p' && bytes[1] == 'o' && bytes[2] == 'n' && bytes[3] == 'g') {
            return Reading.QUIET;
        }
        json.reset(bytes, length);
        channel = Channel.NONE;
        book = null;
        isSnapshot = false;
        isEvent = false;
        try {
            frame(books, sink);
        } catch (JsonCursor.BrokenFrame e) {
            return Reading.BROKEN;
        }
        return isEvent || channel == Channel.NONE
                ? Reading.CONTROL
                : channel == Channel.OTHER ? Reading.QUIET : Reading.DATA;
    }

    private void frame(SymbolTable books, FrameSink sink) {
        int dataAt = -1;
        if (json.enter('{', '}')) {
            do {
                json.key();
                if (json.textIs("arg")) {
                    arg(books);
                } else if (json.textIs("action")) {
                    json.string();
                    isSnapshot = json.textIs("snapshot");
                } else if (json.textIs("data")) {
                    dataAt = json.remember();
                } else {
                    isEvent |= json.textIs("event");
                    json.skipValue();
                }
            } while (json.more('}'));
        }
        json.end();
        VenueBook found = book;
        if (dataAt >= 0 && found != null && !isEvent) {
            json.position(dataAt);
            data(found, sink);
        }
    }

    private void arg(SymbolTable books) {
        channel = Channel.OTHER;
        if (json.enter('{', '}')) {
            do {
                json.key();
                if (json.textIs("channel")) {
                    json.string();
                    channel = json.textIs("books")
                            ? Channel.BOOKS
                            : json.textIs("trades")
                                    ? Channel.TRADES
                                    : json.textIs("tickers") ? Channel.TICKERS : Channel.OTHER;
                } else if (json.textIs("instId")) {
                    json.string();
                    book = books.find(json.bytes(), json.textFrom(), json.textTo());
                } else {
                    json.skipValue();
                }
            } while (json.more('}'));
        }
    }

    private void data(VenueBook found, FrameSink sink) {
        if (json.enter('[', ']')) {
            do {
                isFault = false;
                switch (channel) {
                    case BOOKS -> book(found, sink);
                    case TRADES -> trade(found, sink);
                    case TICKERS -> ticker(found, sink);
                    case NONE, OTHER -> json.skipValue();
                }
            } while (json.more(']'));
        }
    }

    private void book(VenueBook found, FrameSink sink) {
        delta.reset();
        long id = NO_ID;
        long previous = NO_ID;
        if (json.enter('{', '}')) {
            do {
                json.key();
                if (json.textIs("bids")) {
                    levels(found.instrument(), true);
                } else if (json.textIs("asks")) {
                    levels(found.instrument(), false);
                } else if (json.textIs("ts")) {
                    delta.eventAtMs(json.quotedInteger());
                } else if (json.textIs("checksum")) {
                    delta.checksum(json.signedInteger());
                } else if (json.textIs("seqId")) {
                    id = json.signedInteger();
                } else if (json.textIs("prevSeqId")) {
                    previous = json.signedInteger();
                } else {
                    json.skipValue();
                }
            } while (json.more('}'));
        }
        if (id != NO_ID) {
            delta.ids(previous, id);
        }
        if (isSnapshot) {
            delta.markSnapshot();
        }
        if (isFault) {
            sink.onFault(found);
        } else {
            sink.onDelta(found, delta);
        }
    }

    private void levels(Instrument instrument, boolean isBid) {
        if (json.enter('[', ']')) {
            do {
                json.expect('[');
                long price = number(instrument.priceScale());
                json.expect(',');
                long quantity = number(instrument.quantityScale());
                while (json.more(']')) {
                    json.skipValue();
                }
                if (isBid) {
                    delta.addBid(price, quantity);
                } else {
                    delta.addAsk(price, quantity);
                }
            } while (json.more(']'));
        }
    }

    private long number(Scale scale) {
        json.scalar();
        long value = scale.parse(json.bytes(), json.textFrom(), json.textTo());
        isFault |= value == Scale.FAULT;
        return value;
    }

    private void trade(VenueBook found, FrameSink sink) {
        trade.reset();
        Instrument instrument = found.instrument();
        if (json.enter('{', '}')) {
            do {
                json.key();
                if (json.textIs("px")) {
                    trade.price = number(instrument.priceScale());
                } else if (json.textIs("sz")) {
                    trade.quantity = number(instrument.quantityScale());
                } else if (json.textIs("side")) {
                    json.string();
                    trade.isBuy = json.textIs("buy");
                } else if (json.textIs("ts")) {
                    trade.eventAtMs = json.quotedInteger();
                } else {
                    json.skipValue();
                }
            } while (json.more('}'));
        }
        if (isFault) {
            sink.onFault(found);
        } else {
            sink.onTrade(found, trade);
        }
    }

    private void ticker(VenueBook found, FrameSink sink) {
        ticker.reset();
        Instrument instrument = found.instrument();
        if (json.enter('{', '}')) {
            do {
                json.key();
                if (json.textIs("bidPx")) {
                    ticker.bidPrice = numberOrNone(instrument.priceScale());
                } else if (json.textIs("bidSz")) {
                    ticker.bidQuantity = numberOrNone(instrument.quantityScale());
                } else if (json.textIs("askPx")) {
                    ticker.askPrice = numberOrNone(instrument.priceScale());
                } else if (json.textIs("askSz")) {
                    ticker.askQuantity = numberOrNone(instrument.quantityScale());
                } else if (json.textIs("ts")) {
                    ticker.eventAtMs = json.quotedInteger();
                } else {
                    json.skipValue();
                }
            } while (json.more('}'));
        }
        if (isFault) {
            sink.onFault(found);
        } else {
            sink.onTicker(found, ticker);
        }
    }

    /** An empty text stands for a side without orders. */
    private long numberOrNone(Scale scale) {
        json.scalar();
        if (json.textFrom() == json.textTo()) {
            return 0;
        }
        long value = scale.parse(json.bytes(), json.textFrom(), json.textTo());
        isFault |= value == Scale.FAULT;
        return value;
    }
}
