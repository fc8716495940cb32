package dev.relay.sidecar.venue.okx;

import dev.relay.sidecar.venue.FrameReader;
import dev.relay.sidecar.venue.FrameSink;
import dev.relay.sidecar.venue.Instrument;
import dev.relay.sidecar.venue.JsonCursor;
import dev.relay.sidecar.venue.StreamCodec.Reading;
import dev.relay.sidecar.venue.SymbolTable;
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

    private final FrameReader frame = new FrameReader();
    private final FrameReader.Body body = this::frame;
    private final JsonCursor json = frame.json;
    private Channel channel = Channel.NONE;
    private @Nullable VenueBook book;
    private boolean isSnapshot;
    private boolean isEvent;

    Reading read(byte[] bytes, int length, SymbolTable books, FrameSink sink) {
        if (length == 4 && bytes[0] == 'p' && bytes[1] == 'o' && bytes[2] == 'n' && bytes[3] == 'g') {
            return Reading.QUIET;
        }
        channel = Channel.NONE;
        book = null;
        isSnapshot = false;
        isEvent = false;
        return frame.read(bytes, length, books, sink, body);
    }

    private Reading frame(SymbolTable books, FrameSink sink) {
        int dataAt = -1;
        for (boolean isOpen = json.firstKey(); isOpen; isOpen = json.nextKey()) {
            if (json.textIs("arg")) {
                arg(books);
            } else if (json.textIs("action")) {
                isSnapshot = frame.isText("snapshot");
            } else if (json.textIs("data")) {
                dataAt = json.remember();
            } else {
                isEvent |= json.textIs("event");
                json.skipValue();
            }
        }
        json.end();
        VenueBook found = book;
        if (dataAt >= 0 && found != null && !isEvent) {
            json.position(dataAt);
            data(found, sink);
        }
        return isEvent || channel == Channel.NONE
                ? Reading.CONTROL
                : channel == Channel.OTHER ? Reading.QUIET : Reading.DATA;
    }

    private void arg(SymbolTable books) {
        channel = Channel.OTHER;
        for (boolean isOpen = json.firstKey(); isOpen; isOpen = json.nextKey()) {
            if (json.textIs("channel")) {
                json.string();
                channel = json.textIs("books")
                        ? Channel.BOOKS
                        : json.textIs("trades")
                                ? Channel.TRADES
                                : json.textIs("tickers") ? Channel.TICKERS : Channel.OTHER;
            } else if (json.textIs("instId")) {
                book = frame.book(books);
            } else {
                json.skipValue();
            }
        }
    }

    private void data(VenueBook found, FrameSink sink) {
        for (boolean isOpen = json.firstItem(); isOpen; isOpen = json.nextItem()) {
            frame.begin();
            switch (channel) {
                case BOOKS -> book(found, sink);
                case TRADES -> trade(found, sink);
                case TICKERS -> ticker(found, sink);
                case NONE, OTHER -> json.skipValue();
            }
        }
    }

    private void book(VenueBook found, FrameSink sink) {
        long id = NO_ID;
        long previous = NO_ID;
        for (boolean isOpen = json.firstKey(); isOpen; isOpen = json.nextKey()) {
            if (json.textIs("bids")) {
                frame.pairs(found.instrument(), true);
            } else if (json.textIs("asks")) {
                frame.pairs(found.instrument(), false);
            } else if (json.textIs("ts")) {
                frame.delta.eventAtMs(json.quotedInteger());
            } else if (json.textIs("checksum")) {
                frame.delta.checksum(json.signedInteger());
            } else if (json.textIs("seqId")) {
                id = json.signedInteger();
            } else if (json.textIs("prevSeqId")) {
                previous = json.signedInteger();
            } else {
                json.skipValue();
            }
        }
        if (id != NO_ID) {
            frame.delta.ids(previous, id);
        }
        if (isSnapshot) {
            frame.delta.markSnapshot();
        }
        frame.deliverDelta(found, sink);
    }

    private void trade(VenueBook found, FrameSink sink) {
        Instrument instrument = found.instrument();
        for (boolean isOpen = json.firstKey(); isOpen; isOpen = json.nextKey()) {
            if (json.textIs("px")) {
                frame.trade.price = frame.value(instrument.priceScale());
            } else if (json.textIs("sz")) {
                frame.trade.quantity = frame.value(instrument.quantityScale());
            } else if (json.textIs("side")) {
                frame.trade.isBuy = frame.isText("buy");
            } else if (json.textIs("tradeId")) {
                frame.trade.id = frame.id();
            } else if (json.textIs("ts")) {
                frame.trade.eventAtMs = json.quotedInteger();
            } else {
                json.skipValue();
            }
        }
        frame.deliverTrade(found, sink);
    }

    /** An empty text stands for a side without orders. */
    private void ticker(VenueBook found, FrameSink sink) {
        Instrument instrument = found.instrument();
        for (boolean isOpen = json.firstKey(); isOpen; isOpen = json.nextKey()) {
            if (json.textIs("bidPx")) {
                frame.ticker.bidPrice = frame.valueOrNone(instrument.priceScale());
            } else if (json.textIs("bidSz")) {
                frame.ticker.bidQuantity = frame.valueOrNone(instrument.quantityScale());
            } else if (json.textIs("askPx")) {
                frame.ticker.askPrice = frame.valueOrNone(instrument.priceScale());
            } else if (json.textIs("askSz")) {
                frame.ticker.askQuantity = frame.valueOrNone(instrument.quantityScale());
            } else if (json.textIs("ts")) {
                frame.ticker.eventAtMs = json.quotedInteger();
            } else {
                json.skipValue();
            }
        }
        frame.deliverTicker(found, sink);
    }
}
