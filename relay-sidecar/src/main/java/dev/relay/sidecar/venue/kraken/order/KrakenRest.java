package dev.relay.sidecar.venue.kraken.order;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.limit.Priority;
import dev.relay.sidecar.order.OrderClock;
import dev.relay.sidecar.order.RefusalCode;
import dev.relay.sidecar.order.VenueAnswer;
import dev.relay.sidecar.venue.order.JsonRest;
import dev.relay.sidecar.venue.order.PlacesUnderWay;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Private requests by Kraken's REST, one at a time: the nonce of each must be higher than that of every request which the
 * venue saw before, and two connections may overtake each other. Cancels go first, then places, then questions. A question
 * waits until the counter has room for it, so that a reconciliation of many steps comes to its end; the venue counts places
 * and cancels elsewhere. A place whose turn has come is answered {@link VenueAnswer.Again}, so that it passes its last gate
 * once more. What {@link KrakenRestLimits} do not allow does not leave.
 *
 * <p>Called on "orders"; answers come back on it, each once. Bounded: {@value #MOST_WAITING} of a kind wait, a
 * question at most {@value #MOST_WAIT_MS} ms; what is above is not sent, and told so.
 */
final class KrakenRest {
    static final int MOST_WAITING = 256;
    static final long MOST_WAIT_MS = 60_000;
    private static final String PREFIX = "/0/private/";
    private static final int COST_OF_TRADES = 2;

    private final JsonRest client;
    private final KrakenSigner signer;
    private final OrderClock clock;
    private final KrakenRestLimits limits;
    private final LongSupplier venueMs;
    private final Deque<Call> waiting = new ArrayDeque<>();
    private final Deque<Call> cancels = new ArrayDeque<>();
    private final Deque<Consumer<VenueAnswer>> places = new ArrayDeque<>();
    private final PlacesUnderWay underWay = new PlacesUnderWay();
    private boolean isAsking;

    /** What a request is for. */
    private enum Kind {
        QUESTION,
        PLACE,
        CANCEL
    }

    private record Call(
            Kind kind,
            String what,
            Supplier<Map<String, String>> params,
            Priority priority,
            long untilMs,
            Function<JsonNode, VenueAnswer> read,
            Consumer<VenueAnswer> answer) {
        int cost() {
            return kind != Kind.QUESTION ? 0 : what.equals("TradesHistory") ? COST_OF_TRADES : 1;
        }
    }

    KrakenRest(JsonRest client, KrakenSigner signer, OrderClock clock, KrakenRestLimits limits, LongSupplier venueMs) {
        this.client = client;
        this.signer = signer;
        this.clock = clock;
        this.limits = limits;
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
        enqueue(call(Kind.QUESTION, what, params, Priority.QUERY, read, answer), false);
    }

    /** About the whole account: one answer may end many of the other questions, so it goes before them. */
    void askFirst(
            String what,
            Map<String, String> params,
            Priority priority,
            Function<JsonNode, VenueAnswer> read,
            Consumer<VenueAnswer> answer) {
        enqueue(call(Kind.QUESTION, what, () -> params, priority, read, answer), true);
    }

    void cancel(Map<String, String> params, Function<JsonNode, VenueAnswer> read, Consumer<VenueAnswer> answer) {
        if (fits(cancels, answer)) {
            cancels.add(call(Kind.CANCEL, "CancelOrder", () -> params, Priority.CANCEL, read, answer));
            next();
        }
    }

    /** A request is under way: a place has to wait for its turn. */
    boolean isBusy() {
        return isAsking;
    }

    /** Answered Again when it is its turn, and then {@link #place} sends it. */
    void awaitTurn(Consumer<VenueAnswer> place) {
        if (fits(places, place)) {
            places.add(place);
        }
    }

    void place(Map<String, String> params, Function<JsonNode, VenueAnswer> read, Consumer<VenueAnswer> answer) {
        if (isOpenFor(answer)) {
            send(call(Kind.PLACE, "AddOrder", () -> params, Priority.PLACE, read, answer));
        }
    }

    /** There is a better way now: places that wait for their turn have it. */
    void releasePlaces() {
        for (int i = places.size(); i > 0; i--) {
            places.remove().accept(new VenueAnswer.Again("the socket is ready again"));
        }
    }

    private boolean isOpenFor(Consumer<VenueAnswer> answer) {
        long waitMs = limits.lockedForMs();
        if (waitMs > 0) {
            answer.accept(new VenueAnswer.NotSent(
                    RefusalCode.RATE_LIMITED.name(), "the venue has locked this side out, retry_after_ms=" + waitMs));
        }
        return waitMs == 0;
    }

    private static boolean fits(Deque<?> queue, Consumer<VenueAnswer> answer) {
        boolean fits = queue.size() < MOST_WAITING;
        if (!fits) {
            answer.accept(KrakenCalls.notSent("too many requests wait"));
        }
        return fits;
    }

    private Call call(
            Kind kind,
            String what,
            Supplier<Map<String, String>> params,
            Priority priority,
            Function<JsonNode, VenueAnswer> read,
            Consumer<VenueAnswer> answer) {
        return new Call(kind, what, params, priority, clock.monotonicMs() + MOST_WAIT_MS, read, answer);
    }

    private void enqueue(Call call, boolean isFirst) {
        if (!fits(waiting, call.answer())) {
            return;
        }
        if (isFirst) {
            waiting.addFirst(call);
        } else {
            waiting.addLast(call);
        }
        next();
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
        while (!isAsking && !cancels.isEmpty()) {
            Call cancel = cancels.remove();
            if (isOpenFor(cancel.answer())) {
                send(cancel);
            }
        }
        while (!isAsking && !places.isEmpty()) {
            places.remove().accept(new VenueAnswer.Again("its turn has come"));
        }
        Call call = isAsking ? null : waiting.peek();
        if (call != null && limits.take(call.cost(), call.priority())) {
            waiting.remove();
            send(call);
        }
    }

    private void send(Call call) {
        isAsking = true;
        long askedAtMs = venueMs.getAsLong();
        KrakenSigner.Signed signed =
                signer.sign(PREFIX + call.what(), call.params().get());
        Consumer<JsonRest.Reply> onReply = reply -> {
            isAsking = false;
            call.answer().accept(outcome(call, reply, askedAtMs));
            next();
        };
        client.send(
                "POST",
                signed.path(),
                signed.headers(),
                signed.body(),
                call.kind() == Kind.PLACE ? underWay.until(onReply) : onReply);
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
            limits.onRefused(refusal);
            if (KrakenErrors.isNonce(refusal)) {
                signer.onNonceRefused();
            }
            return call.kind() == Kind.QUESTION && KrakenErrors.isUnknownOrder(refusal)
                    ? new VenueAnswer.NotFound(askedAtMs)
                    : KrakenErrors.answer(refusal);
        }
        limits.onAccepted();
        signer.onAccepted();
        try {
            return call.read().apply(reply.body().path("result"));
        } catch (IllegalArgumentException unreadable) {
            return new VenueAnswer.InDoubt("unreadable answer: " + unreadable.getMessage());
        }
    }

    /** Runs {@code drained} when no place is on its way by REST any more. */
    void drain(Runnable drained) {
        underWay.drain(drained);
    }

    boolean isIdle() {
        return !isAsking && waiting.isEmpty();
    }

    void close() {
        client.close();
        Stream.of(waiting, cancels).flatMap(Deque::stream).map(Call::answer).forEach(places::add);
        waiting.clear();
        cancels.clear();
        for (int i = places.size(); i > 0; i--) {
            places.remove().accept(KrakenCalls.notSent("the sidecar is closing"));
        }
    }
}
