package dev.relay.sidecar.venue.kraken;

import dev.relay.sidecar.book.Book;
import dev.relay.sidecar.book.BookChecksum;
import dev.relay.sidecar.book.BookSide;
import dev.relay.sidecar.book.Scale;
import java.util.zip.CRC32;

/**
 * CRC32 over the top ten asks, then the top ten bids, best first: price and quantity of each level in the instrument's
 * full precision without point and leading zeros, which is exactly the digits of the scaled integers.
 */
final class KrakenChecksum implements BookChecksum {
    private static final int LEVELS = 10;
    private static final Scale DIGITS = new Scale(0);

    private final CRC32 crc = new CRC32();
    private final byte[] text = new byte[4 * LEVELS * Scale.MAX_TEXT_BYTES];

    @Override
    public long of(Book book, Scale priceScale, Scale quantityScale) {
        crc.reset();
        crc.update(text, 0, side(book.bids(), side(book.asks(), 0)));
        return crc.getValue();
    }

    private int side(BookSide side, int from) {
        int at = from;
        for (int rank = 0; rank < Math.min(LEVELS, side.size()); rank++) {
            at = DIGITS.write(side.price(rank), text, at);
            at = DIGITS.write(side.quantity(rank), text, at);
        }
        return at;
    }

    @Override
    public int depth() {
        return LEVELS;
    }
}
