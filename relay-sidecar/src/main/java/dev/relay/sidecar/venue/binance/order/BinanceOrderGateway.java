package dev.relay.sidecar.venue.binance.order;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.limit.VenueBudget;
import dev.relay.sidecar.net.WsConfig;
import dev.relay.sidecar.order.Balance;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderClock;
import dev.relay.sidecar.order.OrderVenue;
import dev.relay.sidecar.order.OrderView;
import dev.relay.sidecar.order.VenueAnswer;
import dev.relay.sidecar.order.VenueListener;
import dev.relay.sidecar.order.VenueOrders;
import dev.relay.sidecar.order.VenueQuestions;
import dev.relay.sidecar.venue.order.JsonRest;
import dev.relay.sidecar.venue.order.OrderConnection;
import java.math.BigDecimal;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Binance Spot's order side: the WebSocket API first, REST while the socket is down.
 *
 * <p>On each connection: server time, user data subscription, then {@link VenueListener#onConnected} and the venue's order
 * counts, which are answered before the account can be LIVE. {@link BinanceRequests} says what is asked, {@link
 * BinanceCalls} how it goes out and what an answer means, {@link BinanceReports} reads orders; here is the connection's
 * life and what the venue tells unasked. Owned by the thread "orders", which is also its only writer. Bounded: unanswered
 * requests by {@link PendingCalls}, unsent bytes by the socket; at the bound nothing is written and the answer says so.
 */
public final class BinanceOrderGateway implements VenueOrders, OrderConnection.Protocol {
    private static final Logger LOG = LoggerFactory.getLogger(BinanceOrderGateway.class);

    private final OrderClock clock;
    private final BinanceReports reports;
    private final BinanceRequests requests;
    private final OrderConnection connection;
    private final BinanceCalls calls;
    private final BinanceQuestions questions;

    /** @param budget what may be asked; shared with nobody */
    public BinanceOrderGateway(BinanceOrderConfig config, OrderVenue.Access access, VenueBudget budget) {
        this.clock = access.clock();
        this.reports = new BinanceReports(access.instruments());
        this.requests = new BinanceRequests(reports);
        this.connection = new OrderConnection(config.wsApi(), WsConfig.defaults(), access, this);
        JsonRest rest = new JsonRest(
                access.rest().open(config.rest(), config.answerTimeoutMs()),
                access.orders(),
                connection::onAnsweredByRest);
        this.calls = new BinanceCalls(
                config, clock, requests, connection, new BinanceWire(config, connection, rest), budget);
        this.questions = new BinanceQuestions(calls, requests);
    }

    // ---- connection

    @Override
    public void start(VenueListener owner) {
        calls.holdConnecting();
        connection.start(owner);
    }

    @Override
    public void onOpen() {
        calls.syncTime(this::subscribe, answer -> {
            if (!connection.isReady()) {
                connection.restart("server time not told: " + answer);
            }
        });
    }

    private void subscribe() {
        if (!connection.isOpen() || connection.isReady()) {
            return;
        }
        calls.send(requests.subscribe(answer -> {
            if (answer instanceof VenueAnswer.Reported) {
                connection.ready();
                calls.send(requests.orderCounts()); // those of a former process, and of others, count too
            } else {
                connection.restart("user data stream not subscribed: " + answer);
            }
        }));
    }

    @Override
    public void onClosed(String reason) {
        calls.onClosed(reason);
    }

    @Override
    public void onText(JsonNode message) {
        if (message.has("event")) {
            connection.read(() -> onEvent(message.path("event")));
        } else {
            calls.onSocketAnswer(message);
        }
    }

    private void onEvent(JsonNode event) {
        VenueListener owner = connection.owner();
        switch (event.path("e").asText("")) {
            case "executionReport" -> owner.onReport(reports.executionReport(event));
            case "outboundAccountPosition" -> owner.onBalances(reports.pushedBalances(event));
            case "balanceUpdate" -> {
                Balance change = reports.transfer(event);
                owner.onTransfer(change.asset(), change.free());
            }
            case "eventStreamTerminated" -> connection.restart("user data stream terminated by the venue");
            case "serverShutdown" -> connection.restart("the venue announced a restart");
            default -> LOG.debug("event ignored type={}", event.path("e"));
        }
    }

    // ---- requests

    @Override
    public long place(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        long acceptUntilMs = acceptUntilMs();
        calls.send(requests.place(order, instrument, answer));
        return acceptUntilMs;
    }

    @Override
    public long replace(OrderView old, OrderView replacement, Instrument instrument, Consumer<VenueAnswer> answer) {
        long acceptUntilMs = acceptUntilMs();
        calls.send(requests.replace(old, replacement, instrument, answer));
        return acceptUntilMs;
    }

    @Override
    public void reduce(OrderView order, Instrument instrument, BigDecimal quantity, Consumer<VenueAnswer> answer) {
        calls.send(requests.reduce(order, instrument, quantity, answer));
    }

    @Override
    public void cancel(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        calls.send(requests.cancel(order, instrument, answer));
    }

    @Override
    public VenueQuestions questions() {
        return questions;
    }

    // ---- life

    @Override
    public long acceptUntilMs() {
        return calls.acceptUntilMs();
    }

    @Override
    public void drain(Runnable drained) {
        connection.drain(() -> calls.drainRest(drained));
    }

    @Override
    public void tick(long nowMs) {
        connection.tick(nowMs);
        calls.tick(nowMs);
    }

    @Override
    public boolean isConnected() {
        return connection.isReady();
    }

    @Override
    public boolean isReachable() {
        return calls.canAsk();
    }

    @Override
    public void close() {
        connection.close();
        calls.close();
    }

    // ---- figures

    @Override
    public Map<String, Object> budgetLeft() {
        return calls.left();
    }

    @Override
    public Map<String, Object> facts() {
        Map<String, Object> facts = calls.keys().facts();
        facts.put("venue_clock_refusals_total", clockRefusals());
        facts.put("venue_requests_total", calls.requestCount());
        facts.put("venue_rest_requests_total", calls.restCount());
        facts.put("venue_timeouts_total", calls.timeoutCount());
        facts.put("venue_unreadable_total", badEventCount());
        return facts;
    }

    /** Requests written, by either way. */
    public long requestCount() {
        return calls.requestCount();
    }

    /** The venue refuses this side's key; an alarm, and it is asked once a minute only. */
    public boolean isKeyRefused() {
        return calls.keys().isRefused();
    }

    /** Answers that refused the key. */
    public long keyRefusals() {
        return calls.keys().keyRefusals();
    }

    /** Timestamps refused although the venue's clock had just been read. An alarm. */
    public long clockRefusals() {
        return calls.keys().clockRefusals();
    }

    /** Messages of the venue that could not be read. An alarm. */
    public long badEventCount() {
        return connection.unreadableCount() + calls.unreadableCount();
    }
}
