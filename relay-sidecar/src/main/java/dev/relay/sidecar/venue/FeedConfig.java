package dev.relay.sidecar.venue;

import dev.relay.sidecar.quality.QualityConfig;
import java.util.List;

/**
 * Settings of one venue's feed.
 *
 * @param symbols normalised (BTC-USDT) or venue (BTCUSDT) names; empty means all the venue lists
 * @param publishedDepth levels a side given to the redis writer
 * @param weightShare percent of the venue's request weight that snapshots may use
 * @param seed of the reconnect jitter
 * @param quality bounds of the last look before publication
 */
public record FeedConfig(
        Venue venue, List<String> symbols, int publishedDepth, int weightShare, long seed, QualityConfig quality) {
    public FeedConfig {
        symbols = List.copyOf(symbols);
    }

    public FeedConfig(Venue venue, List<String> symbols, int publishedDepth, int weightShare, long seed) {
        this(venue, symbols, publishedDepth, weightShare, seed, QualityConfig.defaults());
    }

    public static FeedConfig of(Venue venue, List<String> symbols, int publishedDepth) {
        return new FeedConfig(venue, symbols, publishedDepth, 50, System.nanoTime());
    }

    public FeedConfig withQuality(QualityConfig bounds) {
        return new FeedConfig(venue, symbols, publishedDepth, weightShare, seed, bounds);
    }
}
