package dev.relay.sidecar.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.math.BigDecimal;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The order side in Kraken's words. */
class KrakenSideIT extends KrakenDesk {
    @Override
    OrderVenue venue() {
        return venue(exchange.krakenPrivateUri(), 60);
    }

    @Test
    void shouldAgreeWithTheVenueOnOrdersFillsAndPositionsAfterASeededSession() throws Exception {
        Random random = new Random(11);
        for (int i = 0; i < 12; i++) {
            boolean takes = random.nextBoolean();
            String id = placed(
                    bid(takes ? "65000.00" : "50000.00", "0.0" + (1 + random.nextInt(9)), takes ? "IOC" : "GTC"));
            if (!takes && random.nextBoolean()) {
                cancelled(id);
            }
        }
        awaitTruth();
        assertThat(exchange.tradesOf(key)).isNotEmpty();
    }

    @Test
    void shouldTakeQuantityOffAnOpenOrder() throws Exception {
        ask("orders.place", named(bid("50000.00", "0.5", "GTC")));
        Map<String, Object> amended = ask("orders.amend", Map.of("client_order_id", ID, "quantity", "0.2"));
        assertThat(amended).as("%s", amended).containsEntry("ok", true);
        assertThat(exchange.openOrdersOf(key))
                .singleElement()
                .satisfies(order -> assertThat(new BigDecimal(order.qty())).isEqualByComparingTo("0.2"));
        awaitTruth();
    }

    @Test
    void O1_aPlaceWithoutAnAnswerIsFoundByItsClientIdAndNeverSentAgain() throws Exception {
        exchange.fault("place-no-answer", "");
        assertThat(ask("orders.place", named(bid("50000.00", "0.1", "GTC")))).containsEntry("ok", true);
        assertThat(exchange.openOrdersOf(key)).hasSize(1);
        exchange.fault("place-timeout", "");
        ask("orders.place", bid("50001.00", "0.1", "GTC"));
        awaitTruth();
        assertThat(exchange.ordersOf(key)).hasSize(2);
    }

    @Test
    void O8_whatWasTradedWhileNobodyListenedIsBookedOnceBeforeLive() throws Exception {
        ask("orders.place", named(bid("50000.00", "0.4", "GTC")));
        side.close();
        exchange.hit(key, "BTCUSD", ID, 0.5);
        forgetRedis();
        side = open(venue());
        awaitTruth();
        awaitState(ID, "PARTIALLY_FILLED");
        exchange.disconnectAll();
        exchange.hit(key, "BTCUSD", ID, 1);
        awaitState(ID, "FILLED");
        awaitTruth();
    }

    @Test
    void theVenueCancelsEverythingWhenThisSideIsNotHeardOfAnyMore() throws Exception {
        side.close();
        side = open(venue(exchange.krakenPrivateUri(), 3));
        ask("orders.place", named(bid("50000.00", "0.4", "GTC")));
        assertThat(exchange.openOrdersOf(key)).hasSize(1);
        side.close();
        await().atMost(PATIENCE).until(() -> exchange.openOrdersOf(key).isEmpty());
        side = open(venue());
        awaitState(ID, "CANCELLED");
    }

    @Test
    void aRefusedKeyIsAFactOfItsHealth() {
        exchange.revokeKey(key);
        exchange.disconnectAll();
        await().atMost(PATIENCE).until(side::isKeyRefused);
        assertThat(side.isLive()).isFalse();
    }
}
