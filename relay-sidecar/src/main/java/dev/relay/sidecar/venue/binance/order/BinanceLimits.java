package dev.relay.sidecar.venue.binance.order;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.limit.VenueBudget;
import dev.relay.sidecar.order.OrderClock;
import dev.relay.sidecar.venue.order.ServerTime;
import java.time.Duration;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a {@link VenueBudget} by what Binance tells: counts in headers and in each answer's {@code rateLimits}, and the times of 429 and 418, which REST gives in
 * seconds and the WebSocket API as a moment. Thread "orders".
 */
final class BinanceLimits {
    private static final Logger LOG = LoggerFactory.getLogger(BinanceLimits.class);
    private static final long TEN_SECONDS_MS = 10_000;
    private static final long MINUTE_MS = 60_000;
    private static final long DAY_MS = 24 * 60 * MINUTE_MS;

    private final VenueBudget budget;
    private final ServerTime time;
    private final PendingCalls pending;
    private final OrderClock clock;

    BinanceLimits(VenueBudget budget, ServerTime time, PendingCalls pending, OrderClock clock) {
        this.budget = budget;
        this.time = time;
        this.pending = pending;
        this.clock = clock;
    }

    /** The venue's clock; before it has told it, this machine's. */
    private long venueMs() {
        return time.isKnown() ? time.at(clock.monotonicMs()) : clock.wallMs();
    }

    /** 0: taken. Else the milliseconds to wait. */
    long take(VenueCall call) {
        tellDoubts();
        return budget.take(call.priority, call.weight, call.isOrder(), venueMs());
    }

    /** The monotonic time before which nothing may be asked, connecting included. */
    long closedUntilMonotonicMs() {
        return clock.monotonicMs() + budget.closedForMs(venueMs());
    }

    /** 429 or 418 by REST, with its Retry-After, 0 without one. */
    void onLimitedFor(long seconds) {
        budget.onLimited(
                seconds == 0 ? 0 : venueMs() + Duration.ofSeconds(seconds).toMillis(), venueMs());
    }

    /** 429 or 418 by the socket, with the moment it names, 0 without one. */
    void onLimitedUntil(long venueAtMs) {
        budget.onLimited(venueAtMs, venueMs());
    }

    /** To be told before the windows may start again: what is under way, and how well the venue's clock is known. */
    private void tellDoubts() {
        budget.unanswered(pending.weight(), pending.places());
        budget.clockWithin(time.errorMs(clock.monotonicMs()));
    }

    /** The answer to a call that was counted at the venue between its leaving and now. */
    void onAnswered(PendingCalls.Pending call) {
        VenueCall asked = call.request().call();
        tellDoubts();
        budget.unanswered(pending.weight() + asked.weight, pending.places() + (asked.isOrder() ? 1 : 0));
        budget.onAnswered(asked.weight, asked.isOrder(), venueMs());
    }

    /** No answer came in its time. */
    void onGivenUp(PendingCalls.Pending call) {
        tellDoubts();
        VenueCall asked = call.request().call();
        budget.onGivenUp(asked.weight, asked.isOrder(), venueMs());
    }

    private long askedMs(PendingCalls.Pending call) {
        return time.isKnown() ? time.at(call.sentMs()) : venueMs();
    }

    void onUsed(OrderRest.Used used, PendingCalls.Pending call) {
        long asked = askedMs(call);
        if (used.weight() >= 0) {
            budget.onWeight(0, used.weight(), pending.weight(), asked, venueMs());
        }
        if (used.orders10s() >= 0) {
            budget.onOrders(TEN_SECONDS_MS, 0, used.orders10s(), pending.places(), asked, venueMs());
        }
        if (used.ordersDay() >= 0) {
            budget.onOrders(DAY_MS, 0, used.ordersDay(), pending.places(), asked, venueMs());
        }
    }

    /** The {@code rateLimits} of an answer. */
    void onRateLimits(JsonNode limits, PendingCalls.Pending call) {
        long asked = askedMs(call);
        limits.forEach(limit -> onRateLimit(limit, asked));
    }

    private void onRateLimit(JsonNode limit, long asked) {
        int most = limit.path("limit").asInt(0);
        int count = limit.path("count").asInt(0);
        switch (limit.path("rateLimitType").asText("")) {
            case "REQUEST_WEIGHT" -> budget.onWeight(most, count, pending.weight(), asked, venueMs());
            case "ORDERS" -> budget.onOrders(windowMs(limit), most, count, pending.places(), asked, venueMs());
            default -> LOG.debug("rate limit of unknown type ignored limit={}", limit);
        }
    }

    private static long windowMs(JsonNode limit) {
        long unitMs = switch (limit.path("interval").asText("")) {
            case "SECOND" -> 1_000;
            case "MINUTE" -> MINUTE_MS;
            case "DAY" -> DAY_MS;
            default -> 0;
        };
        return unitMs * limit.path("intervalNum").asLong(1);
    }

    Map<String, Object> left() {
        tellDoubts();
        return budget.left(venueMs());
    }
}
