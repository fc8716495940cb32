package dev.relay.sidecar.simulation;

import dev.relay.exchange.ExchangeCore;
import dev.relay.exchange.market.SymbolSpec;
import dev.relay.sidecar.venue.Venue;
import dev.relay.sidecar.venue.binance.BinanceVenue;
import dev.relay.sidecar.venue.coinbase.CoinbaseVenue;
import dev.relay.sidecar.venue.hyperliquid.HyperliquidVenue;
import dev.relay.sidecar.venue.kraken.KrakenVenue;
import dev.relay.sidecar.venue.okx.OkxVenue;
import java.net.URI;
import java.util.List;

/** The venues of the simulation: adapter, other side, and how far books are compared. */
enum Stage {
    /** Compared by update id, fifty levels a side; 300 attempts in five minutes. */
    BINANCE(50, true, 300, 300_000),
    /** Compared at the ten levels that the checksum covers; 150 attempts in ten minutes. */
    KRAKEN(10, false, 150, 600_000),
    OKX(50, true, 300, 300_000),
    COINBASE(50, false, 300, 300_000),
    HYPERLIQUID(HyperliquidPeer.LEVELS, false, 300, 300_000);

    private static final URI REST = URI.create("http://exchange");
    private static final URI STREAM = URI.create("ws://exchange/v2");

    final int depth;
    /** Whether images name the exchange's update id. */
    final boolean hasIds;

    final int mostAttempts;
    final long attemptWindowMs;

    Stage(int depth, boolean hasIds, int mostAttempts, long attemptWindowMs) {
        this.depth = depth;
        this.hasIds = hasIds;
        this.mostAttempts = mostAttempts;
        this.attemptWindowMs = attemptWindowMs;
    }

    Venue venue() {
        return switch (this) {
            case BINANCE -> new BinanceVenue(REST, URI.create("ws://exchange"));
            case KRAKEN -> new KrakenVenue(REST, STREAM, 0);
            case OKX -> new OkxVenue(REST, STREAM);
            case COINBASE -> new CoinbaseVenue(REST, STREAM);
            case HYPERLIQUID -> new HyperliquidVenue(REST, STREAM);
        };
    }

    Peer peer(ExchangeCore exchange, VirtualTime time) {
        return switch (this) {
            case BINANCE -> new ExchangePeer(exchange, false);
            case KRAKEN -> new ExchangePeer(exchange, true);
            case OKX -> new OkxPeer(exchange, time);
            case COINBASE -> new CoinbasePeer(exchange, time);
            case HYPERLIQUID -> new HyperliquidPeer(exchange, time);
        };
    }

    List<String> books() {
        return this == HYPERLIQUID ? List.of("BTC-USD", "ETH-USD") : List.of("BTC-USDT", "ETH-USDT");
    }

    /** Hyperliquid's prices have six decimals less those of the size. */
    List<SymbolSpec> symbols() {
        SymbolSpec victim = this == HYPERLIQUID
                ? SymbolSpec.of("BTC", "USDT", "64000.0", "0.1", "0.00001")
                : SymbolSpec.known(Simulation.VICTIM);
        return List.of(victim, SymbolSpec.known(Simulation.OTHER));
    }
}
