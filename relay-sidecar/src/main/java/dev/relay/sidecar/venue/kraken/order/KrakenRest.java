package dev.relay.sidecar.venue.kraken.order;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.relay.sidecar.limit.DecayingCounter;
import dev.relay.sidecar.limit.Priority;
import dev.relay.sidecar.net.RestCalls;
import dev.relay.sidecar.net.RestResponse;
import dev.relay.sidecar.order.OrderClock;
import dev.relay.sidecar.order.RefusalCode;
import dev.relay.sidecar.order.VenueAnswer;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Private questions to Kraken's REST, one at a time: the nonce of each must be higher than that of every request which the
 * venue saw before, and two connections may overtake each other. Called on "orders"; answers come back on it, each once.
 * Bounded: {@value #MOST_WAITING} wait, one more is not sent, and told so.
 */
final class KrakenRest {
    static final int MOST_WAITING = 256;
    private static final String PREFIX = "/0/private/";
    private static final double MOST = 20;
    private static final double FALL_PER_SECOND = 0.5;
    private static final ObjectMapper MAPPER =
            new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

    private final RestCalls client;
    private final String key;
    private final byte[] secret;
    private final Executor orders;
    private final OrderClock clock;
    private final DecayingCounter counter = new DecayingCounter(MOST, FALL_PER_SECOND);
    private final Deque<Call> waiting = new ArrayDeque<>();
    private boolean isAsking;
    private long nonce;
    private long keyRefusals;
    private boolean isKeyRefused;

    private record Call(String what, String form, Function<JsonNode, VenueAnswer> read, Consumer<VenueAnswer> answer) {}

    KrakenRest(RestCalls client, String key, String secret, Executor orders, OrderClock clock) {
        this.client = client;
        this.key = key;
        this.secret = Base64.getDecoder().decode(secret);
        this.orders = orders;
        this.clock = clock;
    }

    /** {@code read} makes the outcome of a good answer's {@code result}. */
    void ask(
            String what,
            Map<String, String> params,
            Priority priority,
            Function<JsonNode, VenueAnswer> read,
            Consumer<VenueAnswer> answer) {
        int cost = what.equals("TradesHistory") ? 2 : 1;
        long waitMs = counter.take(cost, priority.share, clock.monotonicMs());
        if (waitMs > 0) {
            answer.accept(new VenueAnswer.NotSent(
                    RefusalCode.RATE_LIMITED.name(), "the venue's limit leaves no room, retry_after_ms=" + waitMs));
        } else if (waiting.size() >= MOST_WAITING) {
            answer.accept(new VenueAnswer.NotSent(RefusalCode.VENUE_UNAVAILABLE.name(), "too many requests wait"));
        } else {
            StringBuilder form = new StringBuilder();
            params.forEach((name, value) ->
                    form.append('&').append(name).append('=').append(URLEncoder.encode(value, StandardCharsets.UTF_8)));
            waiting.add(new Call(what, form.toString(), read, answer));
            next();
        }
    }

    private void next() {
        Call call = isAsking ? null : waiting.poll();
        if (call == null) {
            return;
        }
        isAsking = true;
        nonce = Math.max(nonce + 1, clock.wallMs() * 1_000);
        String body = "nonce=" + nonce + call.form();
        String path = PREFIX + call.what();
        Map<String, String> headers = Map.of(
                "API-Key",
                key,
                "API-Sign",
                sign(path, Long.toString(nonce), body),
                "Content-Type",
                "application/x-www-form-urlencoded");
        var unused = client.send("POST", path, headers, body)
                .whenComplete((response, error) -> orders.execute(() -> {
                    isAsking = false;
                    call.answer().accept(outcome(call, response, error));
                    next();
                }));
    }

    private String sign(String path, String nonceText, String body) {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256").digest((nonceText + body).getBytes(StandardCharsets.UTF_8));
            Mac mac = Mac.getInstance("HmacSHA512");
            mac.init(new SecretKeySpec(secret, "HmacSHA512"));
            mac.update(path.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(mac.doFinal(hash));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has SHA-256 and HmacSHA512", e);
        }
    }

    private VenueAnswer outcome(Call call, @Nullable RestResponse response, @Nullable Throwable error) {
        if (response == null || response.status() >= 500) {
            return new VenueAnswer.InDoubt("REST: " + (response == null ? error : "status=" + response.status()));
        }
        try {
            JsonNode body = MAPPER.readTree(response.body());
            String refusal = body.path("error").path(0).asText("");
            if (refusal.isEmpty()) {
                isKeyRefused = false;
                return call.read().apply(body.path("result"));
            }
            return refused(refusal);
        } catch (IOException | IllegalArgumentException unreadable) {
            return new VenueAnswer.InDoubt("unreadable answer: " + unreadable.getMessage());
        }
    }

    private VenueAnswer refused(String refusal) {
        if (KrakenErrors.isLimit(refusal)) {
            counter.exhaust(clock.monotonicMs());
        }
        if (KrakenErrors.isOfKey(refusal)) {
            isKeyRefused = true;
            keyRefusals++;
        }
        return KrakenErrors.isUnknownOrder(refusal)
                ? new VenueAnswer.NotFound(clock.wallMs())
                : KrakenErrors.answer(refusal);
    }

    boolean isKeyRefused() {
        return isKeyRefused;
    }

    long keyRefusals() {
        return keyRefusals;
    }

    double left() {
        return counter.left(clock.monotonicMs());
    }

    void close() {
        client.close();
        waiting.forEach(call -> call.answer().accept(new VenueAnswer.InDoubt("the sidecar is closing")));
        waiting.clear();
    }
}
