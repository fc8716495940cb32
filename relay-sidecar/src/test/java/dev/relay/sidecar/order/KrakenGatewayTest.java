package dev.relay.sidecar.order;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.sidecar.net.CloseReason;
import dev.relay.sidecar.net.RestResponse;
import dev.relay.sidecar.venue.kraken.order.KrakenOrderConfig;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpTimeoutException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What Kraken's answers and messages mean, with scripted answers and a time of its own. */
class KrakenGatewayTest extends GatewayDesk {
    private static final Instrument BTC = KrakenOrderConfig.instrument("BTC-USD");
    private static final Pattern NONCE = Pattern.compile("nonce=([0-9]+)");
    private static final String SNAPSHOT = "{\"channel\":\"executions\",\"type\":\"snapshot\",\"data\":[]}";
    private static final String ENDED =
            "{\"cl_ord_id\":\"" + ID + "\",\"status\":\"canceled\",\"vol\":\"1\",\"vol_exec\":\"0\","
                    + "\"descr\":{\"pair\":\"BTC/USD\",\"type\":\"buy\",\"ordertype\":\"limit\",\"price\":\"50000\"}}";
    private static final String TIME = ",\"time_in\":\"2023-11-14T22:13:20Z\",\"time_out\":\"2023-11-14T22:13:20Z\"}";

    KrakenGatewayTest() {
        super(
                KrakenOrderConfig.of(
                        URI.create("http://127.0.0.1:1"), URI.create("ws://127.0.0.1:1/auth/v2"), "k", "c2VjcmV0"),
                BTC);
    }

    @BeforeEach
    void open() {
        answer(200, "{\"error\":[],\"result\":{\"token\":\"t\"}}");
        venue.start(listener());
        hear("");
        hear("{\"method\":\"pong\",\"req_id\":1" + TIME);
        hear("{\"method\":\"subscribe\",\"success\":true,\"result\":{},\"req_id\":2" + TIME);
        hear(SNAPSHOT);
        assertThat(told).containsExactly("connected");
        asked.clear();
    }

    @Test
    void O1_anAnswerThatCannotBeReadLeavesThePlaceInDoubt() {
        venue.place(order(OrderType.LIMIT, TimeInForce.GTC), BTC, got::add);
        hear("{\"method\":\"add_order\",\"success\":true,\"result\":{},\"req_id\":3" + TIME);
        assertThat(got).singleElement().isInstanceOf(VenueAnswer.InDoubt.class);
        assertThat(venue.facts()).containsEntry("venue_unreadable_total", 1L);
    }

    @Test
    void amountsKeepEveryDigit() {
        hear(
                "{\"channel\":\"executions\",\"type\":\"update\",\"data\":[{\"exec_type\":\"trade\",\"order_id\":\"O1\","
                        + "\"symbol\":\"BTC/USD\",\"side\":\"buy\",\"order_status\":\"partially_filled\",\"exec_id\":\"T1\","
                        + "\"last_qty\":12345678901.12345678,\"last_price\":0.00000001,\"timestamp\":\"2023-11-14T22:13:20Z\"}]}");
        Fill fill = Objects.requireNonNull(reports.get(0).fill());
        assertThat(fill.quantity()).isEqualByComparingTo("12345678901.12345678");
        assertThat(fill.price()).isEqualByComparingTo("0.00000001");
    }

    @Test
    void L3_questionsWaitForRoomAndThoseForOrdersLeaveTogether() {
        for (int i = 0; i < 16; i++) {
            answer(200, "{\"error\":[],\"result\":{\"open\":{}}}");
            venue.questions().openOrders(got::add);
        }
        assertThat(asked).hasSize(15); // with the token 16 of 20
        asked.clear();
        venue.questions().find(BTC, "O1", got::add);
        venue.questions().find(BTC, "O2", got::add);
        assertThat(asked).isEmpty();
        answer(200, "{\"error\":[\"EOrder:Unknown order\"]}");
        pass(5_000);
        assertThat(asked).hasSize(2).last().asString().contains("/QueryOrders").contains("O1%2CO2");
        assertThat(got).hasSize(18).endsWith(new VenueAnswer.NotFound(venueMs()), new VenueAnswer.NotFound(venueMs()));
    }

    private long venueMs() {
        return ((VenueAnswer.NotFound) got.get(got.size() - 1)).serverAtMs();
    }

    @Test
    void L2_aQuestionThatFindsNoRoomIsAnsweredAsLimited() {
        answer(200, "{\"error\":[\"EAPI:Rate limit exceeded\"]}");
        venue.questions().openOrders(got::add);
        assertThat(got.get(0)).isInstanceOf(VenueAnswer.Refused.class);
        venue.questions().openOrders(got::add);
        assertThat(got).hasSize(1);
        assertThat(asked).hasSize(1);
        answer(200, "{\"error\":[],\"result\":{\"open\":{}}}");
        pass(9_000);
        assertThat(asked).hasSize(1);
        pass(3_000);
        assertThat(got.get(1)).isInstanceOf(VenueAnswer.Reported.class);
    }

    @Test
    void L2_aLockoutIsObeyedByTheNextProcessToo() {
        long untilS = nowMs / 1_000 + 90;
        answer(200, "{\"error\":[\"EService: Throttled: " + untilS + "\"]}");
        venue.questions().openOrders(got::add);
        assertThat(closedUntil).containsExactly(untilS * 1_000);
        venue.close();
        venue = process(untilS * 1_000);
        connections = 0;
        asked.clear();
        venue.start(listener());
        venue.questions().openOrders(got::add);
        pass(50_000);
        assertThat(connections).isZero();
        assertThat(asked).isEmpty();
        pass(50_000);
        assertThat(connections).isOne();
        assertThat(got).last().isInstanceOf(VenueAnswer.NotSent.class);
        answer(200, "{\"error\":[],\"result\":{\"open\":{}}}");
        venue.questions().openOrders(got::add);
        assertThat(asked).hasSize(1);
    }

    @Test
    void L2_aTemporaryLockoutToldOnTheSocketHoldsRestAndConnecting() {
        venue.place(order(OrderType.LIMIT, TimeInForce.GTC), BTC, got::add);
        hear("{\"method\":\"add_order\",\"success\":false,\"error\":\"EGeneral:Temporary lockout\",\"req_id\":3"
                + TIME);
        assertThat(got.get(0)).isEqualTo(new VenueAnswer.Refused("RATE_LIMITED", "EGeneral:Temporary lockout"));
        assertThat(closedUntil).hasSize(1);
        venue.questions().openOrders(got::add);
        pass(50_000);
        assertThat(asked).isEmpty();
    }

    @Test
    void O1_placesInDoubtAreLookedForTogether() {
        OrderView order = order(OrderType.LIMIT, TimeInForce.GTC);
        answer(200, "{\"error\":[],\"result\":{\"open\":{}}}");
        answer(200, "{\"error\":[],\"result\":{\"closed\":{}}}");
        venue.questions().query(order, BTC, got::add);
        assertThat(asked).hasSize(2).allMatch(request -> request.contains("cl_ord_id=" + ID));
        assertThat(got).singleElement().isInstanceOf(VenueAnswer.NotFound.class);
        fillCounter();
        for (int i = 0; i < 20; i++) {
            venue.questions().query(order, BTC, got::add);
        }
        answer(200, "{\"error\":[],\"result\":{\"open\":{}}}");
        answer(200, "{\"error\":[],\"result\":{\"closed\":{\"O1\":" + ENDED + "}}}");
        asked.clear();
        got.clear();
        pass(5_000);
        assertThat(asked).hasSize(2).noneMatch(request -> request.contains("cl_ord_id"));
        assertThat(got).hasSize(20).allMatch(answer -> answer instanceof VenueAnswer.Reported);
    }

    private void fillCounter() {
        while ((Long) Objects.requireNonNull(venue.budgetLeft().get("rest_left")) > 4) {
            answer(200, "{\"error\":[],\"result\":{\"open\":{}}}");
            venue.questions().openOrders(answer -> {});
        }
    }

    @Test
    void O8_missingFillsOfManyOrdersAreReadFromOneList() {
        fillCounter();
        asked.clear();
        for (int i = 0; i < 20; i++) {
            venue.questions().tradesOf(withVenueId("O" + i), BTC, got::add);
        }
        answer(200, "{\"error\":[],\"result\":{\"trades\":{},\"count\":0}}");
        answer(200, "{\"error\":[],\"result\":{\"trades\":{},\"count\":0}}");
        pass(10_000);
        assertThat(asked).hasSize(2).allMatch(request -> request.contains("TradesHistory"));
        assertThat(got).hasSize(20);
    }

    @Test
    void placesAndCancelsGoByRestWhileTheSocketIsAway() {
        lose(new CloseReason(CloseReason.Kind.CONNECTION_LOST, 0, "reset"));
        answer(200, "{\"error\":[],\"result\":{\"descr\":{},\"txid\":[\"O1\"]}}");
        place();
        assertThat(asked).singleElement().asString().contains("AddOrder", "cl_ord_id=" + ID, "deadline=", "volume=1&");
        assertThat(got.get(0)).isInstanceOfSatisfying(VenueAnswer.Reported.class, reported -> {
            assertThat(reported.reports().get(0).venueOrderId()).isEqualTo("O1");
            assertThat(reported.reports().get(0).state()).isEqualTo(OrderState.OPEN);
        });
        answer(200, "{\"error\":[],\"result\":{\"count\":1,\"pending\":false}}");
        venue.cancel(withVenueId("O1"), BTC, got::add);
        assertThat(asked).last().asString().contains("CancelOrder", "txid=O1");
        assertThat(got.get(1)).isInstanceOf(VenueAnswer.Reported.class);
    }

    @Test
    void O1_aPlaceByRestWithoutACertainAnswerIsInDoubtAndNotSentAgain() {
        lose(new CloseReason(CloseReason.Kind.CONNECTION_LOST, 0, "reset"));
        answers.add(new HttpTimeoutException("late"));
        assertThat(place()).isInstanceOf(VenueAnswer.InDoubt.class);
        answer(200, "{\"error\":[\"EService:Unavailable\"]}");
        assertThat(place()).isInstanceOf(VenueAnswer.InDoubt.class);
        answer(200, "{\"error\":[\"EOrder:Insufficient funds\"]}");
        assertThat(place()).isInstanceOf(VenueAnswer.Refused.class);
        answers.add(new ConnectException("refused"));
        assertThat(place()).isInstanceOf(VenueAnswer.NotSent.class);
        assertThat(asked).hasSize(4);
    }

    @Test
    void aPlaceThatWaitsForRestPassesItsLastGateOnceMore() {
        lose(new CloseReason(CloseReason.Kind.CONNECTION_LOST, 0, "reset"));
        CompletableFuture<RestResponse> question = new CompletableFuture<>();
        answers.add(question);
        venue.questions().openOrders(got::add);
        venue.place(order(OrderType.LIMIT, TimeInForce.GTC), BTC, got::add);
        assertThat(asked).hasSize(1);
        boolean[] isDrained = new boolean[1];
        venue.drain(() -> isDrained[0] = true);
        assertThat(isDrained[0]).isTrue();
        question.completeExceptionally(new HttpTimeoutException("late"));
        assertThat(got).hasSize(2).last().isInstanceOf(VenueAnswer.Again.class);
        assertThat(asked).hasSize(1);
    }

    @Test
    void L4_noncesGoOnRisingWhenTheClockWasSetBack() {
        wallJumpMs = -3_600_000;
        long last = 0;
        for (int i = 0; i < 10; i++) {
            answer(200, "{\"error\":[\"EAPI:Invalid nonce\"]}");
            venue.questions().openOrders(got::add);
            long nonce = nonce(asked.get(i));
            assertThat(nonce).isGreaterThan(last);
            last = nonce;
        }
        assertThat(last - nonce(asked.get(0))).isGreaterThan(60_000_000); // microseconds
    }

    private static long nonce(String request) {
        Matcher nonce = NONCE.matcher(request);
        assertThat(nonce.find()).isTrue();
        return Long.parseLong(nonce.group(1));
    }

    @Test
    void O8_fillsOfAllPairsAreReadInOneListAndNeverInPart() {
        assertThat(venue.questions().listsTradesTogether()).isTrue();
        answer(200, "{\"error\":[],\"result\":{\"trades\":{},\"count\":0}}");
        venue.questions().trades(BTC, 1_700_000_000_000L, got::add);
        assertThat(asked).singleElement().asString().contains("start=1699999997.999");
        assertThat(got.get(0)).isEqualTo(new VenueAnswer.Reported(List.of()));
    }
}
