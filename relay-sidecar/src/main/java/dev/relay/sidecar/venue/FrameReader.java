package dev.relay.sidecar.venue;

import dev.relay.sidecar.book.Delta;
import dev.relay.sidecar.book.Scale;
import dev.relay.sidecar.venue.StreamCodec.Reading;
import org.jspecify.annotations.Nullable;

/**
 * What the frames of several venues have in common, read over one {@link JsonCursor} into reused fields: values in an
 * instrument's scale, level lists in their two spellings, the name of a book, and the hand-over to the sink. A venue's
 * parser knows the names of the fields and their order. Feed thread only; allocates nothing.
 */
public final class FrameReader {
    /** Reads the rest of a frame that begins here. */
    @FunctionalInterface
    public interface Body {
        Reading read(SymbolTable books, FrameSink sink);
    }

    public final JsonCursor json = new JsonCursor();
    public final Delta delta = new Delta();
    public final Trade trade = new Trade();
    public final Ticker ticker = new Ticker();
    private boolean isFault;

    /** One whole frame; BROKEN when it is not JSON as it should be. */
    public Reading read(byte[] bytes, int length, SymbolTable books, FrameSink sink, Body body) {
        json.reset(bytes, length);
        isFault = false;
        try {
            return body.read(books, sink);
        } catch (JsonCursor.BrokenFrame e) {
            return Reading.BROKEN;
        }
    }

    /** A new item: whatever did not fit so far belonged to another. */
    public void begin() {
        isFault = false;
        delta.reset();
        trade.reset();
        ticker.reset();
    }

    // --- values ---

    /** A number, in quotes or not; FAULT, and remembered, when it does not fit. */
    public long value(Scale scale) {
        json.scalar();
        long value = scale.parseNumber(json.bytes(), json.textFrom(), json.textTo());
        isFault |= value == Scale.FAULT;
        return value;
    }

    /** The same where an empty text stands for nothing. */
    public long valueOrNone(Scale scale) {
        int resume = json.position();
        json.scalar();
        if (json.textFrom() == json.textTo()) {
            return 0;
        }
        json.position(resume);
        return value(scale);
    }

    /** The value remembered at a position; the cursor stays behind it. A field that did not come does not fit. */
    public long valueAt(int position, Scale scale) {
        if (position < 0) {
            isFault = true;
            return Scale.FAULT;
        }
        json.position(position);
        return value(scale);
    }

    public long isoTimeMs() {
        json.scalar();
        return IsoTime.parseMs(json.bytes(), json.textFrom(), json.textTo());
    }

    /** An id of digits, in quotes or not; -1 when it is anything else. */
    public long id() {
        json.scalar();
        long id = json.textFrom() == json.textTo() ? -1 : 0;
        for (int i = json.textFrom(); i < json.textTo() && id >= 0; i++) {
            int digit = json.bytes()[i] - '0';
            id = digit < 0 || digit > 9 || id > (Long.MAX_VALUE - 9) / 10 ? -1 : id * 10 + digit;
        }
        return id;
    }

    /** Reads a string; whether it is this ASCII text. */
    public boolean isText(String text) {
        json.string();
        return json.textIs(text);
    }

    /** The book of the name that stands here, null when it is not served. */
    public @Nullable VenueBook book(SymbolTable books) {
        json.string();
        return books.find(json.bytes(), json.textFrom(), json.textTo());
    }

    // --- levels ---

    /** {@code [["price","quantity",…],…]} */
    public void pairs(Instrument instrument, boolean isBid) {
        for (boolean isOpen = json.firstItem(); isOpen; isOpen = json.nextItem()) {
            json.expect('[');
            long price = value(instrument.priceScale());
            json.expect(',');
            long quantity = value(instrument.quantityScale());
            while (json.nextItem()) {
                json.skipValue();
            }
            level(isBid, price, quantity);
        }
    }

    /** {@code [{"PRICE":…,"QUANTITY":…},…]} with the venue's names for the two. */
    public void objects(Instrument instrument, boolean isBid, String priceName, String quantityName) {
        for (boolean isOpen = json.firstItem(); isOpen; isOpen = json.nextItem()) {
            object(instrument, isBid, priceName, quantityName);
        }
    }

    private void object(Instrument instrument, boolean isBid, String priceName, String quantityName) {
        long price = Scale.FAULT;
        long quantity = Scale.FAULT;
        for (boolean isOpen = json.firstKey(); isOpen; isOpen = json.nextKey()) {
            if (json.textIs(priceName)) {
                price = value(instrument.priceScale());
            } else if (json.textIs(quantityName)) {
                quantity = value(instrument.quantityScale());
            } else {
                json.skipValue();
            }
        }
        level(isBid, price, quantity);
    }

    /** A level that lacks one of its numbers does not fit. */
    public void level(boolean isBid, long price, long quantity) {
        isFault |= price == Scale.FAULT || quantity == Scale.FAULT;
        delta.add(isBid, price, quantity);
    }

    // --- what has been read ---

    public void deliverDelta(VenueBook book, FrameSink sink) {
        if (isFault) {
            sink.onFault(book);
        } else {
            sink.onDelta(book, delta);
        }
    }

    public void deliverTrade(VenueBook book, FrameSink sink) {
        if (isFault) {
            sink.onFault(book);
        } else {
            sink.onTrade(book, trade);
        }
    }

    /** The same with price and quantity read where they stand; the cursor comes back. */
    public void deliverTrade(VenueBook book, int priceAt, int quantityAt, FrameSink sink) {
        int resume = json.position();
        trade.price = valueAt(priceAt, book.instrument().priceScale());
        trade.quantity = valueAt(quantityAt, book.instrument().quantityScale());
        json.position(resume);
        deliverTrade(book, sink);
    }

    public void deliverTicker(VenueBook book, FrameSink sink) {
        if (isFault) {
            sink.onFault(book);
        } else {
            sink.onTicker(book, ticker);
        }
    }
}
