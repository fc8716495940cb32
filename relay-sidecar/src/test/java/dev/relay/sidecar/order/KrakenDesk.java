package dev.relay.sidecar.order;

import dev.relay.exchange.AccountConfig;
import dev.relay.exchange.ExchangeConfig;
import dev.relay.exchange.market.SymbolSpec;
import dev.relay.sidecar.venue.kraken.order.KrakenOrderConfig;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** The order side against the local exchange in Kraken's words. */
abstract class KrakenDesk extends SideDesk {
    static final String BTC = "BTC-USD";
    private static final String KEY = "relay-kraken-key";
    private static final String SECRET =
            Base64.getEncoder().encodeToString("relay-kraken-secret".getBytes(StandardCharsets.UTF_8));

    KrakenDesk() {
        super(
                ExchangeConfig.defaults()
                        .withAccounts(List.of(
                                AccountConfig.hmac("kraken", KEY, SECRET, Map.of("USD", "10000000", "BTC", "10"))))
                        .withSymbols(List.of(SymbolSpec.known("BTCUSD"))),
                KEY,
                new OrderLimits(1_000, 10_000, 200, 5_000, 15_000, 10_000, 1_000, 2_000),
                KrakenOrderConfig.instrument(BTC));
    }

    OrderVenue venue(URI stream, int deadManS) {
        return new KrakenOrderConfig(exchange.restUri(), stream, KEY, SECRET, 2_000, 5_000, deadManS);
    }

    static Map<String, Object> bid(String price, String quantity, String tif) {
        return limit(BTC, "BUY", price, quantity, tif);
    }
}
