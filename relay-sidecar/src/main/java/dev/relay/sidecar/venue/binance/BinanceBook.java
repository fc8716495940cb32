package dev.relay.sidecar.venue.binance;

import dev.relay.sidecar.book.BookMailbox;
import dev.relay.sidecar.book.BookSync;
import dev.relay.sidecar.venue.Instrument;

/** One symbol on the feed thread: what it is, its state machine, and where its images go. */
final class BinanceBook {
    private Instrument instrument;
    private final BookSync sync;
    private final BookMailbox mailbox;

    BinanceBook(Instrument instrument, BookSync sync, BookMailbox mailbox) {
        this.instrument = instrument;
        this.sync = sync;
        this.mailbox = mailbox;
    }

    Instrument instrument() {
        return instrument;
    }

    /** After the venue changed the tick: the next snapshot and deltas are read with the new scales. */
    void instrument(Instrument reloaded) {
        instrument = reloaded;
    }

    BookSync sync() {
        return sync;
    }

    BookMailbox mailbox() {
        return mailbox;
    }
}
