package dev.relay.sidecar.venue.binance;

import dev.relay.sidecar.book.Delta;
import dev.relay.sidecar.book.Scale;
import dev.relay.sidecar.venue.Instrument;
import dev.relay.sidecar.venue.JsonCursor;
import dev.relay.sidecar.venue.SymbolTable;
import dev.relay.sidecar.venue.Ticker;
import dev.relay.sidecar.venue.Trade;
import dev.relay.sidecar.venue.VenueBook;
import org.jspecify.annotations.Nullable;

/**
 * Reads combined-stream frames ({@code {"stream":"btcusdt@depth@100ms","data":{...}}}) straight from bytes into reused
 * fields; no allocation per frame. Jackson reads the same frames in the differential test. Feed thread only.
 *
 * <p>Fields may come in any order and unknown ones are skipped. The scale of a level list depends on the symbol, so a
 * list met before the symbol is remembered and read at the end.
 */
final class FrameParser {
    /** What a frame turned out to be. */
    enum Kind {
        /** {@link #book} and {@link #delta} are set. */
        DEPTH,
        /** {@link #book} and {@link #ticker} are set. */
        TICKER,
        /** {@link #book} and {@link #trade} are set. */
        TRADE,
        /** A number outside the instrument's scale; {@link #book} is set. */
        FAULT,
        /** A stream nobody here asked for, or a symbol not served. */
        OTHER,
        /** Not a stream frame: an answer to a request, or the venue's own announcement. */
        CONTROL,
        /** Not JSON as documented. */
        BROKEN
    }

    private final JsonCursor json = new JsonCursor();
    private final Delta delta = new Delta();
    private SymbolTable symbols;
    private @Nullable VenueBook book;
    private final Ticker ticker = new Ticker();
    private final Trade trade = new Trade();
    private boolean isFault;
    private int bidsAt;
    private int asksAt;
    private int bigBidAt;
    private int bigAskAt;
    private int priceAt;
    private int quantityAt;
    private int tradeIdAt;
    private boolean isTradeEvent;
    private boolean isSellerTaker;
    private boolean isTickerShape;
    private boolean isDepthShape;
    private long firstId;
    private long lastId;

    FrameParser(SymbolTable symbols) {
        this.symbols = symbols;
    }

    void symbols(SymbolTable newSymbols) {
        symbols = newSymbols;
    }

    Kind parse(byte[] bytes, int length) {
        json.reset(bytes, length);
        book = null;
        try {
            return frame();
        } catch (JsonCursor.BrokenFrame e) {
            return Kind.BROKEN;
        }
    }

    private Kind frame() {
        boolean isShutdown = false;
        Kind kind = Kind.CONTROL;
        for (boolean isOpen = json.firstKey(); isOpen; isOpen = json.nextKey()) {
            if (json.textIs("data") && json.peek() == '{') {
                kind = data();
            } else if (json.textIs("stream")) {
                json.string();
                isShutdown = json.textIs("!serverShutdown");
                kind = kind == Kind.CONTROL ? Kind.OTHER : kind;
            } else {
                json.skipValue();
            }
        }
        json.end();
        return isShutdown ? Kind.CONTROL : kind;
    }

    private Kind data() {
        begin();
        for (boolean isOpen = json.firstKey(); isOpen; isOpen = json.nextKey()) {
            field(json.onlyByte());
        }
        return finish();
    }

    private void begin() {
        delta.reset();
        isFault = false;
        isTickerShape = false;
        isDepthShape = false;
        bidsAt = -1;
        asksAt = -1;
        bigBidAt = -1;
        bigAskAt = -1;
        priceAt = -1;
        quantityAt = -1;
        tradeIdAt = -1;
        isTradeEvent = false;
        isSellerTaker = false;
        firstId = -1;
        lastId = -1;
    }

    private void field(int key) {
        switch (key) {
            case 's' -> {
                json.string();
                book = symbols.find(json.bytes(), json.textFrom(), json.textTo());
            }
            case 'e' -> {
                json.scalar();
                isTradeEvent = json.textIs("trade");
            }
            case 't' -> tradeIdAt = json.remember();
            case 'p' -> priceAt = json.remember();
            case 'q' -> quantityAt = json.remember();
            case 'm' -> {
                json.scalar();
                isSellerTaker = json.textIs("true");
            }
            case 'E' -> delta.eventAtMs(json.integer());
            case 'U' -> firstId = json.integer();
            case 'u' -> lastId = json.integer();
            case 'b' -> bidsAt = sideAt(true);
            case 'a' -> asksAt = sideAt(false);
            case 'B' -> bigBidAt = json.remember();
            case 'A' -> bigAskAt = json.remember();
            default -> json.skipValue();
        }
    }

    /** Reads a level list at once when the symbol is known; else, or for a ticker's price, remembers where it is. */
    private int sideAt(boolean isBid) {
        if (json.peek() == '[') {
            isDepthShape = true;
            if (book != null) {
                levels(book.instrument(), isBid);
                return -1;
            }
        } else {
            isTickerShape = true;
        }
        return json.remember();
    }

    private void levels(Instrument instrument, boolean isBid) {
        for (boolean isOpen = json.firstItem(); isOpen; isOpen = json.nextItem()) {
            json.expect('[');
            long price = number(instrument.priceScale());
            json.expect(',');
            long quantity = number(instrument.quantityScale());
            json.expect(']');
            delta.add(isBid, price, quantity);
        }
    }

    private long number(Scale scale) {
        json.string();
        long value = scale.parse(json.bytes(), json.textFrom(), json.textTo());
        isFault |= value == Scale.FAULT;
        return value;
    }

    private Kind finish() {
        boolean hasIds = isDepthShape ? firstId >= 0 && lastId >= firstId : lastId >= 0;
        VenueBook found = book;
        if (found != null && isTradeEvent && priceAt >= 0 && quantityAt >= 0) {
            return trade(found.instrument());
        }
        if (found == null || isDepthShape == isTickerShape || !hasIds) {
            return isDepthShape && !hasIds ? Kind.BROKEN : Kind.OTHER;
        }
        int resume = json.position();
        if (isDepthShape) {
            lateSides(found.instrument());
            delta.ids(firstId, lastId);
        } else if (bigBidAt < 0 || bigAskAt < 0 || bidsAt < 0 || asksAt < 0) {
            return Kind.OTHER;
        } else {
            ticker(found.instrument());
        }
        json.position(resume);
        return isFault ? Kind.FAULT : isDepthShape ? Kind.DEPTH : Kind.TICKER;
    }

    private void lateSides(Instrument instrument) {
        if (bidsAt >= 0) {
            json.position(bidsAt);
            levels(instrument, true);
        }
        if (asksAt >= 0) {
            json.position(asksAt);
            levels(instrument, false);
        }
    }

    private void ticker(Instrument instrument) {
        ticker.reset();
        ticker.id = lastId;
        ticker.bidPrice = numberAt(bidsAt, instrument.priceScale());
        ticker.bidQuantity = numberAt(bigBidAt, instrument.quantityScale());
        ticker.askPrice = numberAt(asksAt, instrument.priceScale());
        ticker.askQuantity = numberAt(bigAskAt, instrument.quantityScale());
    }

    private Kind trade(Instrument instrument) {
        int resume = json.position();
        trade.reset();
        trade.price = numberAt(priceAt, instrument.priceScale());
        trade.quantity = numberAt(quantityAt, instrument.quantityScale());
        if (tradeIdAt >= 0) {
            json.position(tradeIdAt);
            trade.id = json.integer();
        }
        trade.isBuy = !isSellerTaker;
        trade.eventAtMs = delta.eventAtMs();
        json.position(resume);
        return isFault ? Kind.FAULT : Kind.TRADE;
    }

    private long numberAt(int position, Scale scale) {
        json.position(position);
        return number(scale);
    }

    VenueBook book() {
        if (book == null) {
            throw new IllegalStateException("no book: the last frame was not of a served symbol");
        }
        return book;
    }

    /** Valid until the next frame. */
    Delta delta() {
        return delta;
    }

    /** Valid until the next frame. */
    Trade trade() {
        return trade;
    }

    /** Valid until the next frame. */
    Ticker ticker() {
        return ticker;
    }
}
