package dev.relay.sidecar.venue.binance;

import dev.relay.sidecar.net.WsConfig;
import java.net.URI;
import java.util.List;

/**
 * Settings of the Binance market-data feed.
 *
 * @param rest base URI of the REST API, for example https://api.binance.com
 * @param streams base URI of the market streams, for example wss://stream.binance.com:9443
 * @param symbols normalised (BTC-USDT) or venue (BTCUSDT) names; empty means all the venue lists
 * @param publishedDepth levels a side given to the redis writer
 * @param snapshotLimit levels a side asked of the venue; its request weight follows from it
 * @param weightShare percent of the venue's request weight that snapshots may use
 * @param seed of the reconnect jitter
 */
public record BinanceFeedConfig(
        URI rest,
        URI streams,
        List<String> symbols,
        int publishedDepth,
        int snapshotLimit,
        int weightShare,
        WsConfig ws,
        long seed) {

    public static BinanceFeedConfig of(URI rest, URI streams, List<String> symbols, int publishedDepth) {
        return new BinanceFeedConfig(
                rest, streams, List.copyOf(symbols), publishedDepth, 1_000, 50, WsConfig.defaults(), System.nanoTime());
    }

    /** Request weight of one snapshot. */
    int snapshotWeight() {
        return snapshotLimit <= 100 ? 5 : snapshotLimit <= 500 ? 25 : snapshotLimit <= 1_000 ? 50 : 250;
    }
}
