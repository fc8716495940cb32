package dev.relay.sidecar.venue;

import dev.relay.sidecar.venue.binance.BinanceVenue;
import dev.relay.sidecar.venue.coinbase.CoinbaseVenue;
import dev.relay.sidecar.venue.hyperliquid.HyperliquidVenue;
import dev.relay.sidecar.venue.kraken.KrakenVenue;
import dev.relay.sidecar.venue.okx.OkxVenue;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The venues by the names used in configuration, with their public addresses. */
public final class Venues {
    public static final String BINANCE_SPOT = "binance-spot";
    public static final String KRAKEN = "kraken";
    public static final String OKX = "okx";
    public static final String COINBASE = "coinbase";
    public static final String HYPERLIQUID = "hyperliquid";
    public static final List<String> ALL = List.of(BINANCE_SPOT, KRAKEN, OKX, COINBASE, HYPERLIQUID);

    private Venues() {}

    /**
     * A venue at its public addresses, or at others.
     *
     * @throws IllegalArgumentException unknown name
     */
    public static Venue of(String name, @Nullable URI rest, @Nullable URI stream) {
        return switch (name) {
            case BINANCE_SPOT ->
                new BinanceVenue(or(rest, "https://api.binance.com"), or(stream, "wss://stream.binance.com:9443"));
            case KRAKEN ->
                new KrakenVenue(
                        or(rest, "https://api.kraken.com"),
                        or(stream, "wss://ws.kraken.com/v2"),
                        KrakenVenue.DEFAULT_REFRESH_MS);
            case OKX -> new OkxVenue(or(rest, "https://www.okx.com"), or(stream, "wss://ws.okx.com:8443/ws/v5/public"));
            case COINBASE ->
                new CoinbaseVenue(
                        or(rest, "https://api.coinbase.com"), or(stream, "wss://advanced-trade-ws.coinbase.com"));
            case HYPERLIQUID ->
                new HyperliquidVenue(
                        or(rest, "https://api.hyperliquid.xyz"), or(stream, "wss://api.hyperliquid.xyz/ws"));
            default ->
                throw new IllegalArgumentException(
                        "unknown venue; known: " + String.join(", ", ALL) + ", venue=" + name);
        };
    }

    private static URI or(@Nullable URI given, String standard) {
        return given == null ? URI.create(standard) : given;
    }
}
