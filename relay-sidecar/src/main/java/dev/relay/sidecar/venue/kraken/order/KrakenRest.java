package dev.relay.sidecar.venue.kraken.order;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.limit.DecayingCounter;
import dev.relay.sidecar.limit.Priority;
import dev.relay.sidecar.order.OrderClock;
import dev.relay.sidecar.order.RefusalCode;
import dev.relay.sidecar.order.VenueAnswer;
import dev.relay.sidecar.venue.order.JsonRest;
import dev.relay.sidecar.venue.order.KeyWatch;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Private questions to Kraken's REST, one at a time: the nonce of each must be higher than that of every request which the
 * venue saw before, and two connections may overtake each other. A question waits until the counter has room for it, so
 * that a reconciliation of many steps comes to its end. Called on "orders"; answers come back on it, each once. Bounded:
 * {@value #MOST_WAITING} wait, each at most {@value #MOST_WAIT_MS} ms; what is above is not sent, and told so.
 */
final class KrakenRest {
    static final int MOST_WAITING = 256;
    static final long MOST_WAIT_MS = 60_000;
    private static final String PREFIX = "/0/private/";
    private static final double MOST = 20;
    private static final double FALL_PER_SECOND = 0.5;
    private static final int COST_OF_TRADES = 2;
    private static final long FIRST_NONCE_STEP = 1_000_000;

    private final JsonRest client;
    private final String key;
    private final byte[] secret;
    private final OrderClock clock;
    private final KeyWatch keys;
    private final LongSupplier venueMs;
    private final DecayingCounter counter = new DecayingCounter(MOST, FALL_PER_SECOND);
    private final Deque<Call> waiting = new ArrayDeque<>();
    private boolean isAsking;
    private long nonce;
    private long nonceStep = FIRST_NONCE_STEP;

    private record Call(
            String what,
            Supplier<Map<String, String>> params,
            Priority priority,
            long untilMs,
            Function<JsonNode, VenueAnswer> read,
            Consumer<VenueAnswer> answer) {
        int cost() {
            return what.equals("TradesHistory") ? COST_OF_TRADES : 1;
        }
    }

    KrakenRest(JsonRest client, String key, String secret, OrderClock clock, KeyWatch keys, LongSupplier venueMs) {
        this.client = client;
        this.key = key;
        this.secret = Base64.getDecoder().decode(secret);
        this.clock = clock;
        this.keys = keys;
        this.venueMs = venueMs;
    }

    /**
     * About single orders. {@code params} are asked for when it is sent; {@code read} makes the outcome of a good answer's
     * {@code result}.
     */
    void ask(
            String what,
            Supplier<Map<String, String>> params,
            Function<JsonNode, VenueAnswer> read,
            Consumer<VenueAnswer> answer) {
        ask(what, params, Priority.QUERY, false, read, answer);
    }

    /** About the whole account: one answer may end many of the other questions, so it goes before them. */
    void askFirst(
            String what,
            Map<String, String> params,
            Priority priority,
            Function<JsonNode, VenueAnswer> read,
            Consumer<VenueAnswer> answer) {
        ask(what, () -> params, priority, true, read, answer);
    }

    private void ask(
            String what,
            Supplier<Map<String, String>> params,
            Priority priority,
            boolean isFirst,
            Function<JsonNode, VenueAnswer> read,
            Consumer<VenueAnswer> answer) {
        if (waiting.size() >= MOST_WAITING) {
            answer.accept(KrakenCalls.notSent("too many requests wait"));
            return;
        }
        Call call = new Call(what, params, priority, clock.monotonicMs() + MOST_WAIT_MS, read, answer);
        if (isFirst) {
            waiting.addFirst(call);
        } else {
            waiting.addLast(call);
        }
        next();
    }

    private static String form(Map<String, String> params) {
        StringBuilder form = new StringBuilder();
        params.forEach((name, value) ->
                form.append('&').append(name).append('=').append(URLEncoder.encode(value, StandardCharsets.UTF_8)));
        return form.toString();
    }

    void tick(long nowMs) {
        Call first = waiting.peek();
        if (first != null && first.untilMs() <= nowMs) {
            waiting.remove();
            first.answer()
                    .accept(new VenueAnswer.NotSent(
                            RefusalCode.RATE_LIMITED.name(), "the venue's limit left no room for ms=" + MOST_WAIT_MS));
        }
        next();
    }

    private void next() {
        Call call = isAsking ? null : waiting.peek();
        if (call == null || counter.take(call.cost(), call.priority().share, clock.monotonicMs()) > 0) {
            return;
        }
        waiting.remove();
        isAsking = true;
        long askedAtMs = venueMs.getAsLong();
        nonce = Math.max(nonce + 1, clock.wallMs() * 1_000);
        String body = "nonce=" + nonce + form(call.params().get());
        String path = PREFIX + call.what();
        Map<String, String> headers = Map.of(
                "API-Key",
                key,
                "API-Sign",
                sign(path, Long.toString(nonce), body),
                "Content-Type",
                "application/x-www-form-urlencoded");
        client.send("POST", path, headers, body, reply -> {
            isAsking = false;
            call.answer().accept(outcome(call, reply, askedAtMs));
            next();
        });
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

    private VenueAnswer outcome(Call call, JsonRest.Reply reply, long askedAtMs) {
        if (!reply.isReadable()) {
            return reply.failure();
        }
        if (reply.status() >= 500) {
            return new VenueAnswer.InDoubt("REST: status=" + reply.status());
        }
        String refusal = reply.body().path("error").path(0).asText("");
        if (!refusal.isEmpty()) {
            return refused(refusal, askedAtMs);
        }
        keys.onAccepted();
        nonceStep = FIRST_NONCE_STEP;
        try {
            return call.read().apply(reply.body().path("result"));
        } catch (IllegalArgumentException unreadable) {
            return new VenueAnswer.InDoubt("unreadable answer: " + unreadable.getMessage());
        }
    }

    private VenueAnswer refused(String refusal, long askedAtMs) {
        long nowMs = clock.monotonicMs();
        if (KrakenErrors.isLimit(refusal)) {
            counter.exhaust(nowMs);
        }
        if (KrakenErrors.isNonce(refusal)) {
            nonce += nonceStep; // this machine's clock was set back: far enough ahead sooner or later
            nonceStep *= 2;
        }
        if (KrakenErrors.isOfKey(refusal)) {
            keys.onKeyRefused(refusal, nowMs);
        }
        return KrakenErrors.isUnknownOrder(refusal)
                ? new VenueAnswer.NotFound(askedAtMs)
                : KrakenErrors.answer(refusal);
    }

    boolean isIdle() {
        return !isAsking && waiting.isEmpty();
    }

    double left() {
        return counter.left(clock.monotonicMs());
    }

    void close() {
        client.close();
        waiting.forEach(call -> call.answer().accept(KrakenCalls.notSent("the sidecar is closing")));
        waiting.clear();
    }
}
