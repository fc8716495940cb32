package dev.relay.sidecar.venue.hyperliquid;

import dev.relay.sidecar.venue.FrameReader;
import dev.relay.sidecar.venue.FrameSink;
import dev.relay.sidecar.venue.Instrument;
import dev.relay.sidecar.venue.JsonCursor;
import dev.relay.sidecar.venue.StreamCodec.Reading;
import dev.relay.sidecar.venue.SymbolTable;
import dev.relay.sidecar.venue.VenueBook;

/** Reads {@code l2Book} and {@code trades} frames straight from bytes into reused fields. Feed thread only. */
final class HyperliquidParser {
    private enum Channel {
        NONE,
        BOOK,
        TRADES,
        ANSWER,
        OTHER
    }

    private final FrameReader frame = new FrameReader();
    private final FrameReader.Body body = this::frame;
    private final JsonCursor json = frame.json;
    private Channel channel = Channel.NONE;

    Reading read(byte[] bytes, int length, SymbolTable books, FrameSink sink) {
        channel = Channel.NONE;
        return frame.read(bytes, length, books, sink, body);
    }

    private Reading frame(SymbolTable books, FrameSink sink) {
        int dataAt = -1;
        for (boolean isOpen = json.firstKey(); isOpen; isOpen = json.nextKey()) {
            if (json.textIs("channel")) {
                channel = channel();
            } else if (json.textIs("data")) {
                dataAt = json.remember();
            } else {
                json.skipValue();
            }
        }
        json.end();
        if (dataAt >= 0) {
            json.position(dataAt);
            if (channel == Channel.BOOK) {
                book(books, sink);
            } else if (channel == Channel.TRADES) {
                trades(books, sink);
            }
        }
        return switch (channel) {
            case BOOK, TRADES -> Reading.DATA;
            case OTHER -> Reading.QUIET;
            case NONE, ANSWER -> Reading.CONTROL;
        };
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
        frame.begin();
        frame.delta.markSnapshot();
        VenueBook book = null;
        boolean isNamed = false;
        int levelsAt = -1;
        for (boolean isOpen = json.firstKey(); isOpen; isOpen = json.nextKey()) {
            if (json.textIs("coin")) {
                book = frame.book(books);
                isNamed = true;
            } else if (json.textIs("time")) {
                frame.delta.eventAtMs(json.integer());
            } else if (json.textIs("levels")) {
                levelsAt = json.remember();
            } else {
                json.skipValue();
            }
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
        if (frame.delta.eventAtMs() < book.sync().eventAtMs()) {
            book.sync().onOld();
        } else {
            frame.deliverDelta(book, sink);
        }
    }

    private void levels(Instrument instrument) {
        json.expect('[');
        frame.objects(instrument, true, "px", "sz");
        json.expect(',');
        frame.objects(instrument, false, "px", "sz");
        json.expect(']');
    }

    private void trades(SymbolTable books, FrameSink sink) {
        for (boolean isOpen = json.firstItem(); isOpen; isOpen = json.nextItem()) {
            trade(books, sink);
        }
    }

    private void trade(SymbolTable books, FrameSink sink) {
        frame.begin();
        VenueBook book = null;
        int priceAt = -1;
        int quantityAt = -1;
        for (boolean isOpen = json.firstKey(); isOpen; isOpen = json.nextKey()) {
            if (json.textIs("coin")) {
                book = frame.book(books);
            } else if (json.textIs("side")) {
                frame.trade.isBuy = frame.isText("B");
            } else if (json.textIs("px")) {
                priceAt = json.remember();
            } else if (json.textIs("sz")) {
                quantityAt = json.remember();
            } else if (json.textIs("time")) {
                frame.trade.eventAtMs = json.integer();
            } else if (json.textIs("tid")) {
                frame.trade.id = frame.id();
            } else {
                json.skipValue();
            }
        }
        if (book != null && priceAt >= 0 && quantityAt >= 0) {
            frame.deliverTrade(book, priceAt, quantityAt, sink);
        }
    }
}
