package dev.relay.sidecar.venue.kraken;

import dev.relay.sidecar.book.BookRules;
import dev.relay.sidecar.book.SequenceRule;
import dev.relay.sidecar.book.SnapshotSource;
import dev.relay.sidecar.feed.AttemptBudget;
import dev.relay.sidecar.feed.LifeConfig;
import dev.relay.sidecar.net.WsConfig;
import dev.relay.sidecar.venue.InstrumentList;
import dev.relay.sidecar.venue.StreamCodec;
import dev.relay.sidecar.venue.Venue;
import dev.relay.sidecar.venue.VenueLimits;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Kraken Spot, WebSocket v2. Proof: CRC32 over the top ten levels of both sides in every book message; there are no
 * sequence numbers, so deeper levels are begun anew at intervals.
 *
 * @param rest base URI of the REST API
 * @param stream full URI of the public WebSocket
 * @param refreshEveryMs interval of new snapshots for each book, 0 for never
 */
public record KrakenVenue(URI rest, URI stream, int refreshEveryMs) implements Venue {
    public static final int DEFAULT_REFRESH_MS = 300_000;

    private static final int[] DEPTHS = {10, 25, 100, 500, 1_000};
    private static final WsConfig WS = new WsConfig(5_000, 400, 5_000, 8 << 20, 1 << 20);

    @Override
    public String name() {
        return "KRAKEN";
    }

    @Override
    public WsConfig ws() {
        return WS;
    }

    @Override
    public VenueLimits limits() {
        return new VenueLimits(100, 200, 0, 10_000, refreshEveryMs, 60);
    }

    /** The venue's smallest window that holds {@code publishedDepth}. */
    static int window(int publishedDepth) {
        for (int depth : DEPTHS) {
            if (depth >= publishedDepth) {
                return depth;
            }
        }
        return DEPTHS[DEPTHS.length - 1];
    }

    /** About 150 attempts in ten minutes, and five seconds between them after a handful. */
    @Override
    public AttemptBudget attempts() {
        return new AttemptBudget(120, 600_000, 5_000);
    }

    /** A frame of some kind comes every second. */
    @Override
    public LifeConfig life() {
        return LifeConfig.defaults().withSilenceMs(5_000);
    }

    @Override
    public BookRules rules(int publishedDepth) {
        return BookRules.streamed(SequenceRule.NONE, new KrakenChecksum(), SnapshotSource.STREAM, publishedDepth)
                .keeping(window(publishedDepth));
    }

    @Override
    public CompletableFuture<InstrumentList> instruments(Access access, List<String> wanted) {
        return KrakenInstruments.load(this, access);
    }

    @Override
    public StreamCodec codec(int publishedDepth) {
        return new KrakenCodec(window(publishedDepth));
    }
}
