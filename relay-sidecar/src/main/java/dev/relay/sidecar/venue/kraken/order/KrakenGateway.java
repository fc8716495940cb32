package dev.relay.sidecar.venue.kraken.order;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.relay.sidecar.limit.DecayingCounter;
import dev.relay.sidecar.limit.Priority;
import dev.relay.sidecar.net.JsonSocket;
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
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
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
 * executions channel, and with its snapshot {@link VenueListener#onConnected}. Writes go by the socket alone, each place
 * with a deadline after which the venue does not accept it; questions go by REST. The venue's dead man's switch is renewed
 * three times in its time while connected. A replace is not offered: agents cancel and place.
 *
 * <p>Owned by the thread "orders", its only writer. Bounded: {@value #MOST_UNANSWERED} unanswered writes, then nothing is
 * written and the answer says so.
 */
final class KrakenGateway implements VenueOrders, JsonSocket.Listener {
    static final int MOST_UNANSWERED = 5_000;

    private static final Logger LOG = LoggerFactory.getLogger(KrakenGateway.class);
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final long SILENT_MS = 10_000;
    private static final long BALANCES_MS = 5_000;
    private static final long OVERLAP_MS = 2_000;
    private static final long CREATED_BEFORE_MS = 60_000;
    private static final double PAIR_MOST = 125;
    private static final double PAIR_FALL_PER_SECOND = 2.34;
    private static final int DEAD_MAN_SHARE = 3;

    private final KrakenOrderConfig config;
    private final OrderClock clock;
    private final KrakenReports reports;
    private final KrakenRest rest;
    private final JsonSocket socket;
    private final Map<Long, Pending> pending = new LinkedHashMap<>();
    private final Map<String, DecayingCounter> pairs = new HashMap<>();
    private @Nullable VenueListener listener;
    private String token = "";
    private boolean isOpen;
    private boolean isReady;
    private boolean isTimeKnown;
    private boolean areBalancesOld;
    private long offsetMs;
    private long heardAtMs;
    private long nextReq = 1;
    private long nextDeadManMs = Long.MAX_VALUE;
    private long nextBalancesMs;
    private long badEventCount;

    /** A request under way. {@code read} makes the outcome of a good answer's result. */
    private record Pending(Function<JsonNode, VenueAnswer> read, Consumer<VenueAnswer> answer, long deadlineMs) {}

    KrakenGateway(KrakenOrderConfig config, OrderVenue.Access access) {
        this.config = config;
        this.clock = access.clock();
        this.reports = new KrakenReports(access.instruments());
        this.rest = new KrakenRest(
                access.rest().open(config.rest(), config.answerTimeoutMs()),
                config.key(),
                config.secret(),
                access.orders(),
                clock);
        this.socket = new JsonSocket(config.stream(), access.transport(), access.orders(), this, access.seed());
    }

    // ---- connection

    @Override
    public void start(VenueListener owner) {
        listener = owner;
        socket.start(clock.monotonicMs());
    }

    @Override
    public void onOpen() {
        isOpen = true;
        heardAtMs = clock.monotonicMs();
        request("ping", Map.of(), result -> new VenueAnswer.Reported(List.of()), answer -> {});
        rest.ask(
                "GetWebSocketsToken",
                Map.of(),
                Priority.CANCEL,
                result -> {
                    token = KrakenReports.text(result, "token");
                    return new VenueAnswer.Reported(List.of());
                },
                answer -> {
                    if (answer instanceof VenueAnswer.Reported && isOpen) {
                        subscribe();
                    } else if (isOpen) {
                        socket.restart("no token: " + answer);
                    }
                });
    }

    private void subscribe() {
        Map<String, Object> params = new LinkedHashMap<>();
        params.put("channel", "executions");
        params.put("snap_orders", true);
        params.put("snap_trades", false); // what was traded before is asked for behind the last booked one
        params.put("token", token);
        request("subscribe", params, result -> new VenueAnswer.Reported(List.of()), answer -> {
            if (!(answer instanceof VenueAnswer.Reported) && isOpen) {
                socket.restart("executions not subscribed: " + answer);
            }
        });
    }

    @Override
    public void onText(JsonNode message) {
        heardAtMs = clock.monotonicMs();
        if (message.has("time_out")) {
            offsetMs = KrakenReports.time(message.path("time_out").asText()) - heardAtMs;
            isTimeKnown = true;
        }
        if (message.has("req_id")) {
            onAnswer(message);
        } else if (message.path("channel").asText().equals("executions")) {
            onExecutions(message);
        }
    }

    private void onExecutions(JsonNode message) {
        try {
            reports.executions(message.path("data")).forEach(owner()::onReport);
        } catch (IllegalArgumentException unreadable) {
            badEventCount++;
            LOG.error("execution is unreadable; connecting again to reconcile", unreadable);
            socket.restart("unreadable execution");
            return;
        }
        areBalancesOld = true;
        if (message.path("type").asText().equals("snapshot") && !isReady) {
            isReady = true;
            nextDeadManMs = clock.monotonicMs();
            owner().onConnected();
        }
    }

    private void onAnswer(JsonNode message) {
        Pending call = pending.remove(message.path("req_id").asLong(-1));
        if (call == null) {
            return; // its time was over: in doubt already
        }
        if (message.path("success").asBoolean(true)) {
            call.answer().accept(call.read().apply(message.path("result")));
        } else {
            call.answer().accept(KrakenErrors.answer(message.path("error").asText("no reason told")));
        }
    }

    private VenueListener owner() {
        if (listener == null) {
            throw new IllegalStateException("not started");
        }
        return listener;
    }

    @Override
    public void onClosed(String reason) {
        boolean wasReady = isReady;
        isOpen = false;
        isReady = false;
        nextDeadManMs = Long.MAX_VALUE;
        LOG.warn("order connection ended reason={} pending={}", reason, pending.size());
        endPending("connection lost: " + reason);
        if (wasReady) {
            owner().onDisconnected(reason);
        }
    }

    private void endPending(String reason) {
        List<Pending> ended = List.copyOf(pending.values());
        pending.clear();
        ended.forEach(call -> call.answer().accept(new VenueAnswer.InDoubt(reason)));
    }

    // ---- writes

    @Override
    public long place(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        long acceptUntilMs = acceptUntilMs();
        long waitMs = pair(order.symbol()).take(1, Priority.PLACE.share, clock.monotonicMs());
        TimeInForce tif = order.terms().timeInForce();
        if (tif != null && tif != TimeInForce.GTC && tif != TimeInForce.IOC) {
            answer.accept(new VenueAnswer.Refused(RefusalCode.UNSUPPORTED.name(), "time in force " + tif));
        } else if (waitMs > 0) {
            answer.accept(new VenueAnswer.NotSent(
                    RefusalCode.RATE_LIMITED.name(), "the pair's counter is full, retry_after_ms=" + waitMs));
        } else {
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
        long waitMs = pair(order.symbol()).take(4, Priority.PLACE.share, clock.monotonicMs());
        if (waitMs > 0 || order.venueOrderId().isEmpty()) {
            answer.accept(new VenueAnswer.NotSent(
                    waitMs > 0 ? RefusalCode.RATE_LIMITED.name() : RefusalCode.VENUE_UNAVAILABLE.name(),
                    waitMs > 0 ? "the pair's counter is full, retry_after_ms=" + waitMs : "its id is not known yet"));
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

    private void write(
            String method,
            Map<String, Object> params,
            Function<JsonNode, VenueAnswer> read,
            Consumer<VenueAnswer> answer) {
        if (!isReady) {
            answer.accept(new VenueAnswer.NotSent(RefusalCode.VENUE_UNAVAILABLE.name(), "not connected"));
            return;
        }
        params.put("token", token);
        request(method, params, read, answer);
    }

    private void request(
            String method,
            Map<String, Object> params,
            Function<JsonNode, VenueAnswer> read,
            Consumer<VenueAnswer> answer) {
        if (pending.size() >= MOST_UNANSWERED) {
            answer.accept(new VenueAnswer.NotSent(RefusalCode.VENUE_UNAVAILABLE.name(), "too many are unanswered"));
            return;
        }
        long id = nextReq++;
        pending.put(id, new Pending(read, answer, clock.monotonicMs() + config.answerTimeoutMs()));
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("method", method);
        if (!params.isEmpty()) {
            message.put("params", params);
        }
        message.put("req_id", id);
        if (!socket.send(json(message))) {
            pending.remove(id);
            answer.accept(
                    new VenueAnswer.NotSent(RefusalCode.VENUE_UNAVAILABLE.name(), "the socket takes no more bytes"));
        }
    }

    private static String json(Map<String, Object> message) {
        try {
            return MAPPER.writeValueAsString(message);
        } catch (IOException e) {
            throw new IllegalStateException("a request could not become JSON", e);
        }
    }

    // ---- questions

    @Override
    public void query(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        if (!order.venueOrderId().isEmpty()) {
            find(instrument, order.venueOrderId(), answer);
            return;
        }
        Map<String, String> named = Map.of("cl_ord_id", order.clientId());
        rest.ask("OpenOrders", named, Priority.QUERY, result -> found(result.path("open")), open -> {
            if (open instanceof VenueAnswer.NotFound) {
                rest.ask("ClosedOrders", named, Priority.QUERY, result -> found(result.path("closed")), answer);
            } else {
                answer.accept(open);
            }
        });
    }

    private VenueAnswer found(JsonNode byId) {
        List<OrderReport> found = reports.orders(byId);
        return found.isEmpty() ? new VenueAnswer.NotFound(venueMs()) : new VenueAnswer.Reported(found);
    }

    @Override
    public void find(Instrument instrument, String venueOrderId, Consumer<VenueAnswer> answer) {
        rest.ask("QueryOrders", Map.of("txid", venueOrderId), Priority.QUERY, this::found, answer);
    }

    @Override
    public void openOrders(Consumer<VenueAnswer> answer) {
        rest.ask(
                "OpenOrders",
                Map.of(),
                Priority.QUERY,
                result -> new VenueAnswer.Reported(reports.orders(result.path("open"))),
                answer);
    }

    @Override
    public void trades(Instrument instrument, long fromId, Consumer<VenueAnswer> answer) {
        new TradePages(rest, reports, instrument, fromId <= 0 ? 0 : fromId - 1 - OVERLAP_MS, fromId > 0, answer).next();
    }

    @Override
    public void tradesOf(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        long fromMs = order.createdAtMs() - CREATED_BEFORE_MS;
        new TradePages(rest, reports, instrument, fromMs, true, all -> answer.accept(only(order, all))).next();
    }

    private static VenueAnswer only(OrderView order, VenueAnswer answer) {
        return answer instanceof VenueAnswer.Reported reported
                ? new VenueAnswer.Reported(reported.reports().stream()
                        .filter(report -> report.venueOrderId().equals(order.venueOrderId()))
                        .toList())
                : answer;
    }

    @Override
    public void balances(Consumer<VenueAnswer> answer) {
        rest.ask(
                "BalanceEx",
                Map.of(),
                Priority.QUERY,
                result -> new VenueAnswer.Balances(KrakenReports.balances(result, venueMs())),
                answer);
    }

    // ---- time

    private long venueMs() {
        return isTimeKnown ? clock.monotonicMs() + offsetMs : clock.wallMs();
    }

    /** Trades are listed by time. */
    @Override
    public long cursorOf(Fill fill) {
        return fill.atMs();
    }

    @Override
    public long acceptUntilMs() {
        return isTimeKnown ? venueMs() + config.deadlineMs() : -1;
    }

    @Override
    public void drain(Runnable drained) {
        socket.drain(drained);
    }

    @Override
    public void tick(long nowMs) {
        if (isOpen && nowMs - heardAtMs > SILENT_MS) {
            socket.restart("nothing heard for ms=" + (nowMs - heardAtMs));
        }
        socket.tick(nowMs);
        endLate(nowMs);
        if (config.deadManS() > 0 && nowMs >= nextDeadManMs) {
            nextDeadManMs = nowMs + 1_000L * config.deadManS() / DEAD_MAN_SHARE;
            Map<String, Object> params = new LinkedHashMap<>();
            params.put("timeout", config.deadManS());
            write("cancel_all_orders_after", params, result -> new VenueAnswer.Reported(List.of()), answer -> {
                if (!(answer instanceof VenueAnswer.Reported)) {
                    LOG.warn("dead man's switch not renewed answer={}", answer);
                }
            });
        }
        if (isReady && areBalancesOld && nowMs >= nextBalancesMs) {
            areBalancesOld = false;
            nextBalancesMs = nowMs + BALANCES_MS;
            balances(answer -> {
                if (answer instanceof VenueAnswer.Balances told) {
                    owner().onBalances(told.balances());
                } else {
                    areBalancesOld = true;
                }
            });
        }
    }

    private void endLate(long nowMs) {
        List<Pending> late = new ArrayList<>();
        pending.values().removeIf(call -> call.deadlineMs() <= nowMs && late.add(call));
        late.forEach(call -> call.answer().accept(new VenueAnswer.InDoubt("no answer within its time")));
    }

    @Override
    public boolean isConnected() {
        return isReady;
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
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put(KEY_REFUSED, rest.isKeyRefused());
        facts.put("venue_key_refusals_total", rest.keyRefusals());
        facts.put("venue_unreadable_total", badEventCount);
        return facts;
    }

    @Override
    public void close() {
        socket.close();
        rest.close();
        endPending("the sidecar is closing");
    }
}
