package dev.relay.exchange.alpaca;

import dev.relay.exchange.market.Market;
import dev.relay.exchange.market.Venue;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Names: {@code BTC/USD} for a pair of coins, {@code AAPL} for shares. Stateless. */
final class AlpacaSymbols {
    static final String CRYPTO = "crypto";
    static final String EQUITY = "us_equity";

    private AlpacaSymbols() {}

    static String of(Market market) {
        return market.spec().isEquity()
                ? market.spec().baseAsset()
                : market.spec().baseAsset() + "/" + market.spec().quoteAsset();
    }

    static String assetClass(Market market) {
        return market.spec().isEquity() ? EQUITY : CRYPTO;
    }

    /** The same id for the same market, always. */
    static UUID assetId(Market market) {
        return UUID.nameUUIDFromBytes(("asset:" + market.symbol()).getBytes(StandardCharsets.UTF_8));
    }

    /** By either of its names, the slash left out too. */
    static @Nullable Market find(Venue venue, String name) {
        for (Market market : venue.markets()) {
            if (of(market).equals(name)
                    || (!market.spec().isEquity() && market.symbol().equals(name))
                    || assetId(market).toString().equals(name)) {
                return market;
            }
        }
        return null;
    }

    static Market market(Venue venue, String name) {
        Market market = find(venue, name);
        if (market == null) {
            throw AlpacaError.invalid("asset \"" + name + "\" not found");
        }
        return market;
    }
}
