package dev.relay.sidecar.venue.alpaca.order;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.limit.Priority;
import dev.relay.sidecar.limit.VenueBudget;
import dev.relay.sidecar.net.WsConfig;
import dev.relay.sidecar.order.Decimals;
import dev.relay.sidecar.order.Fill;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderClock;
import dev.relay.sidecar.order.OrderReport;
import dev.relay.sidecar.order.OrderReport.Source;
import dev.relay.sidecar.order.OrderState;
import dev.relay.sidecar.order.OrderType;
import dev.relay.sidecar.order.OrderVenue.Access;
import dev.relay.sidecar.order.OrderView;
import dev.relay.sidecar.order.TimeInForce;
import dev.relay.sidecar.order.VenueAnswer;
import dev.relay.sidecar.order.VenueListener;
import dev.relay.sidecar.order.VenueOrders;
import dev.relay.sidecar.venue.alpaca.order.AlpacaRest.Call;
import dev.relay.sidecar.venue.order.JsonRest;
import dev.relay.sidecar.venue.order.KeyWatch;
import dev.relay.sidecar.venue.order.OrderConnection;
import dev.relay.sidecar.venue.order.ServerTime;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Alpaca's order side: orders by REST, what becomes of them by the trade updates.
 *
 * <p>The stream repeats nothing after a reconnect, so each connection ends in {@link OrderConnection#ready} and the reconciliation asks for open orders, fills,
 * cash and positions; the same at every period, which is the position sync. Requests carry no time of theirs: a place without an answer may be accepted for
 * {@link #ACCEPT_MS} more. The venue tells no time either, so this machine's counts, by the monotonic clock. A replace is a new order with a new id; the old one ends.
 *
 * <p>Owned by the thread "orders". Bounded: unanswered requests by {@link AlpacaRest}.
 */
final class AlpacaGateway implements VenueOrders, OrderConnection.Protocol {
    private static final Logger LOG = LoggerFactory.getLogger(AlpacaGateway.class);
    private static final String TRADE_UPDATES = "trade_updates";
    private static final long ACCEPT_MS = 20_000;

    private final AlpacaOrderConfig config;
    private final OrderClock clock;
    private final ServerTime time;
    private final KeyWatch keys = new KeyWatch();
    private final AlpacaReports reports;
    private final OrderConnection connection;
    private final AlpacaRest rest;
    private final AlpacaQuestions questions;

    AlpacaGateway(AlpacaOrderConfig config, Access access, VenueBudget budget) {
        this.config = config;
        this.clock = access.clock();
        this.time = ServerTime.ofWallClock(clock);
        this.reports = new AlpacaReports(access.instruments());
        this.connection =
                new OrderConnection(config.stream(), WsConfig.defaults().withBinary(), access, this);
        JsonRest json = new JsonRest(
                access.rest().open(config.rest(), config.answerTimeoutMs()),
                access.orders(),
                connection::onAnsweredByRest);
        this.rest = new AlpacaRest(json, config.key(), config.secret(), budget, time, clock, keys);
        this.questions = new AlpacaQuestions(rest, reports, this::nowMs);
    }

    private long nowMs() {
        return time.at(clock.monotonicMs());
    }

    // ---- connection

    @Override
    public void start(VenueListener owner) {
        holdConnecting(clock.monotonicMs());
        connection.start(owner);
    }

    private void holdConnecting(long monotonicMs) {
        connection.notBefore(Math.max(monotonicMs + rest.closedForMs(), keys.pausedUntilMs()));
    }

    @Override
    public void onOpen() {
        say(Map.of("action", "auth", "key", config.key(), "secret", config.secret()));
    }

    private void say(Map<String, Object> message) {
        if (!connection.send(JsonRest.json(message))) {
            connection.restart("the socket takes no more bytes");
        }
    }

    @Override
    public void onText(JsonNode message) {
        JsonNode data = message.path("data");
        switch (message.path("stream").asText()) {
            case "authorization" -> onAuthorization(data.path("status").asText());
            case "listening" -> onListening(data);
            case TRADE_UPDATES -> connection.read(() -> reports.update(data).forEach(connection.owner()::onReport));
            default -> LOG.debug("message of an unknown stream ignored stream={}", message.path("stream"));
        }
    }

    private void onAuthorization(String status) {
        if (status.equals("authorized")) {
            keys.onAccepted();
            say(Map.of("action", "listen", "data", Map.of("streams", List.of(TRADE_UPDATES))));
        } else {
            keys.onKeyRefused(status, clock.monotonicMs());
            connection.restart("not authorized: " + status);
        }
    }

    private void onListening(JsonNode data) {
        for (JsonNode stream : data.path("streams")) {
            if (stream.asText().equals(TRADE_UPDATES)) {
                connection.ready();
                return;
            }
        }
        connection.restart("trade updates not listened to");
    }

    /** Nothing is asked on this connection. */
    @Override
    public void onClosed(String reason) {}

    // ---- writes

    @Override
    public long place(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        long acceptUntilMs = acceptUntilMs();
        if (order.terms().type() == OrderType.LIMIT_MAKER) {
            answer.accept(new VenueAnswer.Refused("UNSUPPORTED", "Alpaca has no orders that only make"));
            return acceptUntilMs;
        }
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("symbol", instrument.venueSymbol());
        body.put("side", order.terms().side().name().toLowerCase(Locale.ROOT));
        body.put("type", order.terms().type().name().toLowerCase(Locale.ROOT));
        body.put("time_in_force", timeInForce(order, instrument));
        body.put("qty", Decimals.text(order.terms().quantity()));
        BigDecimal price = order.terms().price();
        if (price != null) {
            body.put("limit_price", Decimals.text(price));
        }
        body.put("client_order_id", order.clientId());
        rest.send(new Call("POST", "/orders", JsonRest.json(body), Priority.PLACE, true), this::answered, answer);
        return acceptUntilMs;
    }

    private static String timeInForce(OrderView order, Instrument instrument) {
        TimeInForce tif = order.terms().timeInForce();
        if (tif != null) {
            return tif.name().toLowerCase(Locale.ROOT);
        }
        return AlpacaOrderConfig.isShares(instrument) ? "day" : "gtc";
    }

    private VenueAnswer answered(JsonNode order) {
        return new VenueAnswer.Reported(reports.order(order, Source.ANSWER));
    }

    /** A cancel goes by the venue's id, so an order without one is looked up first. */
    @Override
    public void cancel(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        if (order.venueOrderId().isEmpty()) {
            questions.query(order, found -> cancelFound(found, answer));
        } else {
            cancel(order.venueOrderId(), answer);
        }
    }

    /** The answer is empty, so the order is looked at behind it. */
    private void cancel(String venueOrderId, Consumer<VenueAnswer> answer) {
        String path = "/orders/" + venueOrderId;
        Call look = new Call("GET", path, null, Priority.CANCEL, false);
        rest.send(
                new Call("DELETE", path, null, Priority.CANCEL, false),
                empty -> new VenueAnswer.Reported(List.of()),
                done -> {
                    if (done instanceof VenueAnswer.Reported) {
                        rest.send(look, this::answered, answer);
                    } else {
                        answer.accept(done);
                    }
                });
    }

    private void cancelFound(VenueAnswer found, Consumer<VenueAnswer> answer) {
        if (found instanceof VenueAnswer.Reported reported
                && !reported.reports().isEmpty()) {
            OrderReport report = reported.reports().get(0);
            OrderState state = report.state();
            if (state == null || !state.isTerminal()) {
                cancel(report.venueOrderId(), answer);
                return;
            }
        }
        answer.accept(found);
    }

    /** Alpaca's replace is a new order that carries the old one on: done whole, or not at all. */
    @Override
    public long replace(OrderView old, OrderView replacement, Instrument instrument, Consumer<VenueAnswer> answer) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("qty", Decimals.text(replacement.terms().quantity()));
        BigDecimal price = replacement.terms().price();
        if (price != null) {
            body.put("limit_price", Decimals.text(price));
        }
        body.put("client_order_id", replacement.clientId());
        Call call = new Call("PATCH", "/orders/" + old.venueOrderId(), JsonRest.json(body), Priority.PLACE, true);
        rest.send(call, fresh -> replaced(old, fresh), answer);
        return acceptUntilMs();
    }

    private VenueAnswer replaced(OrderView old, JsonNode fresh) {
        List<OrderReport> both = new ArrayList<>();
        both.add(new OrderReport(
                Source.ANSWER,
                old.symbol(),
                old.clientId(),
                old.venueOrderId(),
                OrderState.CANCELLED,
                null,
                null,
                null,
                "replaced_by=" + AlpacaReports.text(fresh, "id"),
                nowMs()));
        both.addAll(reports.order(fresh, Source.ANSWER));
        return new VenueAnswer.Reported(both);
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

    /** Fills are listed by time. */
    @Override
    public long cursorOf(Fill fill) {
        return fill.atMs();
    }

    /** Fees of coins are taken at the end of the day. */
    @Override
    public boolean tellsFees() {
        return false;
    }

    @Override
    public long acceptUntilMs() {
        return nowMs() + ACCEPT_MS;
    }

    @Override
    public void drain(Runnable drained) {
        rest.drain(drained);
    }

    @Override
    public void tick(long monotonicMs) {
        holdConnecting(monotonicMs);
        connection.tick(monotonicMs);
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
        return rest.left();
    }

    @Override
    public Map<String, Object> facts() {
        Map<String, Object> facts = keys.facts();
        facts.put("venue_unreadable_total", connection.unreadableCount());
        return facts;
    }

    @Override
    public void close() {
        connection.close();
        rest.close();
    }
}
