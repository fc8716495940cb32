package dev.relay.sidecar.venue.okx;

import dev.relay.sidecar.book.Book;
import dev.relay.sidecar.book.BookChecksum;
import dev.relay.sidecar.book.BookSide;
import dev.relay.sidecar.book.Scale;
import java.util.zip.CRC32;

/**
 * The CRC32 that the venue sent until 2026: up to 25 levels, bid and ask in turn, {@code price:quantity} joined by colons,
 * as a signed integer. A side that has no such level is left out.
 */
final class OkxChecksum implements BookChecksum {
    private static final int LEVELS = 25;

    private final CRC32 crc = new CRC32();
    private final byte[] text = new byte[4 * LEVELS * (Scale.MAX_TEXT_BYTES + 1)];

    @Override
    public long of(Book book, Scale priceScale, Scale quantityScale) {
        int at = 0;
        for (int rank = 0; rank < LEVELS; rank++) {
            at = level(book.bids(), rank, priceScale, quantityScale, at);
            at = level(book.asks(), rank, priceScale, quantityScale, at);
        }
        crc.reset();
        crc.update(text, 0, Math.max(0, at - 1));
        return (int) crc.getValue();
    }

    private int level(BookSide side, int rank, Scale priceScale, Scale quantityScale, int from) {
        if (rank >= side.size()) {
            return from;
        }
        int at = priceScale.write(side.price(rank), text, from);
        text[at++] = ':';
        at = quantityScale.write(side.quantity(rank), text, at);
        text[at++] = ':';
        return at;
    }

    @Override
    public int depth() {
        return LEVELS;
    }
}
