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
    private static final int MAX_DIGITS = 19;

    private final CRC32 crc = new CRC32();
    private final byte[] text = new byte[4 * LEVELS * MAX_DIGITS];

    @Override
    public long of(Book book, Scale priceScale, Scale quantityScale) {
        crc.reset();
        crc.update(text, 0, side(book.bids(), side(book.asks(), 0)));
        return crc.getValue();
    }

    private int side(BookSide side, int from) {
        int at = from;
        for (int rank = 0; rank < Math.min(LEVELS, side.size()); rank++) {
            at = digits(side.quantity(rank), digits(side.price(rank), at));
        }
        return at;
    }

    private int digits(long value, int from) {
        int count = 1;
        for (long rest = value; rest >= 10; rest /= 10) {
            count++;
        }
        long rest = value;
        for (int i = from + count - 1; i >= from; i--) {
            text[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        return from + count;
    }

    @Override
    public int depth() {
        return LEVELS;
    }
}
