package dev.relay.sidecar.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.relay.exchange.AccountConfig;
import dev.relay.exchange.ExchangeConfig;
import dev.relay.exchange.OpenOrder;
import dev.relay.sidecar.venue.binance.order.BinanceOrderConfig;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Each row O1 to O9 and L1 to L4 once on real sockets, with real Redis and a real journal. */
class OrderFaultsOnSocketsIT extends SideDesk {
    private static final String SYMBOL = "BTC-USDT";
    private static final String KEY = "relay-orders-key";
    private static final int ANSWER_TIMEOUT_MS = 800;

    OrderFaultsOnSocketsIT() {
        super(
                ExchangeConfig.defaults().withAccounts(List.of(AccountConfig.ready("orders"))),
                KEY,
                new OrderLimits(1_000, 10_000, 100, 500, 2_000, 10_000, 20, 50),
                Instrument.of(SYMBOL));
    }

    @Override
    OrderVenue venue() {
        return new BinanceOrderConfig(
                exchange.wsApiUri(), exchange.restUri(), KEY, "relay-orders-secret", 5_000, ANSWER_TIMEOUT_MS);
    }

    @Test
    void O1_findsAPlaceWhoseAnswerAndEventsWereLostAndNeverSendsItAgain() throws Exception {
        exchange.fault("events-drop", "");
        exchange.fault("place-no-answer", "");
        assertThat(ask("orders.place", limit("50000.00", "GTC"))).containsEntry("result", "unknown");
        awaitState(ID, "OPEN");
        assertThat(exchange.ordersOf(KEY)).hasSize(1);
        await().atMost(PATIENCE).until(() -> count("places_written_total") == 1);
        awaitTruth();
    }

    @Test
    void O1_aRestartOfTheExchangeLosesNoOrder() throws Exception {
        ask("orders.place", limit("50000.00", "GTC"));
        exchange.fault("restart", "");
        exchange.hit(KEY, "BTCUSDT", ID, 0.5);
        awaitState(ID, "PARTIALLY_FILLED");
        awaitTruth();
    }

    @Test
    void O1_resyncsTheClockAfterMinus1021AndSendsOnce() throws Exception {
        exchange.fault("skew", "");
        assertThat(ask("orders.place", limit("50000.00", "GTC"))).containsEntry("result", "accepted");
        assertThat(exchange.ordersOf(KEY)).hasSize(1);
        awaitTruth();
    }

    @Test
    void O2_staysFilledWhenRestSaysNewAfterwards() throws Exception {
        exchange.fault("place-stale-answer", "");
        ask("orders.place", market("0.2"));
        awaitState(ID, "FILLED");
        awaitTruth();
        assertThat(state(ID)).isEqualTo("FILLED");
    }

    @Test
    void O3_booksATradeOnceThatAnswerEventTwiceAndTradeListTell() throws Exception {
        exchange.fault("events-duplicate", "");
        ask("orders.place", market("0.2"));
        exchange.disconnectAll();
        await().atMost(PATIENCE).until(() -> count("reconciliations_total") > 1 && side.isLive());
        awaitTruth();
        await().atMost(PATIENCE).until(() -> count("repeated_fills_total") > 0);
    }

    @Test
    void O4_killedBetweenEventAndCommitItNeitherLosesNorDoublesAFill() throws Exception {
        side.close();
        try (SideProcess victim = new SideProcess(exchange.wsApiUri(), exchange.restUri(), directory, REDIS.port())) {
            assertThat(victim.next()).isEqualTo("live");
            for (int i = 0; i < 30; i++) {
                victim.send(
                        "orders.place", Map.of("symbol", SYMBOL, "side", "BUY", "type", "MARKET", "quantity", "0.01"));
            }
            victim.next();
            victim.kill();
        }
        side = open(venue());
        await().atMost(PATIENCE.multipliedBy(3)) // an order that never left ends when the venue can take it no more
                .until(() -> Integer.valueOf(0).equals(side.health().get("doubts")));
        awaitTruth();
        assertThat(exchange.tradesOf(KEY)).isNotEmpty();
    }

    @Test
    void O5_notFoundOnceIsNoEnd() throws Exception {
        exchange.fault("events-drop", "");
        exchange.fault("place-no-answer", "");
        exchange.fault("query-not-found", "");
        ask("orders.place", limit("50000.00", "GTC"));
        awaitState(ID, "OPEN");
        awaitTruth();
    }

    @Test
    void O6_answersACancelOfAFilledOrderAfterItsFillIsBooked() throws Exception {
        ask("orders.place", limit("50000.00", "GTC"));
        exchange.fault("cancel-filled-first", "");
        exchange.fault("events-drop", "");
        Map<String, Object> answer = ask("orders.cancel", Map.of("client_order_id", ID));
        assertThat(answer).containsEntry("code", "ORDER_ENDED");
        assertThat((Map<?, ?>) answer.get("order")).asString().contains("state=FILLED", "filled=0.1,");
        awaitTruth();
    }

    @Test
    void O6_amendsInPlaceAndReplacesAndLosesARaceWithoutPlacingTwice() throws Exception {
        ask("orders.place", limit("50000.00", "GTC"));
        Map<String, Object> smaller = ask("orders.amend", Map.of("client_order_id", ID, "quantity", "0.06"));
        assertThat(smaller.get("order")).asString().contains("quantity=0.06", "client_order_id=" + ID);
        awaitTruth();
        Map<String, Object> moved = ask("orders.amend", Map.of("client_order_id", ID, "price", "50001"));
        assertThat(moved.get("order")).asString().contains("price=50001", "replaces=" + ID);
        assertThat(exchange.openOrdersOf(KEY)).hasSize(1);
        awaitTruth();
        String id = exchange.openOrdersOf(KEY).get(0).clientOrderId();
        exchange.fault("replace-filled-first", "");
        assertThat(ask("orders.amend", Map.of("client_order_id", id, "price", "50002")))
                .containsEntry("code", "ORDER_ENDED");
        assertThat(exchange.ordersOf(KEY)).hasSize(2);
        awaitTruth();
    }

    @Test
    void quotesKeepWhatIsWantedAndChangeTheRest() throws Exception {
        ask("orders.quotes", Map.of("symbol", SYMBOL, "orders", List.of(quote("50000", "0.1"), quote("50010", "0.1"))));
        awaitTruth();
        String kept = exchange.openOrdersOf(KEY).stream()
                .filter(order -> order.price().equals("50000"))
                .findFirst()
                .orElseThrow()
                .clientOrderId();
        Map<String, Object> answer = ask(
                "orders.quotes",
                Map.of("symbol", SYMBOL, "orders", List.of(quote("50000", "0.1"), quote("50020", "0.2"))));
        assertThat(answer).containsEntry("accepted", 2L).containsEntry("refused", 0L);
        assertThat(exchange.openOrdersOf(KEY))
                .extracting(OpenOrder::price, OpenOrder::qty)
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple("50000", "0.1"),
                        org.assertj.core.groups.Tuple.tuple("50020", "0.2"));
        assertThat(exchange.openOrdersOf(KEY))
                .extracting(OpenOrder::clientOrderId)
                .contains(kept);
        assertThat(exchange.ordersOf(KEY)).hasSize(3);
        ask("orders.quotes", Map.of("symbol", SYMBOL, "orders", List.of()));
        assertThat(exchange.openOrdersOf(KEY)).isEmpty();
        awaitTruth();
    }

    private static Map<String, Object> quote(String price, String quantity) {
        return Map.of("side", "BUY", "price", price, "quantity", quantity);
    }

    @Test
    void O7_recordsAnOrderPlacedByHandAndItsFill() {
        exchange.manualOrder(KEY, "BTCUSDT", "BUY", "50000.00", "0.3");
        String id = exchange.openOrdersOf(KEY).get(0).clientOrderId();
        exchange.hit(KEY, "BTCUSDT", id, 0.5);
        awaitTruth();
        await().atMost(PATIENCE).until(() -> count("external_orders_total") == 1);
    }

    @Test
    void O8_catchesASilentUserStreamByReconciling() throws Exception {
        ask("orders.place", limit("50000.00", "GTC"));
        exchange.fault("user-stream-cut", "");
        exchange.hit(KEY, "BTCUSDT", ID, 1);
        awaitState(ID, "FILLED");
        exchange.fault("user-stream-end", "");
        awaitTruth();
    }

    @Test
    void O9_keepsTheQuantityOfAnImmediateOrderWhoseRestExpired() throws Exception {
        String price = exchange.book("BTCUSDT", 1).asks().get(0).price();
        exchange.fault("events-reverse", "");
        Map<String, Object> request = new HashMap<>(limit(price, "IOC"));
        request.put("quantity", "50");
        ask("orders.place", request);
        awaitState(ID, "EXPIRED");
        awaitTruth();
        assertThat(exchange.tradesOf(KEY)).isNotEmpty();
    }

    @Test
    void L1_severalAgentsAskingForTooMuchBringNo429() throws Exception {
        List<CompletableFuture<Map<String, Object>>> answers = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            answers.add(later("agent" + i % 5, "orders.place", resting(i)));
        }
        long accepted = 0;
        for (CompletableFuture<Map<String, Object>> answer : answers) {
            accepted += "accepted".equals(answer.get(15, TimeUnit.SECONDS).get("result")) ? 1 : 0;
        }
        assertThat(accepted).isGreaterThanOrEqualTo(47);
        assertThat(exchange.limitedCount()).isZero();
        awaitTruth();
    }

    @Test
    void L2_asksNothingWhileItIsBannedAlsoAfterARestart() throws Exception {
        exchange.fault("418", "");
        assertThat(ask("orders.place", limit("50000.00", "GTC"))).containsEntry("code", "RATE_LIMITED");
        long limited = exchange.limitedCount();
        assertThat(ask("orders.place", resting(1))).containsEntry("code", "RATE_LIMITED");
        side.close();
        side = begin(
                BinanceOrderConfig.of(exchange.wsApiUri(), exchange.restUri(), KEY, "relay-orders-secret"),
                OrderLimits.defaults());
        await().during(Duration.ofMillis(1_500)).atMost(PATIENCE).until(() -> exchange.connectionCount() == 0);
        assertThat(exchange.limitedCount()).isEqualTo(limited);
    }

    @Test
    void L3_aCancelLeavesWhenTheBudgetIsGone() throws Exception {
        ask("orders.place", limit("50000.00", "GTC"));
        exchange.useWeight(5_980 - exchange.usedWeight());
        ask("orders.place", resting(1)); // its answer tells what is left
        assertThat(ask("orders.place", resting(2))).containsEntry("code", "RATE_LIMITED");
        assertThat(ask("orders.cancel", Map.of("client_order_id", ID))).containsEntry("result", "accepted");
        assertThat(exchange.limitedCount()).isZero();
    }

    @Test
    void L4_ordersOfSeveralAgentsReachTheVenueInTheOrderOfTheirIntents() throws Exception {
        List<CompletableFuture<Map<String, Object>>> answers = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            answers.add(later("agent" + i % 8, "orders.place", resting(i)));
        }
        List<Long> venueIds = new ArrayList<>();
        for (CompletableFuture<Map<String, Object>> answer : answers) {
            if (answer.get(15, TimeUnit.SECONDS).get("order") instanceof Map<?, ?> order) {
                venueIds.add(Long.valueOf(String.valueOf(order.get("venue_order_id"))));
            }
        }
        assertThat(venueIds).hasSize(40).isSorted();
    }

    private long count(String name) {
        return side.health().get(name) instanceof Number number ? number.longValue() : -1;
    }

    private static Map<String, Object> market(String quantity) {
        return Map.of("symbol", SYMBOL, "side", "BUY", "type", "MARKET", "quantity", quantity, "client_order_id", ID);
    }

    private static Map<String, Object> limit(String price, String tif) {
        return named(limit(SYMBOL, "BUY", price, "0.1", tif));
    }

    private static Map<String, Object> resting(int cents) {
        return Map.of(
                "symbol", SYMBOL,
                "side", "BUY",
                "type", "LIMIT",
                "price",
                        new BigDecimal("50000.00")
                                .add(BigDecimal.valueOf(cents, 2))
                                .toPlainString(),
                "quantity", "0.1");
    }
}
