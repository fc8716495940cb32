package dev.relay.sidecar.order;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.sidecar.net.CloseReason;
import dev.relay.sidecar.net.Link;
import dev.relay.sidecar.net.LinkListener;
import dev.relay.sidecar.net.RestCalls;
import dev.relay.sidecar.net.RestResponse;
import dev.relay.sidecar.venue.alpaca.order.AlpacaOrderConfig;
import java.math.BigDecimal;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What Alpaca's answers and messages mean, with scripted answers and a time of its own. */
class AlpacaGatewayTest {
    private static final Instrument BTC = AlpacaOrderConfig.instrument("BTC-USD");
    private static final String ID = "00112233445566778899aabbccddeeff";
    private static final String ORDER = "{\"id\":\"v1\",\"client_order_id\":\"" + ID
            + "\",\"symbol\":\"BTC/USD\",\"status\":\"%s\",\"side\":\"buy\","
            + "\"type\":\"limit\",\"limit_price\":\"50000\",\"qty\":\"1\",\"filled_qty\":\"%s\","
            + "\"time_in_force\":\"gtc\",\"updated_at\":\"2026-11-21T12:00:00Z\"}";

    private final Deque<Object> answers = new ArrayDeque<>();
    private final List<String> asked = new ArrayList<>();
    private final List<String> said = new ArrayList<>();
    private final List<String> told = new ArrayList<>();
    private final List<Long> closedUntil = new ArrayList<>();
    private final List<VenueAnswer> got = new ArrayList<>();
    private @Nullable LinkListener socket;
    private long nowMs = 1_700_000_000_000L;
    private final VenueOrders venue = open();

    private VenueOrders open() {
        AlpacaOrderConfig config = AlpacaOrderConfig.of(
                URI.create("http://127.0.0.1:1/alpaca"), URI.create("ws://127.0.0.1:1/alpaca/stream"), "k", "s");
        VenueOrders opened = config.open(new OrderVenue.Access(
                List.of(BTC),
                new OrderClock() {
                    @Override
                    public long monotonicMs() {
                        return nowMs;
                    }

                    @Override
                    public long wallMs() {
                        return nowMs;
                    }
                },
                Runnable::run,
                (uri, limits, listener) -> {
                    socket = listener;
                    return link();
                },
                (base, timeoutMs) -> rest(),
                0,
                closedUntil::add,
                1));
        opened.start(listener());
        hear("");
        return opened;
    }

    private Link link() {
        return new Link() {
            @Override
            public boolean send(String text) {
                return said.add(text);
            }

            @Override
            public boolean isOpen() {
                return true;
            }

            @Override
            public void close() {}

            @Override
            public long lastReadAtMs() {
                return nowMs;
            }
        };
    }

    private RestCalls rest() {
        return new RestCalls() {
            @Override
            public CompletableFuture<RestResponse> get(String pathAndQuery) {
                return send("GET", pathAndQuery, Map.of(), null);
            }

            @Override
            public CompletableFuture<RestResponse> send(
                    String method, String pathAndQuery, Map<String, String> headers, @Nullable String body) {
                asked.add(method + " " + pathAndQuery + (body == null ? "" : " " + body));
                Object answer = answers.remove();
                return answer instanceof Exception failure
                        ? CompletableFuture.failedFuture(failure)
                        : CompletableFuture.completedFuture((RestResponse) answer);
            }

            @Override
            public void close() {}
        };
    }

    private VenueListener listener() {
        return new VenueListener() {
            @Override
            public void onConnected() {
                told.add("connected");
            }

            @Override
            public void onDisconnected(String reason) {
                told.add("disconnected");
            }

            @Override
            public void onReport(OrderReport report) {
                Fill fill = report.fill();
                told.add(report.state() + (fill == null ? "" : " " + fill.tradeId() + " " + fill.quantity()));
            }

            @Override
            public void onBalances(List<Balance> balances) {
                told.add("balances");
            }

            @Override
            public void onTransfer(String asset, BigDecimal amount) {
                told.add("transfer");
            }
        };
    }

    /** An empty text opens the connection. */
    private void hear(String text) {
        LinkListener open = Objects.requireNonNull(socket);
        if (text.isEmpty()) {
            open.onOpen(link());
        } else {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            open.onText(bytes, bytes.length);
        }
    }

    private void answer(int status, String body, String... headers) {
        Map<String, List<String>> all = new java.util.HashMap<>();
        for (int i = 0; i + 1 < headers.length; i += 2) {
            all.put(headers[i], List.of(headers[i + 1]));
        }
        answers.add(new RestResponse(status, all, body.getBytes(StandardCharsets.UTF_8)));
    }

    private static OrderView order(OrderType type, @Nullable TimeInForce tif) {
        OrderTerms terms = new OrderTerms(
                Side.BUY, type, type == OrderType.MARKET ? null : new BigDecimal("50000"), BigDecimal.ONE, tif);
        OrderTracker tracker = new OrderTracker("paper", List.of(BTC));
        return tracker.place(ID, "alice", BTC.symbol(), terms, 1).order();
    }

    private VenueAnswer place() {
        venue.place(order(OrderType.LIMIT, TimeInForce.GTC), BTC, got::add);
        return got.get(got.size() - 1);
    }

    @Test
    void shouldBeConnectedOnlyOnceTradeUpdatesAreListenedTo() {
        assertThat(said).singleElement().asString().contains("\"auth\"");
        hear("{\"stream\":\"authorization\",\"data\":{\"status\":\"authorized\",\"action\":\"authenticate\"}}");
        assertThat(said.get(1)).contains("trade_updates");
        assertThat(told).isEmpty();
        hear("{\"stream\":\"listening\",\"data\":{\"streams\":[\"trade_updates\"]}}");
        assertThat(told).containsExactly("connected");
        Objects.requireNonNull(socket).onClosed(new CloseReason(CloseReason.Kind.CONNECTION_LOST, 0, ""));
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
        venue.query(order(OrderType.LIMIT, TimeInForce.GTC), BTC, got::add);
        assertThat(got.get(0)).isEqualTo(new VenueAnswer.NotFound(nowMs));
        assertThat(place()).isInstanceOf(VenueAnswer.NotSent.class);
        answer(200, ORDER.formatted("new", "0"));
        venue.find(BTC, "v1", got::add);
        assertThat(got.get(2)).isInstanceOf(VenueAnswer.NotSent.class);
        answers.clear();
        answer(204, "");
        answer(200, ORDER.formatted("canceled", "0.4"));
        OrderView known = OrderView.fromFields(withVenueId());
        venue.cancel(known, BTC, got::add);
        assertThat(got.get(3))
                .isInstanceOfSatisfying(
                        VenueAnswer.Reported.class,
                        reported ->
                                assertThat(reported.reports().get(0).state()).isEqualTo(OrderState.CANCELLED));
        assertThat(asked).last().asString().isEqualTo("GET /v2/orders/v1");
    }

    private static Map<String, String> withVenueId() {
        Map<String, String> fields =
                new java.util.HashMap<>(order(OrderType.LIMIT, TimeInForce.GTC).toFields());
        fields.put("venue_order_id", "v1");
        return fields;
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
        venue.trades(BTC, 1_795_262_400_501L, got::add);
        VenueAnswer.Reported reported = (VenueAnswer.Reported) got.get(0);
        Fill fill = Objects.requireNonNull(reported.reports().get(0).fill());
        assertThat(fill.key()).isEqualTo(new Fill.Key("BTC-USD", "x-1", "v1"));
        assertThat(venue.cursorOf(fill)).isEqualTo(1_795_262_400_500L);
        assertThat(asked.get(0)).contains("direction=asc&after=2026-11-21T11%3A59%3A58.500Z");
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
        venue.trades(BTC, 5, got::add);
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
}
