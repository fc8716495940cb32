package dev.relay.sidecar.venue;

import dev.relay.sidecar.book.BookMailbox;
import dev.relay.sidecar.book.BookSync;
import dev.relay.sidecar.quality.QualityCounts;
import dev.relay.sidecar.quality.QualityGate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The books of one venue: one for each symbol that is wanted and listed, and the reason for each that cannot be served. A
 * book stays when the list of instruments comes again; one whose numbers are then counted in other units begins anew. Feed
 * thread only, but for {@link #mailboxes}. Bounded by the configured symbols, or by the venue's list when none is named.
 */
final class FeedBooks {
    private static final Logger LOG = LoggerFactory.getLogger(FeedBooks.class);

    private final FeedConfig config;
    private final BookSync.Port port;
    private final QualityCounts verdicts;
    private final Map<BookSync, VenueBook> books = new LinkedHashMap<>();
    private final Map<String, String> refused = new TreeMap<>();
    private volatile List<BookMailbox> mailboxes = List.of();

    FeedBooks(FeedConfig config, BookSync.Port port, QualityCounts verdicts) {
        this.config = config;
        this.port = port;
        this.verdicts = verdicts;
    }

    void accept(InstrumentList list) {
        refused.clear();
        refused.putAll(list.refused());
        for (Instrument instrument : list.instruments()) {
            if (config.symbols().isEmpty() || config.symbols().stream().anyMatch(instrument::isNamed)) {
                addOrUpdate(instrument);
            }
        }
        for (String symbol : config.symbols()) {
            boolean isKnown =
                    books.values().stream().anyMatch(book -> book.instrument().isNamed(symbol));
            if (!isKnown) {
                refused.putIfAbsent(symbol, "UNKNOWN_SYMBOL: the venue does not list it");
            }
        }
        refused.forEach(this::tellRefused);
        mailboxes = books.values().stream().map(VenueBook::mailbox).toList();
    }

    private void addOrUpdate(Instrument instrument) {
        for (VenueBook book : books.values()) {
            if (book.instrument().venueSymbol().equals(instrument.venueSymbol())) {
                if (!book.instrument().equals(instrument)) {
                    book.instrument(instrument);
                    book.sync().onFault(); // its levels are counted in other units
                }
                return;
            }
        }
        int depth = config.publishedDepth();
        BookSync sync = new BookSync(instrument.symbol(), config.venue().rules(depth), port);
        books.put(
                sync,
                new VenueBook(
                        instrument,
                        sync,
                        new BookMailbox(instrument.symbol(), depth),
                        new QualityGate(config.quality(), depth, verdicts)));
    }

    void refuse(String symbol, String reason) {
        tellRefused(symbol, reason);
        refused.put(symbol, reason);
    }

    private void tellRefused(String symbol, String reason) {
        LOG.error("symbol_refused venue={} symbol={} reason={}", config.venue().name(), symbol, reason);
    }

    VenueBook of(BookSync sync) {
        VenueBook book = books.get(sync);
        if (book == null) {
            throw new IllegalStateException("unknown book, symbol=" + sync.symbol());
        }
        return book;
    }

    List<VenueBook> all() {
        return List.copyOf(books.values());
    }

    Map<String, String> refused() {
        return Map.copyOf(refused);
    }

    List<FeedStatus.BookReport> reports() {
        return books.values().stream().map(FeedStatus.BookReport::of).toList();
    }

    /** Any thread. */
    List<BookMailbox> mailboxes() {
        return mailboxes;
    }
}
