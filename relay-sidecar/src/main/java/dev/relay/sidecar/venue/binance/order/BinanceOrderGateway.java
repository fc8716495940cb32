package dev.relay.sidecar.venue.binance.order;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.relay.sidecar.limit.VenueBudget;
import dev.relay.sidecar.order.Balance;
import dev.relay.sidecar.order.Decimals;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderClock;
import dev.relay.sidecar.order.OrderReport.Source;
import dev.relay.sidecar.order.OrderType;
import dev.relay.sidecar.order.OrderVenue;
import dev.relay.sidecar.order.OrderView;
import dev.relay.sidecar.order.RefusalCode;
import dev.relay.sidecar.order.VenueAnswer;
import dev.relay.sidecar.order.VenueListener;
import dev.relay.sidecar.order.VenueOrders;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Binance Spot's order side: the WebSocket API first, REST while the socket is down.
 *
 * <p>On each connection: server time, user data subscription, then {@link VenueListener#onConnected}. Requests are signed
 * with the venue's clock; after a refusal for the timestamp (-1021) the clock is read again and a question is sent once
 * more, while a write goes back to its sender, who asks the last gate again. A write
 * without a certain answer (5xx, -1007, timeout, lost connection) is in doubt and never sent again from here. 429 and 418
 * stop every request until the time the venue names.
 *
 * <p>Owned by the thread "orders", which is also its only writer. Bounded: unanswered requests by {@link PendingCalls},
 * unsent bytes by the socket; at the bound nothing is written and the answer says so.
 */
public final class BinanceOrderGateway implements VenueOrders, OrderSocket.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(BinanceOrderGateway.class);
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final long TIME_SYNC_MS = 60_000;

    private final BinanceOrderConfig config;
    private final OrderClock clock;
    private final Signer signer;
    private final BinanceReports reports;
    private final OrderSocket socket;
    private final OrderRest rest;
    private final ServerTime time = new ServerTime();
    private final KeyWatch keys = new KeyWatch();
    private final BinanceLimits limits;
    private final PendingCalls pending = new PendingCalls();
    private final List<Runnable> restDrains = new ArrayList<>();
    private @Nullable VenueListener listener;
    private boolean isOpen;
    private boolean isReady;
    private long nextTimeSyncMs = Long.MAX_VALUE;
    private long requestCount;
    private long timeoutCount;
    private long restCount;
    private long badEventCount;

    /** @param budget what may be asked; shared with nobody */
    public BinanceOrderGateway(BinanceOrderConfig config, OrderVenue.Access access, VenueBudget budget) {
        this.config = config;
        this.clock = access.clock();
        this.limits = new BinanceLimits(budget, time, pending, clock);
        this.signer = new Signer(config.secret());
        this.reports = new BinanceReports(access.instruments());
        this.socket = new OrderSocket(config.wsApi(), access.transport(), access.orders(), this, access.seed());
        this.rest = new OrderRest(
                access.rest().open(config.rest(), config.answerTimeoutMs()), signer, config.apiKey(), access.orders());
    }

    @Override
    public void start(VenueListener owner) {
        listener = owner;
        holdConnecting();
        socket.start(clock.monotonicMs());
    }

    @Override
    public void onOpen() {
        isOpen = true;
        syncTime(this::subscribe, answer -> {
            if (isOpen && !isReady) {
                socket.restart("server time not told: " + answer);
            }
        });
    }

    private void syncTime(Runnable then, Consumer<VenueAnswer> otherwise) {
        nextTimeSyncMs = clock.monotonicMs() + TIME_SYNC_MS;
        long sentMs = clock.monotonicMs();
        send(new BinanceRequest(
                VenueCall.TIME,
                Map.of(),
                (result, serverAtMs) -> {
                    time.onAnswer(result.path("serverTime").asLong(), sentMs, clock.monotonicMs());
                    return new VenueAnswer.Reported(List.of());
                },
                answer -> {
                    if (answer instanceof VenueAnswer.Reported) {
                        then.run();
                    } else {
                        otherwise.accept(answer);
                    }
                },
                false));
    }

    private void subscribe() {
        if (!isOpen || isReady) {
            return;
        }
        send(request(
                VenueCall.SUBSCRIBE, new LinkedHashMap<>(), (result, at) -> new VenueAnswer.Reported(List.of()), a -> {
                    if (a instanceof VenueAnswer.Reported) {
                        isReady = true;
                        owner().onConnected();
                    } else if (isOpen) {
                        socket.restart("user data stream not subscribed: " + a);
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
        boolean wasReady = isReady;
        isOpen = false;
        isReady = false;
        LOG.warn("order connection ended reason={} pending={}", reason, pending.count());
        pending.removeOfSocket()
                .forEach(call -> call.request().answer().accept(new VenueAnswer.InDoubt("connection lost: " + reason)));
        if (wasReady) {
            owner().onDisconnected(reason);
        }
    }

    @Override
    public void reduce(OrderView order, Instrument instrument, BigDecimal quantity, Consumer<VenueAnswer> answer) {
        Map<String, Object> params = identity(order, instrument);
        params.put("newQty", Decimals.text(quantity));
        params.put("newClientOrderId", order.clientId()); // else the venue would give it another one
        send(request(
                VenueCall.REDUCE,
                params,
                (result, at) -> new VenueAnswer.Reported(List.of(reports.amended(result))),
                answer));
    }

    @Override
    public long replace(OrderView old, OrderView replacement, Instrument instrument, Consumer<VenueAnswer> answer) {
        Map<String, Object> params = newOrder(replacement, instrument);
        params.put("cancelReplaceMode", "STOP_ON_FAILURE");
        if (old.venueOrderId().isEmpty()) {
            params.put("cancelOrigClientOrderId", old.clientId());
        } else {
            params.put("cancelOrderId", Long.valueOf(old.venueOrderId()));
        }
        if (old.cumulative().signum() == 0) {
            params.put("cancelRestrictions", "ONLY_NEW"); // a fill on its way would be asked for twice
        }
        long acceptUntilMs = acceptUntilMs();
        send(request(
                VenueCall.REPLACE, params, (result, at) -> new VenueAnswer.Reported(reports.replaced(result)), answer));
        return acceptUntilMs;
    }

    @Override
    public long place(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        long acceptUntilMs = acceptUntilMs();
        send(request(
                VenueCall.PLACE,
                newOrder(order, instrument),
                (result, at) -> new VenueAnswer.Reported(reports.order(result, Source.ANSWER)),
                answer));
        return acceptUntilMs;
    }

    private static Map<String, Object> newOrder(OrderView order, Instrument instrument) {
        Map<String, Object> params = new LinkedHashMap<>();
        params.put("symbol", instrument.venueSymbol());
        params.put("side", order.terms().side().name());
        params.put("type", order.terms().type().name());
        if (order.terms().type() == OrderType.LIMIT) {
            params.put("timeInForce", String.valueOf(order.terms().timeInForce()));
        }
        BigDecimal price = order.terms().price();
        if (price != null) {
            params.put("price", Decimals.text(price));
        }
        params.put("quantity", Decimals.text(order.terms().quantity()));
        params.put("newClientOrderId", order.clientId());
        params.put("newOrderRespType", "FULL");
        return params;
    }

    @Override
    public void cancel(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        send(request(
                VenueCall.CANCEL,
                identity(order, instrument),
                (result, at) -> new VenueAnswer.Reported(reports.order(result, Source.ANSWER)),
                answer));
    }

    @Override
    public void query(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        send(request(
                VenueCall.QUERY,
                identity(order, instrument),
                (result, at) -> new VenueAnswer.Reported(reports.order(result, Source.POLL)),
                answer));
    }

    @Override
    public void find(Instrument instrument, String venueOrderId, Consumer<VenueAnswer> answer) {
        Map<String, Object> params = new LinkedHashMap<>();
        params.put("symbol", instrument.venueSymbol());
        params.put("orderId", Long.valueOf(venueOrderId));
        send(request(
                VenueCall.QUERY,
                params,
                (result, at) -> new VenueAnswer.Reported(reports.order(result, Source.POLL)),
                answer));
    }

    private static Map<String, Object> identity(OrderView order, Instrument instrument) {
        Map<String, Object> params = new LinkedHashMap<>();
        params.put("symbol", instrument.venueSymbol());
        if (order.venueOrderId().isEmpty()) {
            params.put("origClientOrderId", order.clientId());
        } else {
            params.put("orderId", Long.valueOf(order.venueOrderId()));
        }
        return params;
    }

    @Override
    public void openOrders(Consumer<VenueAnswer> answer) {
        send(request(
                VenueCall.OPEN_ORDERS,
                new LinkedHashMap<>(),
                (result, at) -> new VenueAnswer.Reported(reports.orders(result)),
                answer));
    }

    @Override
    public void trades(Instrument instrument, long fromId, Consumer<VenueAnswer> answer) {
        Map<String, Object> params = new LinkedHashMap<>();
        params.put("symbol", instrument.venueSymbol());
        if (fromId > 0) {
            params.put("fromId", fromId);
        }
        params.put("limit", TRADES_PAGE);
        sendTrades(params, answer);
    }

    @Override
    public void tradesOf(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        Map<String, Object> params = new LinkedHashMap<>();
        params.put("symbol", instrument.venueSymbol());
        params.put("orderId", Long.valueOf(order.venueOrderId()));
        params.put("limit", TRADES_PAGE);
        sendTrades(params, answer);
    }

    private void sendTrades(Map<String, Object> params, Consumer<VenueAnswer> answer) {
        send(request(
                VenueCall.TRADES, params, (result, at) -> new VenueAnswer.Reported(reports.trades(result)), answer));
    }

    @Override
    public void balances(Consumer<VenueAnswer> answer) {
        send(request(
                VenueCall.ACCOUNT,
                new LinkedHashMap<>(),
                (result, at) -> new VenueAnswer.Balances(reports.accountBalances(result, at)),
                answer));
    }

    private static BinanceRequest request(
            VenueCall call, Map<String, Object> params, BinanceRequest.Reader read, Consumer<VenueAnswer> answer) {
        return new BinanceRequest(call, params, read, answer, false);
    }

    private void send(BinanceRequest request) {
        long nowMs = clock.monotonicMs();
        VenueCall call = request.call();
        long waitMs = limits.take(call);
        if (waitMs > 0) {
            request.answer()
                    .accept(new VenueAnswer.NotSent(
                            RefusalCode.RATE_LIMITED.name(),
                            "the venue's limit leaves no room, retry_after_ms=" + waitMs));
        } else if (pending.isFull()) {
            notSent(request, "too many requests are unanswered");
        } else if (call != VenueCall.TIME && !time.isKnown()) {
            notSent(request, "the venue's time is not known yet");
        } else if (isOpen && (isReady || isOpening(request.call()))) {
            sendOnSocket(request, nowMs);
        } else if (request.call() == VenueCall.SUBSCRIBE || request.call() == VenueCall.TIME) {
            notSent(request, "not connected");
        } else {
            sendByRest(request, nowMs);
        }
    }

    private void holdConnecting() {
        socket.notBefore(Math.max(limits.closedUntilMonotonicMs(), keys.pausedUntilMs()));
    }

    private static boolean isOpening(VenueCall call) {
        return call == VenueCall.TIME || call == VenueCall.SUBSCRIBE;
    }

    private static void notSent(BinanceRequest request, String reason) {
        request.answer().accept(new VenueAnswer.NotSent(RefusalCode.VENUE_UNAVAILABLE.name(), reason));
    }

    private void sendOnSocket(BinanceRequest request, long nowMs) {
        PendingCalls.Pending call = pending.add(request, nowMs, time.at(nowMs), config.answerTimeoutMs(), false);
        requestCount++;
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("id", Long.toString(call.id()));
        message.put("method", request.call().method);
        Map<String, Object> params = wsParams(request, nowMs);
        if (!params.isEmpty()) {
            message.put("params", params);
        }
        if (!socket.send(json(message))) {
            pending.remove(call.id());
            notSent(request, "the socket takes no more bytes");
        }
    }

    private Map<String, Object> wsParams(BinanceRequest request, long nowMs) {
        if (request.call() == VenueCall.TIME) {
            return Map.of();
        }
        Map<String, Object> params = new TreeMap<>(request.params());
        params.put("apiKey", config.apiKey());
        if (request.call() != VenueCall.SUBSCRIBE) {
            params.put("recvWindow", config.recvWindowMs());
        }
        params.put("timestamp", time.at(nowMs));
        params.put("signature", signer.sign(params));
        return params;
    }

    private void sendByRest(BinanceRequest request, long nowMs) {
        // The answer's own limit is the HTTP client's; this entry only outlives it as a safety net.
        PendingCalls.Pending call = pending.add(request, nowMs, time.at(nowMs), 2L * config.answerTimeoutMs(), true);
        requestCount++;
        restCount++;
        Map<String, Object> params = new LinkedHashMap<>(request.params());
        params.put("recvWindow", config.recvWindowMs());
        params.put("timestamp", time.at(nowMs));
        rest.send(request.call(), params, true, answer -> onRestAnswer(call.id(), answer));
    }

    private void onRestAnswer(long id, OrderRest.Answer answer) {
        PendingCalls.Pending call = pending.remove(id);
        if (call == null) {
            return; // its time was over: in doubt already
        }
        if (!answer.wasWritten()) {
            notSent(call.request(), "REST is unreachable: " + answer.error());
        } else if (answer.status() == 0) {
            call.request().answer().accept(new VenueAnswer.InDoubt("REST: " + answer.error()));
        } else {
            limits.onUsed(answer.used());
            if (VenueErrors.isLimit(answer.status())) {
                limits.onLimitedFor(answer.retryAfterSeconds());
                holdConnecting();
            }
            onAnswer(call, answer.status(), answer.body(), answer.body());
        }
    }

    @Override
    public void onText(JsonNode message) {
        if (message.has("event")) {
            onEvent(message.path("event"));
            return;
        }
        JsonNode error = message.path("error");
        int status = message.path("status").asInt();
        PendingCalls.Pending call = pending.remove(message.path("id").asLong(-1));
        if (call == null) {
            onUnasked(status, error);
            return;
        }
        limits.onRateLimits(message.path("rateLimits"));
        if (VenueErrors.isLimit(status)) {
            limits.onLimitedUntil(error.path("data").path("retryAfter").asLong(0));
            holdConnecting();
        }
        onAnswer(call, status, message.path("result"), error);
    }

    /** The answer to a call whose time was over, in doubt already; or, without an id, that the key was revoked. */
    private void onUnasked(int status, JsonNode error) {
        if (KeyWatch.isOfKey(status, error.path("code").asInt(0))) {
            onKeyRefused(error);
            socket.restart("the venue refuses the key");
        }
    }

    private void onKeyRefused(JsonNode error) {
        keys.onKeyRefused(error.path("code").asInt(0), error.path("msg").asText(""), clock.monotonicMs());
        holdConnecting();
    }

    private void watchKey(BinanceRequest request, int status, int code, JsonNode error) {
        if (KeyWatch.isOfKey(status, code)) {
            onKeyRefused(error);
        } else if (code == VenueErrors.BAD_TIMESTAMP && request.isRetry()) {
            keys.onClockRefused(error.path("msg").asText(""));
        } else if (status == 200 && request.call() != VenueCall.TIME) {
            keys.onAccepted();
            holdConnecting();
        }
    }

    private void onAnswer(PendingCalls.Pending call, int status, JsonNode result, JsonNode error) {
        BinanceRequest request = call.request();
        int code = error.path("code").asInt(0);
        watchKey(request, status, code, error);
        if (status == 200) {
            request.answer().accept(read(call, result));
        } else if (code == VenueErrors.BAD_TIMESTAMP && !request.isRetry() && isOpen) {
            retry(request);
        } else if (code == VenueErrors.HALF_REPLACED && error.has("data")) {
            request.answer().accept(halfReplaced(error.path("data")));
        } else {
            String message = error.path("msg").asText("");
            request.answer().accept(VenueErrors.answer(request.call(), status, code, message, call.serverAtMs()));
        }
    }

    /** The old order is cancelled, and why the new one was not placed; or its own outcome is not known. */
    private VenueAnswer halfReplaced(JsonNode data) {
        JsonNode refusal = data.path("newOrderResponse");
        int code = refusal.path("code").asInt(0);
        if (!data.path("cancelResult").asText("").equals("SUCCESS")
                || !data.path("newOrderResult").asText("").equals("FAILURE")
                || VenueErrors.isUnknownOutcome(0, code)) {
            return new VenueAnswer.InDoubt("half of a replace is not known: " + data);
        }
        return new VenueAnswer.Replaced(
                reports.order(data.path("cancelResponse"), Source.ANSWER),
                Integer.toString(code),
                refusal.path("msg").asText(""));
    }

    private void retry(BinanceRequest request) {
        String reason = "the venue refused the timestamp";
        syncTime(
                () -> {
                    if (request.call().isWrite()) {
                        request.answer().accept(new VenueAnswer.Again(reason));
                    } else {
                        send(request.retry());
                    }
                },
                answer -> notSent(request, reason + " and does not tell its time"));
    }

    /** A good answer that cannot be read leaves the outcome in doubt. */
    private VenueAnswer read(PendingCalls.Pending call, JsonNode result) {
        try {
            return call.request().read().read(result, call.serverAtMs());
        } catch (IllegalArgumentException e) {
            badEventCount++;
            LOG.error("venue answer is unreadable call={}", call.request().call(), e);
            return new VenueAnswer.InDoubt("unreadable answer: " + e.getMessage());
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

    private static String json(Map<String, Object> message) {
        try {
            return MAPPER.writeValueAsString(message);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a request could not become JSON", e);
        }
    }

    @Override
    public long acceptUntilMs() {
        return time.isKnown() ? time.at(clock.monotonicMs()) + config.recvWindowMs() : -1;
    }

    @Override
    public void drain(Runnable drained) {
        socket.drain(() -> drainRest(drained));
    }

    /** A place under way by REST counts as waiting until it is answered or in doubt. */
    private void drainRest(Runnable drained) {
        if (pending.hasRestPlace()) {
            restDrains.add(drained);
        } else {
            drained.run();
        }
    }

    @Override
    public void tick(long nowMs) {
        socket.tick(nowMs);
        pending.removeExpired(nowMs).forEach(call -> {
            timeoutCount++;
            call.request().answer().accept(new VenueAnswer.InDoubt("no answer within its time"));
        });
        if (isReady && nowMs >= nextTimeSyncMs) {
            syncTime(() -> {}, answer -> {});
        }
        if (!restDrains.isEmpty() && !pending.hasRestPlace()) {
            List<Runnable> done = List.copyOf(restDrains);
            restDrains.clear();
            done.forEach(Runnable::run);
        }
    }

    @Override
    public boolean isConnected() {
        return isReady;
    }

    @Override
    public void close() {
        socket.close();
        rest.close();
        pending.removeAll()
                .forEach(call -> call.request().answer().accept(new VenueAnswer.InDoubt("the sidecar is closing")));
    }

    @Override
    public Map<String, Object> budgetLeft() {
        return limits.left();
    }

    /** Requests written, by either way. */
    public long requestCount() {
        return requestCount;
    }

    /** The venue refuses this side's key; an alarm, and it is asked once a minute only. */
    public boolean isKeyRefused() {
        return keys.isRefused();
    }

    /** Answers that refused the key. */
    public long keyRefusals() {
        return keys.keyRefusals();
    }

    /** Timestamps refused although the venue's clock had just been read. An alarm. */
    public long clockRefusals() {
        return keys.clockRefusals();
    }

    /** Requests that went by REST because the socket was down. */
    public long restCount() {
        return restCount;
    }

    public long timeoutCount() {
        return timeoutCount;
    }

    /** Messages of the venue that could not be read. An alarm. */
    public long badEventCount() {
        return badEventCount;
    }
}
