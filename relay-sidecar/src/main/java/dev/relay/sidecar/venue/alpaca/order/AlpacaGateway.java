package dev.relay.sidecar.venue.alpaca.order;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.limit.VenueBudget;
import dev.relay.sidecar.net.WsConfig;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderClock;
import dev.relay.sidecar.order.OrderVenue.Access;
import dev.relay.sidecar.order.OrderView;
import dev.relay.sidecar.order.VenueAnswer;
import dev.relay.sidecar.order.VenueListener;
import dev.relay.sidecar.order.VenueOrders;
import dev.relay.sidecar.order.VenueQuestions;
import dev.relay.sidecar.venue.order.JsonRest;
import dev.relay.sidecar.venue.order.KeyWatch;
import dev.relay.sidecar.venue.order.OrderConnection;
import dev.relay.sidecar.venue.order.ServerTime;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Alpaca's order side: orders by REST, what becomes of them by the trade updates.
 *
 * <p>The stream repeats nothing after a reconnect, so each connection ends in {@link OrderConnection#ready} and the reconciliation asks for open orders, fills,
 * cash and positions; the same at every period, which is the position sync. Requests carry no time of theirs: a place without an answer may be accepted for
 * {@link #ACCEPT_MS} more. The venue tells no time either, so this machine's counts, by the monotonic clock.
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
    private final AlpacaMargin margin = new AlpacaMargin();
    private final AlpacaReports reports;
    private final OrderConnection connection;
    private final AlpacaRest rest;
    private final AlpacaQuestions questions;
    private final AlpacaOrders orders;
    private final AlpacaQuotes quotes;

    AlpacaGateway(AlpacaOrderConfig config, Access access, VenueBudget budget) {
        this.config = config;
        this.clock = access.clock();
        this.time = ServerTime.ofWallClock(clock);
        this.reports = new AlpacaReports(access.instruments(), margin);
        this.connection =
                new OrderConnection(config.stream(), WsConfig.defaults().withBinary(), access, this);
        JsonRest json = new JsonRest(
                access.rest().open(config.rest(), config.answerTimeoutMs()),
                access.orders(),
                connection::onAnsweredByRest);
        this.rest = new AlpacaRest(json, config.key(), config.secret(), budget, time, clock, keys);
        this.questions = new AlpacaQuestions(rest, reports, this::nowMs);
        this.orders = new AlpacaOrders(rest, reports, questions);
        this.quotes = new AlpacaQuotes(config, access, this::nowMs);
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
        orders.place(order, instrument, answer);
        return acceptUntilMs;
    }

    @Override
    public void cancel(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        orders.cancel(order, instrument, answer);
    }

    @Override
    public long replace(OrderView old, OrderView replacement, Instrument instrument, Consumer<VenueAnswer> answer) {
        orders.replace(old, replacement, answer);
        return acceptUntilMs();
    }

    @Override
    public VenueQuestions questions() {
        return questions;
    }

    // ---- time

    /** Fees of coins are taken at the end of the day. */
    @Override
    public boolean tellsFees() {
        return false;
    }

    @Override
    public @Nullable String marginCall() {
        return margin.call();
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
        quotes.tick();
    }

    @Override
    public @Nullable BigDecimal mark(String symbol) {
        return quotes.mark(symbol);
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
        quotes.close();
    }
}
