package dev.relay.sidecar.admin;

import dev.relay.sidecar.venue.FeedStatus.BookReport;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;

/**
 * The list of one book's meters, read from its newest report at each scrape. Registered once, by the admin thread.
 *
 * @param books the newest reports; meters refer to it weakly, so its owner keeps it
 * @param key of the book's report, which is there
 */
record BookMeters(MeterRegistry registry, Map<String, BookReport> books, String key, Tags tags) {
    void register() {
        counter("relay.book.events.applied", "changes applied to the book", BookReport::applied);
        counter("relay.book.gaps", "holes in the venue's numbering", BookReport::gaps);
        counter("relay.book.resyncs", "times the book was begun anew", BookReport::resyncs);
        counter(
                "relay.book.second.opinion.ok",
                "agreements with the venue's best bid and ask",
                BookReport::secondOpinionOk);
        counter(
                "relay.book.second.opinion.bad",
                "disagreements with the venue's best bid and ask",
                BookReport::secondOpinionBad);
        counter("relay.book.checksum.ok", "checksums of the venue that agreed", BookReport::checksumOk);
        counter("relay.book.checksum.bad", "checksums of the venue that did not agree", BookReport::checksumBad);
        counter("relay.book.crossed", "times the best bid was at or above the best ask", BookReport::crossed);
        counter("relay.book.trades", "public trades", BookReport::trades);
        counter("relay.book.silences", "times the symbol was silent while others were told", BookReport::silences);
        counter("relay.book.trades.lost", "public trades left out because too many waited", BookReport::tradesLost);
        counter("relay.book.tickers", "tickers", BookReport::tickers);
        Gauge.builder("relay.book.live", books, all -> newest(all).status().equals("LIVE") ? 1 : 0)
                .description("1 while the book is proven and served")
                .tags(tags)
                .register(registry);
    }

    private void counter(String name, String meaning, ToDoubleFunction<BookReport> value) {
        FunctionCounter.builder(name, books, all -> value.applyAsDouble(newest(all)))
                .description(meaning)
                .tags(tags)
                .register(registry);
    }

    private BookReport newest(Map<String, BookReport> all) {
        return Objects.requireNonNull(all.get(key));
    }
}
