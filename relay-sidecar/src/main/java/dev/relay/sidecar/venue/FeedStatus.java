package dev.relay.sidecar.venue;

import dev.relay.sidecar.book.BookSync;
import java.util.List;
import java.util.Map;

/**
 * A snapshot of a feed for metrics, health and reports; made on the feed thread.
 *
 * @param lastFrameAgeMs time since any frame arrived; the feed's proof of life
 * @param refused symbols that cannot be served, with the coded reason
 */
public record FeedStatus(
        FeedState state,
        long lastFrameAgeMs,
        long frames,
        long brokenFrames,
        long connects,
        long conflated,
        Map<String, String> refused,
        List<BookReport> books) {

    /** Counters of one book. */
    public record BookReport(
            String symbol,
            String venueSymbol,
            String status,
            long seq,
            long applied,
            long gaps,
            long resyncs,
            long snapshotsTooOld,
            long secondOpinionOk,
            long secondOpinionBad,
            long checksumOk,
            long checksumBad,
            long crossed,
            long tickers,
            long trades,
            long tradesLost,
            long silences) {
        static BookReport of(VenueBook book) {
            BookSync sync = book.sync();
            return new BookReport(
                    sync.symbol(),
                    book.instrument().venueSymbol(),
                    sync.status().name(),
                    sync.seq(),
                    sync.counts().applied(),
                    sync.counts().gaps(),
                    sync.counts().resyncs(),
                    sync.counts().snapshotsTooOld(),
                    sync.secondOpinion().okCount(),
                    sync.secondOpinion().badCount(),
                    sync.counts().checksumOk(),
                    sync.counts().checksumBad(),
                    sync.counts().crossed(),
                    book.tickers(),
                    book.trades(),
                    book.mailbox().tape().lost(),
                    book.silence().suspicions());
        }
    }
}
