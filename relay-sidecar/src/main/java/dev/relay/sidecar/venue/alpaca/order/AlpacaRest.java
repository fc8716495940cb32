package dev.relay.sidecar.venue.alpaca.order;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.relay.sidecar.limit.Priority;
import dev.relay.sidecar.limit.VenueBudget;
import dev.relay.sidecar.net.RestCalls;
import dev.relay.sidecar.net.RestResponse;
import dev.relay.sidecar.order.OrderClock;
import dev.relay.sidecar.order.RefusalCode;
import dev.relay.sidecar.order.VenueAnswer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
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
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String NOT_UNIQUE = "client_order_id must be unique";

    private final RestCalls client;
    private final Map<String, String> headers;
    private final Executor orders;
    private final VenueBudget budget;
    private final OrderClock clock;
    private final List<Runnable> drains = new ArrayList<>();
    private int unanswered;
    private int places;
    private long requestCount;

    AlpacaRest(RestCalls client, String key, String secret, Executor orders, VenueBudget budget, OrderClock clock) {
        this.client = client;
        this.headers =
                Map.of("APCA-API-KEY-ID", key, "APCA-API-SECRET-KEY", secret, "Content-Type", "application/json");
        this.orders = orders;
        this.budget = budget;
        this.clock = clock;
    }

    /** One request: what it is for decides how much of the budget it may use, and whether a new order waits in it. */
    record Call(String method, String path, @Nullable String body, Priority priority, boolean isOrder) {
        static Call get(String path) {
            return new Call("GET", path, null, Priority.QUERY, false);
        }
    }

    /** {@code read} makes the outcome of a good answer. */
    void send(Call call, Function<JsonNode, VenueAnswer> read, Consumer<VenueAnswer> answer) {
        budget.unanswered(unanswered, places);
        long waitMs = budget.take(call.priority(), 1, call.isOrder(), clock.wallMs());
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
        places += call.isOrder() ? 1 : 0;
        requestCount++;
        var unused = client.send(call.method(), "/v2" + call.path(), headers, call.body())
                .whenComplete((response, error) -> orders.execute(() -> {
                    answered(call);
                    answer.accept(outcome(call, response, error, read));
                }));
    }

    private void answered(Call call) {
        unanswered--;
        places -= call.isOrder() ? 1 : 0;
        if (places == 0) {
            List<Runnable> ready = List.copyOf(drains);
            drains.clear();
            ready.forEach(Runnable::run);
        }
    }

    /** Runs {@code drained} when no order is under way in this process any more. */
    void drain(Runnable drained) {
        if (places == 0) {
            drained.run();
        } else {
            drains.add(drained);
        }
    }

    private VenueAnswer outcome(
            Call call,
            @Nullable RestResponse response,
            @Nullable Throwable error,
            Function<JsonNode, VenueAnswer> read) {
        if (response == null) {
            Throwable cause =
                    error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
            boolean neverConnected = cause instanceof ConnectException || cause instanceof HttpConnectTimeoutException;
            return neverConnected
                    ? new VenueAnswer.NotSent(RefusalCode.VENUE_UNAVAILABLE.name(), "REST is unreachable: " + cause)
                    : new VenueAnswer.InDoubt("REST: " + cause);
        }
        noteLimit(response);
        JsonNode body = body(response);
        if (body == null || response.status() >= 500) {
            return new VenueAnswer.InDoubt("status=" + response.status());
        }
        return response.status() < 300 ? good(body, read) : refusal(response.status(), body, call);
    }

    private static VenueAnswer good(JsonNode body, Function<JsonNode, VenueAnswer> read) {
        try {
            return read.apply(body);
        } catch (IllegalArgumentException unreadable) {
            return new VenueAnswer.InDoubt("unreadable answer: " + unreadable.getMessage());
        }
    }

    private VenueAnswer refusal(int status, JsonNode body, Call call) {
        String message = body.path("message").asText("");
        if (status == 404) {
            return new VenueAnswer.NotFound(clock.wallMs());
        }
        if (status == 429) {
            return new VenueAnswer.Refused(RefusalCode.RATE_LIMITED.name(), "429 " + message);
        }
        if (call.isOrder() && message.contains(NOT_UNIQUE)) {
            return new VenueAnswer.InDoubt("an order with this client id exists already");
        }
        return new VenueAnswer.Refused(body.path("code").asText(Integer.toString(status)), message);
    }

    private void noteLimit(RestResponse response) {
        long now = clock.wallMs();
        int limit = number(response, "X-RateLimit-Limit");
        int left = number(response, "X-RateLimit-Remaining");
        if (limit > 0 && left >= 0) {
            budget.onWeight(limit, limit - left, unanswered, now, now);
        }
        if (response.status() == 429) {
            budget.onLimited(1_000L * Math.max(0, number(response, "X-RateLimit-Reset")), now);
        }
    }

    private static int number(RestResponse response, String header) {
        return response.header(header)
                .filter(text -> text.matches("[0-9]{1,10}"))
                .map(text -> (int) Math.min(Integer.MAX_VALUE, Long.parseLong(text)))
                .orElse(-1);
    }

    private static @Nullable JsonNode body(RestResponse response) {
        if (response.body().length == 0) {
            return MissingNode.getInstance();
        }
        try {
            return MAPPER.readTree(response.body());
        } catch (IOException unreadable) {
            return null;
        }
    }

    static String json(Map<String, Object> fields) {
        try {
            return MAPPER.writeValueAsString(fields);
        } catch (IOException e) {
            throw new IllegalStateException("text always writes", e);
        }
    }

    Map<String, Object> left() {
        Map<String, Object> left = new LinkedHashMap<>(budget.left(clock.wallMs()));
        left.put("requests_total", requestCount);
        return left;
    }

    /** How long nothing may be asked. */
    long closedForMs() {
        return budget.closedForMs(clock.wallMs());
    }

    void close() {
        client.close();
    }
}
