package dev.relay.sidecar.venue.kraken.order;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.limit.Lockout;
import dev.relay.sidecar.order.OrderClock;
import dev.relay.sidecar.order.RefusalCode;
import dev.relay.sidecar.order.VenueAnswer;
import dev.relay.sidecar.venue.order.JsonRest;
import dev.relay.sidecar.venue.order.OrderConnection;
import dev.relay.sidecar.venue.order.ServerTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requests on Kraken's private WebSocket and their answers, each once and at the latest when its time is over; and the
 * venue's clock, which every answer tells. Owned by the thread "orders". Bounded: {@value #MOST_UNANSWERED} unanswered
 * requests, then nothing is written and the answer says so.
 */
final class KrakenCalls {
    static final int MOST_UNANSWERED = 5_000;

    private static final Logger LOG = LoggerFactory.getLogger(KrakenCalls.class);

    private final OrderClock clock;
    private final OrderConnection connection;
    private final int timeoutMs;
    private final Lockout lockout;
    private final ServerTime time = new ServerTime();
    private final Map<Long, Pending> pending = new LinkedHashMap<>();
    private String token = "";
    private long nextId = 1;
    private long unreadableCount;

    /** A request under way. {@code read} makes the outcome of a good answer's result. */
    private record Pending(Function<JsonNode, VenueAnswer> read, Consumer<VenueAnswer> answer, long sentMs) {}

    KrakenCalls(OrderClock clock, OrderConnection connection, Lockout lockout, int timeoutMs) {
        this.clock = clock;
        this.connection = connection;
        this.lockout = lockout;
        this.timeoutMs = timeoutMs;
    }

    /** What private requests carry; a fresh one for each connection. */
    void token(String fresh) {
        token = fresh;
    }

    /** As {@link #request}, with the token. */
    void ask(
            String method,
            Map<String, Object> params,
            Function<JsonNode, VenueAnswer> read,
            Consumer<VenueAnswer> answer) {
        params.put("token", token);
        request(method, params, read, answer);
    }

    void request(
            String method,
            Map<String, Object> params,
            Function<JsonNode, VenueAnswer> read,
            Consumer<VenueAnswer> answer) {
        if (pending.size() >= MOST_UNANSWERED) {
            answer.accept(notSent("too many are unanswered"));
            return;
        }
        long id = nextId++;
        pending.put(id, new Pending(read, answer, clock.monotonicMs()));
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("method", method);
        if (!params.isEmpty()) {
            message.put("params", params);
        }
        message.put("req_id", id);
        if (!connection.send(JsonRest.json(message))) {
            pending.remove(id);
            answer.accept(notSent("the socket takes no more bytes"));
        }
    }

    static VenueAnswer notSent(String why) {
        return new VenueAnswer.NotSent(RefusalCode.VENUE_UNAVAILABLE.name(), why);
    }

    /** A message with {@code req_id}. */
    void onAnswer(JsonNode message) {
        Pending call = pending.remove(message.path("req_id").asLong(-1));
        if (call != null) { // otherwise its time was over: in doubt already
            call.answer().accept(outcome(call, message));
        }
    }

    /** A good answer that cannot be read leaves the outcome in doubt. */
    private VenueAnswer outcome(Pending call, JsonNode message) {
        try {
            String told = message.path("time_out").asText("");
            if (!told.isEmpty()) {
                time.onAnswer(KrakenReports.time(told), call.sentMs(), clock.monotonicMs());
            }
            return message.path("success").asBoolean(true)
                    ? call.read().apply(message.path("result"))
                    : refused(message.path("error").asText("no reason told"));
        } catch (IllegalArgumentException unreadable) {
            unreadableCount++;
            LOG.error("venue answer is unreadable method={}", message.path("method"), unreadable);
            return new VenueAnswer.InDoubt("unreadable answer: " + unreadable.getMessage());
        }
    }

    private VenueAnswer refused(String error) {
        if (KrakenErrors.isLockout(error)) {
            lockout.onLimited(KrakenErrors.lockedUntilMs(error, venueMs()), venueMs());
        }
        return KrakenErrors.answer(error);
    }

    void tick(long nowMs) {
        end(call -> call.sentMs() + timeoutMs <= nowMs, "no answer within its time");
    }

    /** What was asked is in doubt now. */
    void endAll(String reason) {
        end(call -> true, reason);
    }

    private void end(Predicate<Pending> which, String reason) {
        List<Pending> ended = new ArrayList<>();
        pending.values().removeIf(call -> which.test(call) && ended.add(call));
        ended.forEach(call -> call.answer().accept(new VenueAnswer.InDoubt(reason)));
    }

    boolean isTimeKnown() {
        return time.isKnown();
    }

    /** The venue's clock; before it has told it, this machine's. */
    long venueMs() {
        return time.isKnown() ? time.at(clock.monotonicMs()) : clock.wallMs();
    }

    long unreadableCount() {
        return unreadableCount;
    }
}
