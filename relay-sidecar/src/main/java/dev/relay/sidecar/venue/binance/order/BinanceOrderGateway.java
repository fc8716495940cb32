package dev.relay.sidecar.venue.binance.order;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.limit.VenueBudget;
import dev.relay.sidecar.net.JsonSocket;
import dev.relay.sidecar.order.Balance;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderClock;
import dev.relay.sidecar.order.OrderVenue;
import dev.relay.sidecar.order.OrderView;
import dev.relay.sidecar.order.VenueAnswer;
import dev.relay.sidecar.order.VenueListener;
import dev.relay.sidecar.order.VenueOrders;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Binance Spot's order side: the WebSocket API first, REST while the socket is down.
 *
 * <p>On each connection: server time, user data subscription, then {@link VenueListener#onConnected}. {@link
 * BinanceRequests} says what is asked, {@link BinanceCalls} how it goes out and what an answer means, {@link
 * BinanceReports} reads orders; here is the connection's life and what the venue tells unasked. Owned by the thread
 * "orders", which is also its only writer. Bounded: unanswered requests by {@link PendingCalls}, unsent bytes by the
 * socket; at the bound nothing is written and the answer says so.
 */
public final class BinanceOrderGateway implements VenueOrders, JsonSocket.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(BinanceOrderGateway.class);

    private final OrderClock clock;
    private final BinanceReports reports;
    private final BinanceRequests requests;
    private final JsonSocket socket;
    private final BinanceCalls calls;
    private @Nullable VenueListener listener;
    private long badEventCount;

    /** @param budget what may be asked; shared with nobody */
    public BinanceOrderGateway(BinanceOrderConfig config, OrderVenue.Access access, VenueBudget budget) {
        this.clock = access.clock();
        this.reports = new BinanceReports(access.instruments());
        this.requests = new BinanceRequests(reports);
        this.socket = new JsonSocket(config.wsApi(), access.transport(), access.orders(), this, access.seed());
        Signer signer = new Signer(config.secret());
        OrderRest rest = new OrderRest(
                access.rest().open(config.rest(), config.answerTimeoutMs()), signer, config.apiKey(), access.orders());
        this.calls = new BinanceCalls(config, clock, signer, requests, socket, rest, budget);
    }

    // ---- connection

    @Override
    public void start(VenueListener owner) {
        listener = owner;
        calls.holdConnecting();
        socket.start(clock.monotonicMs());
    }

    @Override
    public void onOpen() {
        calls.onOpen();
        calls.syncTime(this::subscribe, answer -> {
            if (calls.isOpen() && !calls.isReady()) {
                socket.restart("server time not told: " + answer);
            }
        });
    }

    private void subscribe() {
        if (!calls.isOpen() || calls.isReady()) {
            return;
        }
        calls.send(requests.subscribe(answer -> {
            if (answer instanceof VenueAnswer.Reported) {
                calls.onReady();
                owner().onConnected();
            } else if (calls.isOpen()) {
                socket.restart("user data stream not subscribed: " + answer);
            }
        }));
    }

    private VenueListener owner() {
        if (listener == null) {
            throw new IllegalStateException("not started");
        }
        return listener;
    }

    @Override
    public void onClosed(String reason) {
        boolean wasReady = calls.isReady();
        calls.onClosed(reason);
        if (wasReady) {
            owner().onDisconnected(reason);
        }
    }

    @Override
    public void onText(JsonNode message) {
        if (message.has("event")) {
            onEvent(message.path("event"));
        } else {
            calls.onSocketAnswer(message);
        }
    }

    private void onEvent(JsonNode event) {
        try {
            switch (event.path("e").asText("")) {
                case "executionReport" -> owner().onReport(reports.executionReport(event));
                case "outboundAccountPosition" -> owner().onBalances(reports.pushedBalances(event));
                case "balanceUpdate" -> {
                    Balance change = reports.transfer(event);
                    owner().onTransfer(change.asset(), change.free());
                }
                case "eventStreamTerminated" -> socket.restart("user data stream terminated by the venue");
                case "serverShutdown" -> socket.restart("the venue announced a restart");
                default -> LOG.debug("event ignored type={}", event.path("e"));
            }
        } catch (IllegalArgumentException e) {
            badEventCount++;
            LOG.error("user data event is unreadable; connecting again to reconcile", e);
            socket.restart("unreadable event");
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
    public void query(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        calls.send(requests.query(order, instrument, answer));
    }

    @Override
    public void find(Instrument instrument, String venueOrderId, Consumer<VenueAnswer> answer) {
        calls.send(requests.find(instrument, venueOrderId, answer));
    }

    @Override
    public void openOrders(Consumer<VenueAnswer> answer) {
        calls.send(requests.openOrders(answer));
    }

    @Override
    public void trades(Instrument instrument, long fromId, Consumer<VenueAnswer> answer) {
        calls.send(requests.trades(instrument, fromId, answer));
    }

    @Override
    public void tradesOf(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        calls.send(requests.tradesOf(order, instrument, answer));
    }

    @Override
    public void balances(Consumer<VenueAnswer> answer) {
        calls.send(requests.balances(answer));
    }

    // ---- life

    @Override
    public long acceptUntilMs() {
        return calls.acceptUntilMs();
    }

    @Override
    public void drain(Runnable drained) {
        socket.drain(() -> calls.drainRest(drained));
    }

    @Override
    public void tick(long nowMs) {
        socket.tick(nowMs);
        calls.tick(nowMs);
    }

    @Override
    public boolean isConnected() {
        return calls.isReady();
    }

    @Override
    public boolean isReachable() {
        return calls.canAsk();
    }

    @Override
    public void close() {
        socket.close();
        calls.close();
    }

    // ---- figures

    @Override
    public Map<String, Object> budgetLeft() {
        return calls.left();
    }

    @Override
    public Map<String, Object> facts() {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put(KEY_REFUSED, isKeyRefused());
        facts.put("venue_key_refusals_total", keyRefusals());
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
        return badEventCount + calls.unreadableCount();
    }
}
