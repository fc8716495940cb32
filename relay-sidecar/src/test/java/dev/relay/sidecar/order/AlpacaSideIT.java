package dev.relay.sidecar.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.relay.exchange.ExchangeConfig;
import dev.relay.exchange.OpenOrder;
import dev.relay.exchange.market.SymbolSpec;
import dev.relay.sidecar.risk.RiskLimits;
import dev.relay.sidecar.venue.alpaca.order.AlpacaOrderConfig;
import java.math.BigDecimal;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The order side at Alpaca's paper trading. Balances come by reconciliation alone, so it runs often here. */
class AlpacaSideIT extends SideDesk {
    private static final String KEY = "relay-alpaca-key";
    private static final String BTC = "BTC-USD";
    private static final String SHARES = "AAPL-USD";

    AlpacaSideIT() {
        super(
                ExchangeConfig.defaults().withSymbols(List.of(SymbolSpec.known("BTCUSD"), SymbolSpec.known("AAPLUSD"))),
                KEY,
                new OrderLimits(1_000, 10_000, 200, 5_000, 5_000, 10_000, 1_000, 2_000),
                AlpacaOrderConfig.instrument(BTC),
                AlpacaOrderConfig.instrument("AAPL"));
    }

    @Override
    OrderVenue venue() {
        return AlpacaOrderConfig.of(
                exchange.alpacaUri(),
                URI.create("ws://127.0.0.1:" + exchange.port() + "/alpaca/stream"),
                KEY,
                "relay-alpaca-secret");
    }

    /** What IOC leaves is cancelled there; a day order expires. */
    @Override
    String stateOf(OpenOrder truth) {
        return truth.status().equals("EXPIRED") ? "CANCELLED" : super.stateOf(truth);
    }

    @Test
    void shouldAgreeWithTheVenueOnOrdersFillsAndPositionsAfterASeededSession() throws Exception {
        Random random = new Random(11);
        for (int i = 0; i < 40; i++) {
            boolean isShares = random.nextBoolean();
            String symbol = isShares ? SHARES : BTC;
            boolean takes = random.nextInt(3) > 0;
            String price = takes ? (isShares ? "195.00" : "65000.00") : (isShares ? "150.00" : "50000.00");
            String quantity = isShares ? "2" : "0.0" + (1 + random.nextInt(9));
            String tif = takes ? "IOC" : isShares ? "DAY" : "GTC";
            String id = placed(limit(symbol, "BUY", price, quantity, tif));
            if (!takes && random.nextBoolean()) {
                cancelled(id);
            }
        }
        placed(limit(BTC, "SELL", "60000.00", "0.05", "IOC"));
        awaitTruth();
    }

    @Test
    void shouldBookWhatWasTradedWhileTheStreamWasAwayExactlyOnce() throws Exception {
        ask("orders.place", limit(BTC, "BUY", "65000.00", "0.5", "IOC"));
        String resting = placed(limit(BTC, "BUY", "50000.00", "0.1", "GTC"));
        side.close();
        forgetRedis();
        side = open(venue());
        exchange.disconnectAll();
        ask("orders.place", limit(BTC, "BUY", "65000.00", "0.2", "IOC"));
        awaitTruth();
        assertThat(state(resting)).isEqualTo("OPEN");
    }

    @Test
    void sharesHaveAPriceSoThatTheLimitsOfRiskHoldForThemToo() throws Exception {
        side.close();
        side = begin(
                venue(),
                OrderLimits.defaults(),
                RiskLimits.defaults("USD"),
                symbol -> symbol.equals(BTC) ? new BigDecimal("64000") : null);
        Map<String, Object> small = limit(SHARES, "BUY", "150.00", "2", "DAY");
        await().atMost(PATIENCE)
                .until(() -> Boolean.TRUE.equals(ask("orders.place", small).get("ok")));
        assertThat(ask("orders.place", limit(SHARES, "BUY", "250.00", "2", "DAY")))
                .containsEntry("code", "PRICE_COLLAR");
        assertThat(ask("orders.place", limit(SHARES, "BUY", "150.00", "5000000", "DAY")))
                .containsEntry("code", "RISK_LIMIT");
    }

    @Test
    void shouldPlaceNothingTwiceUnderOneId() throws Exception {
        Map<String, Object> request = named(limit(BTC, "BUY", "50000.00", "0.1", "GTC"));
        assertThat(placed(request)).isEqualTo(ID);
        assertThat(placed(request)).isEqualTo(ID);
        awaitState(ID, "OPEN");
        assertThat(exchange.openOrdersOf(KEY)).hasSize(1);
    }

    @Test
    void shouldEndADayOrderWithItsDayAndRefuseWhatAlpacaHasNot() throws Exception {
        String day = placed(limit(SHARES, "BUY", "150.00", "3", "DAY"));
        awaitState(day, "OPEN");
        exchange.fault("market-close", "");
        awaitState(day, "EXPIRED");
        assertThat(ask("orders.place", limit(BTC, "BUY", "50000.00", "0.1", "DAY")))
                .containsEntry("code", "VENUE_REJECTED")
                .extractingByKey("reason")
                .asString()
                .contains("invalid crypto time_in_force");
        Map<String, Object> maker = new HashMap<>(limit(BTC, "BUY", "50000.00", "0.1", "GTC"));
        maker.put("type", "LIMIT_MAKER");
        maker.remove("tif");
        assertThat(ask("orders.place", maker)).containsEntry("ok", false);
    }
}
