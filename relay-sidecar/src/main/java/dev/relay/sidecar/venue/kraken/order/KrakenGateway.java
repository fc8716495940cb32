package dev.relay.sidecar.venue.kraken.order;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.limit.DecayingCounter;
import dev.relay.sidecar.limit.Priority;
import dev.relay.sidecar.net.WsConfig;
import dev.relay.sidecar.order.Fill;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderClock;
import dev.relay.sidecar.order.OrderReport;
import dev.relay.sidecar.order.OrderReport.Source;
import dev.relay.sidecar.order.OrderState;
import dev.relay.sidecar.order.OrderVenue;
import dev.relay.sidecar.order.OrderView;
import dev.relay.sidecar.order.RefusalCode;
import dev.relay.sidecar.order.TimeInForce;
import dev.relay.sidecar.order.VenueAnswer;
import dev.relay.sidecar.order.VenueListener;
import dev.relay.sidecar.order.VenueOrders;
import dev.relay.sidecar.venue.order.JsonRest;
import dev.relay.sidecar.venue.order.KeyWatch;
import dev.relay.sidecar.venue.order.OrderConnection;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Orders in the words of Kraken's WebSocket v2. On each connection: the venue's clock by a ping, a fresh token by REST, the
 * executions channel, and with its snapshot {@link OrderConnection#ready}. Writes go by the socket alone, each place
 * with a deadline after which the venue does not accept it; questions go by {@link KrakenQuestions}. The venue's dead man's
 * switch is renewed three times in its time while connected. A replace is not offered: agents cancel and place.
 *
 * <p>Owned by the thread "orders", its only writer. Bounded: unanswered writes by {@link KrakenCalls}, waiting questions by
 * {@link KrakenRest}.
 */
final class KrakenGateway implements VenueOrders, OrderConnection.Protocol {
    private static final Logger LOG = LoggerFactory.getLogger(KrakenGateway.class);
    private static final long SILENT_MS = 10_000;
    private static final long BALANCES_MS = 5_000;
    private static final double PAIR_MOST = 125;
    private static final double PAIR_FALL_PER_SECOND = 2.34;
    private static final int DEAD_MAN_SHARE = 3;
    /** Of an order younger than 5 s; the age is not worth looking at. */
    private static final int COST_OF_AMEND = 4;

    private final KrakenOrderConfig config;
    private final OrderClock clock;
    private final KeyWatch keys = new KeyWatch();
    private final KrakenReports reports;
    private final OrderConnection connection;
    private final KrakenCalls calls;
    private final KrakenRest rest;
    private final KrakenQuestions questions;
    private final Map<String, DecayingCounter> pairs = new HashMap<>();
    private String token = "";
    private boolean areBalancesOld;
    private long heardAtMs;
    private long nextDeadManMs = Long.MAX_VALUE;
    private long nextBalancesMs;

    KrakenGateway(KrakenOrderConfig config, OrderVenue.Access access) {
        this.config = config;
        this.clock = access.clock();
        this.reports = new KrakenReports(access.instruments());
        this.connection = new OrderConnection(config.stream(), WsConfig.defaults(), access, this);
        this.calls = new KrakenCalls(clock, connection, config.answerTimeoutMs());
        JsonRest json = new JsonRest(
                access.rest().open(config.rest(), config.answerTimeoutMs()),
                access.orders(),
                connection::onAnsweredByRest);
        this.rest = new KrakenRest(json, config.key(), config.secret(), clock, keys, calls::venueMs);
        this.questions = new KrakenQuestions(rest, reports, calls::venueMs);
    }

    // ---- connection

    @Override
    public void start(VenueListener owner) {
        connection.start(owner);
    }

    @Override
    public void onOpen() {
        heardAtMs = clock.monotonicMs();
        calls.request("ping", Map.of(), result -> new VenueAnswer.Reported(List.of()), answer -> {});
        rest.askFirst(
                "GetWebSocketsToken",
                Map.of(),
                Priority.CANCEL,
                result -> {
                    token = KrakenReports.text(result, "token");
                    return new VenueAnswer.Reported(List.of());
                },
                answer -> {
                    if (answer instanceof VenueAnswer.Reported) {
                        subscribe();
                    } else {
                        connection.restart("no token: " + answer);
                    }
                });
    }

    private void subscribe() {
        if (!connection.isOpen() || connection.isReady()) {
            return;
        }
        Map<String, Object> params = new LinkedHashMap<>();
        params.put("channel", "executions");
        params.put("snap_orders", true);
        params.put("snap_trades", false); // what was traded before is asked for behind the last booked one
        params.put("token", token);
        calls.request("subscribe", params, result -> new VenueAnswer.Reported(List.of()), answer -> {
            if (!(answer instanceof VenueAnswer.Reported)) {
                connection.restart("executions not subscribed: " + answer);
            }
        });
    }

    @Override
    public void onText(JsonNode message) {
        heardAtMs = clock.monotonicMs();
        if (message.has("req_id")) {
            calls.onAnswer(message);
        } else if (message.path("channel").asText().equals("executions")) {
            connection.read(() -> onExecutions(message));
        }
    }

    private void onExecutions(JsonNode message) {
        reports.executions(message.path("data")).forEach(connection.owner()::onReport);
        areBalancesOld = true;
        if (message.path("type").asText().equals("snapshot")) {
            nextDeadManMs = clock.monotonicMs();
            connection.ready();
        }
    }

    @Override
    public void onClosed(String reason) {
        nextDeadManMs = Long.MAX_VALUE;
        calls.endAll("connection lost: " + reason);
    }

    // ---- writes

    @Override
    public long place(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        long acceptUntilMs = acceptUntilMs();
        TimeInForce tif = order.terms().timeInForce();
        if (tif != null && tif != TimeInForce.GTC && tif != TimeInForce.IOC) {
            answer.accept(new VenueAnswer.Refused(RefusalCode.UNSUPPORTED.name(), "time in force " + tif));
        } else if (hasRoom(order.symbol(), 1, answer)) {
            write(
                    "add_order",
                    KrakenWrites.newOrder(order, instrument, acceptUntilMs),
                    result -> accepted(order, result),
                    answer);
        }
        return acceptUntilMs;
    }

    private VenueAnswer accepted(OrderView order, JsonNode result) {
        return new VenueAnswer.Reported(
                List.of(answered(order, KrakenReports.text(result, "order_id"), OrderState.OPEN, null)));
    }

    private OrderReport answered(
            OrderView order, String venueOrderId, @Nullable OrderState state, @Nullable BigDecimal quantity) {
        return new OrderReport(
                Source.ANSWER,
                order.symbol(),
                order.clientId(),
                venueOrderId,
                state,
                null,
                null,
                quantity == null ? null : order.terms().withQuantity(quantity),
                "",
                acceptUntilMs());
    }

    @Override
    public void cancel(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        pair(order.symbol()).add(KrakenWrites.costOfCancel(clock.wallMs() - order.createdAtMs()), clock.monotonicMs());
        write("cancel_order", KrakenWrites.named(order), result -> new VenueAnswer.Reported(List.of()), answer);
    }

    @Override
    public void reduce(OrderView order, Instrument instrument, BigDecimal quantity, Consumer<VenueAnswer> answer) {
        if (order.venueOrderId().isEmpty()) {
            answer.accept(KrakenCalls.notSent("its id is not known yet"));
            return;
        }
        if (!hasRoom(order.symbol(), COST_OF_AMEND, answer)) {
            return;
        }
        Map<String, Object> params = new LinkedHashMap<>();
        params.put("order_id", order.venueOrderId());
        params.put("order_qty", quantity);
        write(
                "amend_order",
                params,
                result -> new VenueAnswer.Reported(List.of(answered(order, order.venueOrderId(), null, quantity))),
                answer);
    }

    private DecayingCounter pair(String symbol) {
        return pairs.computeIfAbsent(symbol, unused -> new DecayingCounter(PAIR_MOST, PAIR_FALL_PER_SECOND));
    }

    /** Takes what a write costs of the pair's counter; false: it is full, and answered so. */
    private boolean hasRoom(String symbol, int cost, Consumer<VenueAnswer> answer) {
        long waitMs = pair(symbol).take(cost, Priority.PLACE.share, clock.monotonicMs());
        if (waitMs > 0) {
            answer.accept(new VenueAnswer.NotSent(
                    RefusalCode.RATE_LIMITED.name(), "the pair's counter is full, retry_after_ms=" + waitMs));
        }
        return waitMs == 0;
    }

    private void write(
            String method,
            Map<String, Object> params,
            Function<JsonNode, VenueAnswer> read,
            Consumer<VenueAnswer> answer) {
        if (!connection.isReady()) {
            answer.accept(KrakenCalls.notSent("not connected"));
            return;
        }
        params.put("token", token);
        calls.request(method, params, read, answer);
    }

    // ---- questions

    @Override
    public void query(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        questions.query(order, answer);
    }

    @Override
    public void find(Instrument instrument, String venueOrderId, Consumer<VenueAnswer> answer) {
        questions.find(venueOrderId, answer);
    }

    @Override
    public void openOrders(Consumer<VenueAnswer> answer) {
        questions.openOrders(answer);
    }

    @Override
    public boolean listsTradesTogether() {
        return true;
    }

    @Override
    public void trades(Instrument instrument, long fromId, Consumer<VenueAnswer> answer) {
        questions.trades(fromId, answer);
    }

    @Override
    public void tradesOf(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        questions.tradesOf(order, answer);
    }

    @Override
    public void balances(Consumer<VenueAnswer> answer) {
        questions.balances(answer);
    }

    // ---- time

    /** Trades are listed by time. */
    @Override
    public long cursorOf(Fill fill) {
        return fill.atMs();
    }

    @Override
    public long acceptUntilMs() {
        return calls.isTimeKnown() ? calls.venueMs() + config.deadlineMs() : -1;
    }

    @Override
    public void drain(Runnable drained) {
        connection.drain(drained);
    }

    @Override
    public void tick(long nowMs) {
        if (connection.isOpen() && nowMs - heardAtMs > SILENT_MS) {
            connection.restart("nothing heard for ms=" + (nowMs - heardAtMs));
        }
        connection.notBefore(keys.pausedUntilMs());
        connection.tick(nowMs);
        calls.tick(nowMs);
        rest.tick(nowMs);
        if (config.deadManS() > 0 && nowMs >= nextDeadManMs) {
            renewDeadMan(nowMs);
        }
        if (connection.isReady() && areBalancesOld && nowMs >= nextBalancesMs && rest.isIdle()) {
            readBalances(nowMs);
        }
    }

    private void renewDeadMan(long nowMs) {
        nextDeadManMs = nowMs + 1_000L * config.deadManS() / DEAD_MAN_SHARE;
        Map<String, Object> params = new LinkedHashMap<>();
        params.put("timeout", config.deadManS());
        write("cancel_all_orders_after", params, result -> new VenueAnswer.Reported(List.of()), answer -> {
            if (!(answer instanceof VenueAnswer.Reported)) {
                LOG.warn("dead man's switch not renewed answer={}", answer);
            }
        });
    }

    /** Executions tell no balances. */
    private void readBalances(long nowMs) {
        areBalancesOld = false;
        nextBalancesMs = nowMs + BALANCES_MS;
        balances(answer -> {
            if (answer instanceof VenueAnswer.Balances told) {
                connection.owner().onBalances(told.balances());
            } else {
                areBalancesOld = true;
            }
        });
    }

    @Override
    public boolean isConnected() {
        return connection.isReady();
    }

    @Override
    public boolean isReachable() {
        return connection.isReady() || !keys.isRefused();
    }

    @Override
    public Map<String, Object> budgetLeft() {
        Map<String, Object> left = new LinkedHashMap<>();
        left.put("rest_left", (long) rest.left());
        pairs.forEach((symbol, counter) -> left.put("pair_left_" + symbol, (long) counter.left(clock.monotonicMs())));
        return left;
    }

    @Override
    public Map<String, Object> facts() {
        Map<String, Object> facts = keys.facts();
        facts.put("venue_unreadable_total", connection.unreadableCount() + calls.unreadableCount());
        return facts;
    }

    @Override
    public void close() {
        connection.close();
        rest.close();
        calls.endAll("the sidecar is closing");
    }
}
