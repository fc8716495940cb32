package dev.relay.sidecar.venue.coinbase;

import dev.relay.sidecar.book.Scale;
import dev.relay.sidecar.venue.FrameReader;
import dev.relay.sidecar.venue.FrameSink;
import dev.relay.sidecar.venue.JsonCursor;
import dev.relay.sidecar.venue.StreamCodec.Reading;
import dev.relay.sidecar.venue.SymbolTable;
import dev.relay.sidecar.venue.VenueBook;

/**
 * Reads the frames of one connection straight from bytes and follows their numbering, which runs over all channels: a
 * number that is not the next one is told before anything of the frame. Feed thread only.
 */
final class CoinbaseParser {
    private enum Channel {
        NONE,
        LEVELS,
        TRADES,
        TICKERS,
        SUBSCRIPTIONS,
        OTHER
    }

    private final FrameReader frame = new FrameReader();
    private final FrameReader.Body body = this::frame;
    private final JsonCursor json = frame.json;
    private Channel channel = Channel.NONE;
    private long expected = -1;
    private boolean isNumbered;
    private long frameAtMs;

    Reading read(byte[] bytes, int length, SymbolTable books, FrameSink sink) {
        channel = Channel.NONE;
        isNumbered = false;
        frameAtMs = 0;
        return frame.read(bytes, length, books, sink, body);
    }

    private Reading frame(SymbolTable books, FrameSink sink) {
        int eventsAt = -1;
        for (boolean isOpen = json.firstKey(); isOpen; isOpen = json.nextKey()) {
            if (json.textIs("channel")) {
                channel = channel();
            } else if (json.textIs("timestamp")) {
                frameAtMs = frame.isoTimeMs();
            } else if (json.textIs("sequence_num")) {
                number(json.integer(), sink);
            } else if (json.textIs("events")) {
                eventsAt = isNumbered && channel != Channel.NONE ? events(books, sink) : json.remember();
            } else {
                json.skipValue();
            }
        }
        json.end();
        if (eventsAt >= 0 && isNumbered) {
            json.position(eventsAt);
            events(books, sink);
        }
        return switch (channel) {
            case NONE, SUBSCRIPTIONS -> Reading.CONTROL;
            case OTHER -> Reading.QUIET;
            case LEVELS, TRADES, TICKERS -> isNumbered ? Reading.DATA : Reading.BROKEN;
        };
    }

    private Channel channel() {
        json.string();
        return json.textIs("l2_data")
                ? Channel.LEVELS
                : json.textIs("market_trades")
                        ? Channel.TRADES
                        : json.textIs("ticker")
                                ? Channel.TICKERS
                                : json.textIs("subscriptions") ? Channel.SUBSCRIPTIONS : Channel.OTHER;
    }

    private void number(long sequence, FrameSink sink) {
        isNumbered = true;
        if (expected >= 0 && sequence != expected) {
            sink.onGap();
        }
        expected = sequence + 1;
    }

    private int events(SymbolTable books, FrameSink sink) {
        for (boolean isOpen = json.firstItem(); isOpen; isOpen = json.nextItem()) {
            switch (channel) {
                case LEVELS -> levels(books, sink);
                case TRADES -> items("trades", books, sink);
                case TICKERS -> items("tickers", books, sink);
                case NONE, SUBSCRIPTIONS, OTHER -> json.skipValue();
            }
        }
        return -1;
    }

    private void levels(SymbolTable books, FrameSink sink) {
        frame.begin();
        VenueBook book = null;
        boolean isNamed = false;
        int updatesAt = -1;
        for (boolean isOpen = json.firstKey(); isOpen; isOpen = json.nextKey()) {
            if (json.textIs("type")) {
                if (frame.isText("snapshot")) {
                    frame.delta.markSnapshot();
                }
            } else if (json.textIs("product_id")) {
                book = frame.book(books);
                isNamed = true;
            } else if (json.textIs("updates")) {
                updatesAt = book == null ? json.remember() : updates(book);
            } else {
                json.skipValue();
            }
        }
        if (!isNamed) {
            throw new JsonCursor.BrokenFrame();
        }
        if (book != null) {
            if (updatesAt >= 0) {
                int resume = json.position();
                json.position(updatesAt);
                updates(book);
                json.position(resume);
            }
            frame.delta.eventAtMs(frameAtMs);
            frame.deliverDelta(book, sink);
        }
    }

    private int updates(VenueBook book) {
        for (boolean isOpen = json.firstItem(); isOpen; isOpen = json.nextItem()) {
            update(book);
        }
        return -1;
    }

    private void update(VenueBook book) {
        boolean isBid = false;
        boolean hasSide = false;
        long price = Scale.FAULT;
        long quantity = Scale.FAULT;
        for (boolean isOpen = json.firstKey(); isOpen; isOpen = json.nextKey()) {
            if (json.textIs("side")) {
                json.string();
                isBid = json.textIs("bid");
                hasSide = isBid || json.textIs("offer");
            } else if (json.textIs("price_level")) {
                price = frame.value(book.instrument().priceScale());
            } else if (json.textIs("new_quantity")) {
                quantity = frame.value(book.instrument().quantityScale());
            } else {
                json.skipValue();
            }
        }
        if (!hasSide) {
            throw new JsonCursor.BrokenFrame();
        }
        frame.level(isBid, price, quantity);
    }

    private void items(String list, SymbolTable books, FrameSink sink) {
        for (boolean isOpen = json.firstKey(); isOpen; isOpen = json.nextKey()) {
            if (json.textIs(list) && json.peek() == '[') {
                items(books, sink);
            } else {
                json.skipValue();
            }
        }
    }

    private void items(SymbolTable books, FrameSink sink) {
        for (boolean isOpen = json.firstItem(); isOpen; isOpen = json.nextItem()) {
            item(books, sink);
        }
    }

    private void item(SymbolTable books, FrameSink sink) {
        VenueBook book = null;
        boolean isBuy = false;
        int begin = json.remember();
        int end = json.position();
        json.position(begin);
        for (boolean isOpen = json.firstKey(); isOpen; isOpen = json.nextKey()) {
            if (json.textIs("product_id")) {
                book = frame.book(books);
            } else if (json.textIs("side")) {
                isBuy = frame.isText("BUY");
            } else {
                json.skipValue();
            }
        }
        if (book != null) {
            json.position(begin);
            deliver(book, isBuy, sink);
        }
        json.position(end);
    }

    private void deliver(VenueBook book, boolean isBuy, FrameSink sink) {
        frame.begin();
        Scale price = book.instrument().priceScale();
        Scale quantity = book.instrument().quantityScale();
        for (boolean isOpen = json.firstKey(); isOpen; isOpen = json.nextKey()) {
            if (channel == Channel.TRADES) {
                tradeField(price, quantity);
            } else {
                tickerField(price, quantity);
            }
        }
        frame.trade.isBuy = isBuy;
        frame.trade.eventAtMs = frameAtMs;
        frame.ticker.eventAtMs = frameAtMs;
        if (channel == Channel.TRADES) {
            frame.deliverTrade(book, sink);
        } else {
            frame.deliverTicker(book, sink);
        }
    }

    private void tradeField(Scale price, Scale quantity) {
        if (json.textIs("price")) {
            frame.trade.price = frame.value(price);
        } else if (json.textIs("size")) {
            frame.trade.quantity = frame.value(quantity);
        } else if (json.textIs("trade_id")) {
            frame.trade.id = frame.id();
        } else {
            json.skipValue();
        }
    }

    private void tickerField(Scale price, Scale quantity) {
        if (json.textIs("best_bid")) {
            frame.ticker.bidPrice = frame.valueOrNone(price);
        } else if (json.textIs("best_bid_quantity")) {
            frame.ticker.bidQuantity = frame.valueOrNone(quantity);
        } else if (json.textIs("best_ask")) {
            frame.ticker.askPrice = frame.valueOrNone(price);
        } else if (json.textIs("best_ask_quantity")) {
            frame.ticker.askQuantity = frame.valueOrNone(quantity);
        } else {
            json.skipValue();
        }
    }
}
