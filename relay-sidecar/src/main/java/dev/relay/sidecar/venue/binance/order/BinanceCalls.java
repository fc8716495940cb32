package dev.relay.sidecar.venue.binance.order;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.limit.VenueBudget;
import dev.relay.sidecar.order.OrderClock;
import dev.relay.sidecar.order.RefusalCode;
import dev.relay.sidecar.order.VenueAnswer;
import dev.relay.sidecar.venue.order.KeyWatch;
import dev.relay.sidecar.venue.order.OrderConnection;
import dev.relay.sidecar.venue.order.ServerTime;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requests and their answers: by the socket while it is ready, by REST while it is not; within the venue's limits; signed
 * with the venue's clock. Each request is answered exactly once, at the latest when its time is over.
 *
 * <p>After a refusal for the timestamp the clock is read again and a question is sent once more, while a write goes back
 * to its sender. A write without a certain answer is in doubt and never sent again from here. Owned by the thread
 * "orders"; bounded by {@link PendingCalls}.
 */
final class BinanceCalls {
    private static final Logger LOG = LoggerFactory.getLogger(BinanceCalls.class);
    private static final long TIME_SYNC_MS = 60_000;

    private final BinanceOrderConfig config;
    private final OrderClock clock;
    private final BinanceRequests requests;
    private final OrderConnection connection;
    private final BinanceWire wire;
    private final ServerTime time = new ServerTime();
    private final KeyWatch keys = new KeyWatch();
    private final PendingCalls pending = new PendingCalls();
    private final BinanceLimits limits;
    private long nextTimeSyncMs = Long.MAX_VALUE;
    private long requestCount;
    private long timeoutCount;
    private long restCount;
    private long unreadableCount;

    BinanceCalls(
            BinanceOrderConfig config,
            OrderClock clock,
            BinanceRequests requests,
            OrderConnection connection,
            BinanceWire wire,
            VenueBudget budget) {
        this.config = config;
        this.clock = clock;
        this.requests = requests;
        this.connection = connection;
        this.wire = wire;
        this.limits = new BinanceLimits(budget, time, pending, clock);
    }

    // ---- the connection's life

    /** By the socket, or by REST, which needs the venue's time. */
    boolean canAsk() {
        return connection.isReady() || (time.isKnown() && !keys.isRefused());
    }

    /** What went by the socket is in doubt now. */
    void onClosed(String reason) {
        pending.removeOfSocket().forEach(call -> inDoubt(call, "connection lost: " + reason));
    }

    /** No new connection before the venue's limits and a refused key allow it. */
    void holdConnecting() {
        connection.notBefore(Math.max(limits.closedUntilMonotonicMs(), keys.pausedUntilMs()));
    }

    /** Reads the venue's clock. */
    void syncTime(Runnable then, Consumer<VenueAnswer> otherwise) {
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

    // ---- sending

    void send(BinanceRequest request) {
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
        } else if (connection.isReady() || (connection.isOpen() && isOpening(call))) {
            sendOnSocket(request, nowMs);
        } else if (isOpening(call)) {
            notSent(request, "not connected");
        } else {
            sendByRest(request, nowMs);
        }
    }

    private static boolean isOpening(VenueCall call) {
        return call == VenueCall.TIME || call == VenueCall.SUBSCRIBE;
    }

    private static void notSent(BinanceRequest request, String reason) {
        request.answer().accept(new VenueAnswer.NotSent(RefusalCode.VENUE_UNAVAILABLE.name(), reason));
    }

    private static void inDoubt(PendingCalls.Pending call, String reason) {
        call.request().answer().accept(new VenueAnswer.InDoubt(reason));
    }

    private void sendOnSocket(BinanceRequest request, long nowMs) {
        PendingCalls.Pending call = pending.add(request, nowMs, time.at(nowMs), config.answerTimeoutMs(), false);
        requestCount++;
        if (!wire.bySocket(call.id(), request, time.at(nowMs))) {
            pending.remove(call.id());
            notSent(request, "the socket takes no more bytes");
        }
    }

    private void sendByRest(BinanceRequest request, long nowMs) {
        // The answer's own limit is the HTTP client's; this entry only outlives it as a safety net.
        PendingCalls.Pending call = pending.add(request, nowMs, time.at(nowMs), 2L * config.answerTimeoutMs(), true);
        requestCount++;
        restCount++;
        wire.byRest(request, time.at(nowMs), answer -> onRestAnswer(call.id(), answer));
    }

    // ---- answers

    private void onRestAnswer(long id, OrderRest.Answer answer) {
        PendingCalls.Pending call = pending.remove(id);
        if (call == null) {
            return; // its time was over: in doubt already
        }
        if (!answer.wasWritten()) {
            notSent(call.request(), "REST is unreachable: " + answer.error());
        } else if (answer.status() == 0) {
            inDoubt(call, "REST: " + answer.error());
        } else {
            limits.onAnswered(call);
            limits.onUsed(answer.used(), call);
            if (VenueErrors.isLimit(answer.status())) {
                limits.onLimitedFor(answer.retryAfterSeconds());
                holdConnecting();
            }
            onAnswer(call, answer.status(), answer.body(), answer.body());
        }
    }

    /** A message of the socket that is no event. */
    void onSocketAnswer(JsonNode message) {
        JsonNode error = message.path("error");
        int status = message.path("status").asInt();
        PendingCalls.Pending call = pending.remove(message.path("id").asLong(-1));
        if (call == null) {
            onUnasked(status, error);
            return;
        }
        limits.onAnswered(call);
        limits.onRateLimits(message.path("rateLimits"), call);
        if (VenueErrors.isLimit(status)) {
            limits.onLimitedUntil(error.path("data").path("retryAfter").asLong(0));
            holdConnecting();
        }
        onAnswer(call, status, message.path("result"), error);
    }

    /** The answer to a call whose time was over, in doubt already; or, without an id, that the key was revoked. */
    private void onUnasked(int status, JsonNode error) {
        if (VenueErrors.isOfKey(status, error.path("code").asInt(0))) {
            onKeyRefused(error);
            connection.restart("the venue refuses the key");
        }
    }

    private void onKeyRefused(JsonNode error) {
        keys.onKeyRefused(error.path("code").asInt(0) + " " + error.path("msg").asText(""), clock.monotonicMs());
        holdConnecting();
    }

    private void watchKey(BinanceRequest request, int status, int code, JsonNode error) {
        if (VenueErrors.isOfKey(status, code)) {
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
            if (request.call() == VenueCall.ORDER_COUNTS) {
                limits.onRateLimits(result, call);
            }
            request.answer().accept(read(call, result));
        } else if (code == VenueErrors.BAD_TIMESTAMP && !request.isRetry() && connection.isOpen()) {
            retry(request);
        } else if (code == VenueErrors.HALF_REPLACED && error.has("data")) {
            request.answer().accept(requests.halfReplaced(error.path("data")));
        } else {
            String message = error.path("msg").asText("");
            request.answer().accept(VenueErrors.answer(request.call(), status, code, message, call.serverAtMs()));
        }
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
            unreadableCount++;
            LOG.error("venue answer is unreadable call={}", call.request().call(), e);
            return new VenueAnswer.InDoubt("unreadable answer: " + e.getMessage());
        }
    }

    // ---- time

    /** The venue's time after which a request signed now is not accepted; -1 while its time is unknown. */
    long acceptUntilMs() {
        return time.isKnown() ? time.at(clock.monotonicMs()) + config.recvWindowMs() : -1;
    }

    /** A place under way by REST counts as waiting until it is answered. */
    void drainRest(Runnable drained) {
        wire.drainRest(drained);
    }

    void tick(long nowMs) {
        pending.removeExpired(nowMs).forEach(call -> {
            timeoutCount++;
            limits.onGivenUp(call);
            inDoubt(call, "no answer within its time");
        });
        if (connection.isReady() && nowMs >= nextTimeSyncMs) {
            syncTime(() -> {}, answer -> {});
        }
    }

    void close() {
        wire.close();
        pending.removeAll().forEach(call -> inDoubt(call, "the sidecar is closing"));
    }

    // ---- figures

    Map<String, Object> left() {
        return limits.left();
    }

    KeyWatch keys() {
        return keys;
    }

    /** Requests written, by either way. */
    long requestCount() {
        return requestCount;
    }

    /** Requests that went by REST because the socket was down. */
    long restCount() {
        return restCount;
    }

    long timeoutCount() {
        return timeoutCount;
    }

    long unreadableCount() {
        return unreadableCount;
    }
}
