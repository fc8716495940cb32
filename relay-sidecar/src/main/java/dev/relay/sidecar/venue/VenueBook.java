package dev.relay.sidecar.venue;

import dev.relay.sidecar.book.BookMailbox;
import dev.relay.sidecar.book.BookSync;
import dev.relay.sidecar.quality.QualityConfig;
import dev.relay.sidecar.quality.QualityCounts;
import dev.relay.sidecar.quality.QualityGate;

/** One symbol on the feed thread: what it is, its state machine, and where its images go. */
public final class VenueBook {
    private Instrument instrument;
    private boolean isQueued;
    private long askedAtMs;
    private long tickers;
    private long trades;
    private final BookSync sync;
    private final BookMailbox mailbox;
    private final QualityGate gate;
    private final SilenceWatch silence = new SilenceWatch();

    public VenueBook(Instrument instrument, BookSync sync, BookMailbox mailbox) {
        this(instrument, sync, mailbox, new QualityGate(QualityConfig.defaults(), 1, new QualityCounts()));
    }

    VenueBook(Instrument instrument, BookSync sync, BookMailbox mailbox, QualityGate gate) {
        this.gate = gate;
        this.instrument = instrument;
        this.sync = sync;
        this.mailbox = mailbox;
        sync.scales(instrument.priceScale(), instrument.quantityScale());
    }

    public Instrument instrument() {
        return instrument;
    }

    /** After the venue changed the tick: the next snapshot and deltas are read with the new scales. */
    void instrument(Instrument reloaded) {
        instrument = reloaded;
        sync.scales(reloaded.priceScale(), reloaded.quantityScale());
    }

    public BookSync sync() {
        return sync;
    }

    public BookMailbox mailbox() {
        return mailbox;
    }

    /** The last look before publication. */
    QualityGate gate() {
        return gate;
    }

    SilenceWatch silence() {
        return silence;
    }

    /** Waits its turn to be asked for; the time-out runs only afterwards. */
    boolean isQueued() {
        return isQueued;
    }

    void queued() {
        isQueued = true;
    }

    /** Its snapshot was called for at {@code nowMs}. */
    void asked(long nowMs) {
        isQueued = false;
        askedAtMs = nowMs;
    }

    long askedAtMs() {
        return askedAtMs;
    }

    void onTicker(Ticker ticker, long nowMs) {
        tickers++;
        mailbox.tape()
                .quote(
                        ticker.bidPrice,
                        ticker.bidQuantity,
                        ticker.askPrice,
                        ticker.askQuantity,
                        ticker.eventAtMs,
                        nowMs,
                        instrument.priceScale(),
                        instrument.quantityScale());
    }

    void onTrade(Trade trade) {
        trades++;
        mailbox.tape()
                .trade(
                        trade.id,
                        trade.price,
                        trade.quantity,
                        trade.isBuy,
                        trade.eventAtMs,
                        instrument.priceScale(),
                        instrument.quantityScale());
    }

    long tickers() {
        return tickers;
    }

    long trades() {
        return trades;
    }
}
