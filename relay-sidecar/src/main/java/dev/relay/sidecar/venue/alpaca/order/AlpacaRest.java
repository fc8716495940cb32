package dev.relay.sidecar.venue.alpaca.order;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.limit.Priority;
import dev.relay.sidecar.limit.VenueBudget;
import dev.relay.sidecar.order.OrderClock;
import dev.relay.sidecar.order.RefusalCode;
import dev.relay.sidecar.order.VenueAnswer;
import dev.relay.sidecar.venue.order.JsonRest;
import dev.relay.sidecar.venue.order.KeyWatch;
import dev.relay.sidecar.venue.order.PlacesUnderWay;
import dev.relay.sidecar.venue.order.ServerTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Requests to Alpaca within its 200 a minute, and what an answer means for the request that got it. Called on "orders"; answers come back on it, each once.
 *
 * <p>Bounded: at most {@link #MOST_UNANSWERED} requests are unanswered; one too many is not sent, and told so.
 */
final class AlpacaRest {
    static final int MOST_UNANSWERED = 256;
    private static final int UNAUTHORIZED = 401;
    private static final int NOT_FOUND = 404;
    private static final int TOO_MANY = 429;
    private static final String NOT_UNIQUE = "client_order_id must be unique";

    private final JsonRest client;
    private final Map<String, String> headers;
    private final VenueBudget budget;
    private final ServerTime time;
    private final OrderClock clock;
    private final KeyWatch keys;
    private final PlacesUnderWay places = new PlacesUnderWay();
    private int unanswered;
    private long requestCount;

    AlpacaRest(
            JsonRest client,
            String key,
            String secret,
            VenueBudget budget,
            ServerTime time,
            OrderClock clock,
            KeyWatch keys) {
        this.client = client;
        this.headers =
                Map.of("APCA-API-KEY-ID", key, "APCA-API-SECRET-KEY", secret, "Content-Type", "application/json");
        this.budget = budget;
        this.time = time;
        this.clock = clock;
        this.keys = keys;
    }

    private long nowMs() {
        return time.at(clock.monotonicMs());
    }

    /** One request: what it is for decides how much of the budget it may use, and whether a new order waits in it. */
    record Call(String method, String path, @Nullable String body, Priority priority, boolean isOrder) {
        static Call get(String path) {
            return new Call("GET", path, null, Priority.QUERY, false);
        }
    }

    /** {@code read} makes the outcome of a good answer. */
    void send(Call call, Function<JsonNode, VenueAnswer> read, Consumer<VenueAnswer> answer) {
        budget.unanswered(unanswered, places.count());
        long waitMs = budget.take(call.priority(), 1, call.isOrder(), nowMs());
        if (waitMs > 0) {
            answer.accept(new VenueAnswer.NotSent(
                    RefusalCode.RATE_LIMITED.name(), "the venue's limit leaves no room, retry_after_ms=" + waitMs));
            return;
        }
        if (unanswered >= MOST_UNANSWERED) {
            answer.accept(
                    new VenueAnswer.NotSent(RefusalCode.VENUE_UNAVAILABLE.name(), "too many requests are unanswered"));
            return;
        }
        unanswered++;
        requestCount++;
        long askedAtMs = nowMs();
        Consumer<JsonRest.Reply> onReply = reply -> {
            unanswered--;
            answer.accept(outcome(call, reply, askedAtMs, read));
        };
        client.send(
                call.method(),
                "/v2" + call.path(),
                headers,
                call.body(),
                call.isOrder() ? places.until(onReply) : onReply);
    }

    /** Runs {@code drained} when no order is under way in this process any more. */
    void drain(Runnable drained) {
        places.drain(drained);
    }

    private VenueAnswer outcome(Call call, JsonRest.Reply reply, long askedAtMs, Function<JsonNode, VenueAnswer> read) {
        if (!reply.isAnswered()) {
            return reply.failure();
        }
        noteLimit(reply, askedAtMs);
        if (!reply.isReadable() || reply.status() >= 500) {
            return new VenueAnswer.InDoubt("status=" + reply.status());
        }
        watchKey(reply);
        return reply.status() < 300 ? good(reply.body(), read) : refusal(reply, call, askedAtMs);
    }

    private void watchKey(JsonRest.Reply reply) {
        if (reply.status() == UNAUTHORIZED) {
            keys.onKeyRefused(reply.body().path("message").asText(""), clock.monotonicMs());
        } else {
            keys.onAccepted();
        }
    }

    private static VenueAnswer good(JsonNode body, Function<JsonNode, VenueAnswer> read) {
        try {
            return read.apply(body);
        } catch (IllegalArgumentException unreadable) {
            return new VenueAnswer.InDoubt("unreadable answer: " + unreadable.getMessage());
        }
    }

    private static VenueAnswer refusal(JsonRest.Reply reply, Call call, long askedAtMs) {
        int status = reply.status();
        String message = reply.body().path("message").asText("");
        if (status == NOT_FOUND) {
            return new VenueAnswer.NotFound(askedAtMs);
        }
        if (status == TOO_MANY) {
            return new VenueAnswer.Refused(RefusalCode.RATE_LIMITED.name(), "429 " + message);
        }
        if (call.isOrder() && message.contains(NOT_UNIQUE)) {
            return new VenueAnswer.InDoubt("an order with this client id exists already");
        }
        return new VenueAnswer.Refused(reply.body().path("code").asText(Integer.toString(status)), message);
    }

    private void noteLimit(JsonRest.Reply reply, long askedAtMs) {
        long now = nowMs();
        int limit = (int) reply.count("X-RateLimit-Limit");
        int left = (int) reply.count("X-RateLimit-Remaining");
        if (limit > 0 && left >= 0) {
            budget.onWeightAtLeast(limit, limit - left + unanswered, askedAtMs, now);
        }
        if (reply.status() == TOO_MANY) {
            budget.onLimited(1_000L * Math.max(0, reply.count("X-RateLimit-Reset")), now);
        }
    }

    Map<String, Object> left() {
        Map<String, Object> left = new LinkedHashMap<>(budget.left(nowMs()));
        left.put("requests_total", requestCount);
        return left;
    }

    /** How long nothing may be asked. */
    long closedForMs() {
        return budget.closedForMs(nowMs());
    }

    void close() {
        client.close();
    }
}
