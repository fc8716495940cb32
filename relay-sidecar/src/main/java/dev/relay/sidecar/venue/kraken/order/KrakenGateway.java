package dev.relay.sidecar.venue.kraken.order;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.limit.Lockout;
import dev.relay.sidecar.limit.Priority;
import dev.relay.sidecar.net.WsConfig;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderClock;
import dev.relay.sidecar.order.OrderVenue;
import dev.relay.sidecar.order.OrderView;
import dev.relay.sidecar.order.VenueAnswer;
import dev.relay.sidecar.order.VenueListener;
import dev.relay.sidecar.order.VenueOrders;
import dev.relay.sidecar.order.VenueQuestions;
import dev.relay.sidecar.venue.order.JsonRest;
import dev.relay.sidecar.venue.order.KeyWatch;
import dev.relay.sidecar.venue.order.OrderConnection;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Orders in the words of Kraken's WebSocket v2. On each connection: the venue's clock by a ping, a fresh token by REST, the
 * executions channel, and with its snapshot {@link OrderConnection#ready}. Writes go by {@link KrakenOrders}, each place
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
    private static final int DEAD_MAN_SHARE = 3;

    private final KrakenOrderConfig config;
    private final OrderClock clock;
    private final KeyWatch keys = new KeyWatch();
    private final KrakenReports reports;
    private final OrderConnection connection;
    private final KrakenCalls calls;
    private final KrakenRestLimits limits;
    private final KrakenRest rest;
    private final KrakenQuestions questions;
    private final KrakenOrders orders;
    private boolean areBalancesOld;
    private long heardAtMs;
    private long nextDeadManMs = Long.MAX_VALUE;
    private long nextBalancesMs;

    KrakenGateway(KrakenOrderConfig config, OrderVenue.Access access) {
        this.config = config;
        this.clock = access.clock();
        this.reports = new KrakenReports(access.instruments());
        this.connection = new OrderConnection(config.stream(), WsConfig.defaults(), access, this);
        Lockout lockout = new Lockout(access.closedUntilMs(), access.saveClosedUntil());
        this.calls = new KrakenCalls(clock, connection, lockout, config.answerTimeoutMs());
        JsonRest json = new JsonRest(
                access.rest().open(config.rest(), config.answerTimeoutMs()),
                access.orders(),
                connection::onAnsweredByRest);
        KrakenSigner signer = new KrakenSigner(config.key(), config.secret(), clock);
        this.limits = new KrakenRestLimits(clock, keys, lockout, calls::venueMs);
        this.rest = new KrakenRest(json, signer, clock, limits, calls::venueMs);
        this.questions = new KrakenQuestions(rest, reports, calls::venueMs);
        this.orders = new KrakenOrders(connection, calls, rest, clock, this::acceptUntilMs, access.formerActMs());
    }

    // ---- connection

    @Override
    public void start(VenueListener owner) {
        holdConnecting(clock.monotonicMs());
        connection.start(owner);
    }

    /** A connection needs a token by REST. */
    private void holdConnecting(long nowMs) {
        connection.notBefore(Math.max(nowMs + limits.lockedForMs(), keys.pausedUntilMs()));
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
                    calls.token(KrakenReports.text(result, "token"));
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
        calls.ask("subscribe", params, result -> new VenueAnswer.Reported(List.of()), answer -> {
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
            rest.releasePlaces();
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
        return orders.place(order, instrument, answer);
    }

    @Override
    public void cancel(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        orders.cancel(order, answer);
    }

    @Override
    public void reduce(OrderView order, Instrument instrument, BigDecimal quantity, Consumer<VenueAnswer> answer) {
        orders.reduce(order, quantity, answer);
    }

    @Override
    public VenueQuestions questions() {
        return questions;
    }

    // ---- time

    @Override
    public long acceptUntilMs() {
        return calls.isTimeKnown() ? calls.venueMs() + config.deadlineMs() : -1;
    }

    @Override
    public void drain(Runnable drained) {
        connection.drain(() -> rest.drain(drained));
    }

    @Override
    public void tick(long nowMs) {
        if (connection.isOpen() && nowMs - heardAtMs > SILENT_MS) {
            connection.restart("nothing heard for ms=" + (nowMs - heardAtMs));
        }
        holdConnecting(nowMs);
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
        calls.ask("cancel_all_orders_after", params, result -> new VenueAnswer.Reported(List.of()), answer -> {
            if (!(answer instanceof VenueAnswer.Reported)) {
                LOG.warn("dead man's switch not renewed answer={}", answer);
            }
        });
    }

    /** Executions tell no balances. */
    private void readBalances(long nowMs) {
        areBalancesOld = false;
        nextBalancesMs = nowMs + BALANCES_MS;
        questions.balances(answer -> {
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
        left.put("rest_left", (long) limits.left());
        left.put("closed_for_ms", limits.lockedForMs());
        left.putAll(orders.left());
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
