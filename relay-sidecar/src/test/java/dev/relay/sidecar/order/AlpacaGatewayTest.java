package dev.relay.sidecar.order;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.sidecar.net.CloseReason;
import dev.relay.sidecar.venue.alpaca.order.AlpacaOrderConfig;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpTimeoutException;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What Alpaca's answers and messages mean, with scripted answers and a time of its own. */
class AlpacaGatewayTest extends GatewayDesk {
    private static final Instrument BTC = AlpacaOrderConfig.instrument("BTC-USD");
    private static final String ORDER = "{\"id\":\"v1\",\"client_order_id\":\"" + ID
            + "\",\"symbol\":\"BTC/USD\",\"status\":\"%s\",\"side\":\"buy\","
            + "\"type\":\"limit\",\"limit_price\":\"50000\",\"qty\":\"1\",\"filled_qty\":\"%s\","
            + "\"time_in_force\":\"gtc\",\"updated_at\":\"2026-11-21T12:00:00Z\"}";

    AlpacaGatewayTest() {
        super(
                AlpacaOrderConfig.of(
                        URI.create("http://127.0.0.1:1/alpaca"),
                        URI.create("ws://127.0.0.1:1/alpaca/stream"),
                        "k",
                        "s"),
                BTC);
    }

    @BeforeEach
    void open() {
        venue.start(listener());
        hear("");
    }

    @Test
    void shouldBeConnectedOnlyOnceTradeUpdatesAreListenedTo() {
        assertThat(said).singleElement().asString().contains("\"auth\"");
        hear("{\"stream\":\"authorization\",\"data\":{\"status\":\"authorized\",\"action\":\"authenticate\"}}");
        assertThat(said.get(1)).contains("trade_updates");
        assertThat(told).isEmpty();
        hear("{\"stream\":\"listening\",\"data\":{\"streams\":[\"trade_updates\"]}}");
        assertThat(told).containsExactly("connected");
        lose(new CloseReason(CloseReason.Kind.CONNECTION_LOST, 0, ""));
        assertThat(told).containsExactly("connected", "disconnected");
    }

    @Test
    void O1_shouldBeInDoubtAndNeverSendAgainWhenNoCertainAnswerComes() {
        answer(503, "{}");
        assertThat(place()).isInstanceOf(VenueAnswer.InDoubt.class);
        answers.add(new HttpTimeoutException("late"));
        assertThat(place()).isInstanceOf(VenueAnswer.InDoubt.class);
        answer(200, "no json");
        assertThat(place()).isInstanceOf(VenueAnswer.InDoubt.class);
        answer(422, "{\"code\":42210000,\"message\":\"client_order_id must be unique\"}");
        assertThat(place()).isInstanceOf(VenueAnswer.InDoubt.class);
        answers.add(new ConnectException("refused"));
        assertThat(place()).isInstanceOf(VenueAnswer.NotSent.class);
        assertThat(asked).hasSize(5);
        assertThat(answers).isEmpty();
    }

    @Test
    void shouldTakeARefusalForCertainAndRefuseWhatAlpacaHasNot() {
        answer(403, "{\"code\":40310000,\"message\":\"insufficient balance\"}");
        assertThat(place()).isEqualTo(new VenueAnswer.Refused("40310000", "insufficient balance"));
        venue.place(order(OrderType.LIMIT_MAKER, null), BTC, got::add);
        assertThat(got.get(1)).isInstanceOf(VenueAnswer.Refused.class);
        assertThat(asked).hasSize(1);
    }

    @Test
    void L2_shouldAskNothingUntilTheResetThatA429Names() {
        long resetS = nowMs / 1_000 + 30;
        answer(429, "{\"message\":\"rate limit exceeded\"}", "X-RateLimit-Reset", Long.toString(resetS));
        assertThat(place()).isEqualTo(new VenueAnswer.Refused("RATE_LIMITED", "429 rate limit exceeded"));
        assertThat(closedUntil).containsExactly(resetS * 1_000);
        assertThat(place()).isInstanceOf(VenueAnswer.NotSent.class);
        nowMs = resetS * 1_000;
        answer(200, ORDER.formatted("new", "0"));
        assertThat(place()).isInstanceOf(VenueAnswer.Reported.class);
        assertThat(asked).hasSize(2);
    }

    @Test
    void L3_shouldLeaveACancelItsShareWhenQueriesHaveUsedTheirs() {
        answer(404, "{}", "X-RateLimit-Limit", "200", "X-RateLimit-Remaining", "2");
        venue.questions().query(order(OrderType.LIMIT, TimeInForce.GTC), BTC, got::add);
        assertThat(got.get(0)).isEqualTo(new VenueAnswer.NotFound(nowMs));
        assertThat(place()).isInstanceOf(VenueAnswer.NotSent.class);
        answer(200, ORDER.formatted("new", "0"));
        venue.questions().find(BTC, "v1", got::add);
        assertThat(got.get(2)).isInstanceOf(VenueAnswer.NotSent.class);
        answers.clear();
        answer(204, "");
        answer(200, ORDER.formatted("canceled", "0.4"));
        venue.cancel(withVenueId("v1"), BTC, got::add);
        assertThat(got.get(3))
                .isInstanceOfSatisfying(
                        VenueAnswer.Reported.class,
                        reported ->
                                assertThat(reported.reports().get(0).state()).isEqualTo(OrderState.CANCELLED));
        assertThat(asked).last().asString().isEqualTo("GET /v2/orders/v1");
    }

    @Test
    void O3_shouldTellAFillBySameIdentityFromTheStreamAndFromTheList() {
        hear(
                "{\"stream\":\"trade_updates\",\"data\":{\"event\":\"partial_fill\",\"execution_id\":\"x-1\",\"price\":\"50000\","
                        + "\"qty\":\"0.4\",\"timestamp\":\"2026-11-21T12:00:00.5Z\",\"order\":"
                        + ORDER.formatted("partially_filled", "0.4") + "}}");
        assertThat(told).containsExactly("PARTIALLY_FILLED x-1 0.4");
        answer(
                200,
                "[{\"id\":\"20261121120000500::x-1\",\"symbol\":\"BTC/USD\",\"side\":\"buy\",\"price\":\"50000\",\"qty\":\"0.4\","
                        + "\"order_id\":\"v1\",\"transaction_time\":\"2026-11-21T12:00:00.5Z\"}]");
        venue.questions().trades(BTC, 1_795_262_400_501L, got::add);
        VenueAnswer.Reported reported = (VenueAnswer.Reported) got.get(0);
        Fill fill = Objects.requireNonNull(reported.reports().get(0).fill());
        assertThat(fill.key()).isEqualTo(new Fill.Key("BTC-USD", "x-1", "v1"));
        assertThat(venue.questions().cursorOf(fill)).isEqualTo(1_795_262_400_500L);
        assertThat(asked.get(0)).contains("direction=asc&after=2026-11-21T11%3A59%3A58.500Z");
    }

    @Test
    void O1_anOrderThatWaitsForTheMarketToOpenIsKnownAndNotInDoubt() {
        answer(200, ORDER.formatted("accepted", "0"));
        assertThat(place())
                .isInstanceOfSatisfying(
                        VenueAnswer.Reported.class,
                        reported ->
                                assertThat(reported.reports().get(0).state()).isEqualTo(OrderState.OPEN));
    }

    @Test
    void theDayIsTheEndOfADayOrderAndOfNoOther() {
        hear(update("done_for_day", ORDER.formatted("done_for_day", "0.4")));
        hear(update("done_for_day", ORDER.formatted("done_for_day", "0.4").replace("gtc", "day")));
        assertThat(told).containsExactly("OPEN", "EXPIRED");
    }

    private static String update(String event, String order) {
        return "{\"stream\":\"trade_updates\",\"data\":{\"event\":\"" + event + "\",\"order\":" + order + "}}";
    }

    @Test
    void O6_theAnswerToAReplaceIsAPromiseAndEndsNothing() {
        answer(200, ORDER.formatted("accepted", "0").replace("\"v1\"", "\"v2\""));
        venue.replace(withVenueId("v1"), order(OrderType.LIMIT, TimeInForce.GTC), BTC, got::add);
        assertThat(asked.get(0)).startsWith("PATCH /v2/orders/v1");
        assertThat(((VenueAnswer.Reported) got.get(0)).reports())
                .singleElement()
                .satisfies(fresh -> assertThat(fresh.venueOrderId()).isEqualTo("v2"));
    }

    @Test
    void shouldReadEveryPageOfFillsAndAnswerOnce() {
        StringBuilder page = new StringBuilder("[");
        for (int i = 0; i < 100; i++) {
            page.append(i == 0 ? "" : ",")
                    .append("{\"id\":\"t::")
                    .append(i)
                    .append(
                            "\",\"symbol\":\"BTC/USD\",\"side\":\"sell\",\"price\":\"1\",\"qty\":\"1\",\"order_id\":\"v\","
                                    + "\"transaction_time\":\"2026-11-21T12:00:00Z\"}");
        }
        answer(200, page.append("]").toString());
        answer(
                200,
                "[{\"id\":\"t::100\",\"symbol\":\"ETH/USD\",\"side\":\"buy\",\"price\":\"1\",\"qty\":\"1\",\"order_id\":\"v\","
                        + "\"transaction_time\":\"2026-11-21T12:00:00Z\"}]");
        venue.questions().trades(BTC, 5, got::add);
        assertThat(got)
                .singleElement()
                .isInstanceOfSatisfying(
                        VenueAnswer.Reported.class,
                        reported -> assertThat(reported.reports()).hasSize(100));
        assertThat(asked.get(1)).endsWith("&page_token=t%3A%3A99");
    }

    @Test
    void shouldStartAnewAfterAMessageThatCannotBeRead() {
        hear("{\"stream\":\"listening\",\"data\":{\"streams\":[\"trade_updates\"]}}");
        hear("{\"stream\":\"trade_updates\",\"data\":{\"event\":\"new\",\"order\":" + ORDER.formatted("unheard_of", "0")
                + "}}");
        assertThat(told).containsExactly("connected", "disconnected");
        assertThat(venue.isConnected()).isFalse();
    }

    @Test
    void shouldConnectAgainWhenWhatOpensTheConnectionGotLost() {
        pass(10_000);
        assertThat(connections).isEqualTo(1);
        pass(40_000);
        assertThat(connections).isGreaterThan(1);
    }

    @Test
    void O1_aJumpOfTheWallClockEndsNoOrderInDoubt() {
        long acceptUntilMs = venue.acceptUntilMs();
        answer(404, "{}");
        wallJumpMs = 3_600_000;
        venue.questions().query(order(OrderType.LIMIT, TimeInForce.GTC), BTC, got::add);
        VenueAnswer.NotFound notFound = (VenueAnswer.NotFound) got.get(0);
        assertThat(notFound.serverAtMs()).isLessThan(acceptUntilMs);
        assertThat(venue.acceptUntilMs()).isEqualTo(acceptUntilMs);
    }

    @Test
    void aRefusedKeyIsAFactAndConnectsOnceAMinute() {
        hear("{\"stream\":\"authorization\",\"data\":{\"status\":\"unauthorized\",\"action\":\"authenticate\"}}");
        assertThat(venue.facts()).containsEntry(VenueOrders.KEY_REFUSED, true);
        assertThat(venue.isReachable()).isFalse();
        pass(55_000);
        assertThat(connections).isEqualTo(1);
        pass(40_000);
        assertThat(connections).isEqualTo(2);
    }

    @Test
    void I44_anAccountWorthLessThanItsPositionsNeedIsAMarginCallUntilItIsWorthEnough() {
        balances("99.5", "100");
        assertThat(venue.marginCall()).isEqualTo("equity=99.5 maintenance_margin=100");
        balances("100", "100");
        assertThat(venue.marginCall()).isNull();
    }

    private void balances(String equity, String needed) {
        answer(
                200,
                "{\"cash\":\"50\",\"non_marginable_buying_power\":\"20\",\"equity\":\"" + equity
                        + "\",\"maintenance_margin\":\"" + needed + "\"}");
        answer(200, "[]");
        venue.questions().balances(got::add);
        assertThat(got).last().isInstanceOf(VenueAnswer.Balances.class);
    }

    @Test
    void L1_anAnswerThatWasOvertakenDoesNotLowerTheCount() {
        answer(404, "{}", "X-RateLimit-Limit", "200", "X-RateLimit-Remaining", "150");
        answer(404, "{}", "X-RateLimit-Limit", "200", "X-RateLimit-Remaining", "151");
        venue.questions().find(BTC, "v1", got::add);
        venue.questions().find(BTC, "v1", got::add);
        assertThat(venue.budgetLeft()).containsEntry("weight_left", 149);
    }
}
