package dev.relay.sidecar.order;

import dev.relay.sidecar.limit.AgentBudgets;
import dev.relay.sidecar.risk.RiskGate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The way of a new order: checks, intent committed to the journal, last gate, one write, outcome. Owned by "orders".
 *
 * <p>A client id that is known is answered with its order's state and never written again. Time to live and kill switch
 * are looked at twice, the second time directly before the write. An answer is given at the first certain news of the
 * order, be it the venue's answer or its event stream. Bounded: open orders by {@link OrderLimits}, waiting places by
 * {@link PlaceAdmission} at the border, waiters per order by {@link Cancels#MAX_WAITERS}.
 */
final class Places {
    private final OrderTracker tracker;
    private final OrderRecorder recorder;
    private final OrderLog log;
    private final VenueOrders venue;
    private final Doubts doubts;
    private final KillGate gate;
    private final OrderClock clock;
    private final OrderLimits limits;
    private final BooleanSupplier isStateAvailable;
    private final RiskGate risk;
    private final AgentBudgets agents;
    private final Map<String, List<Consumer<OrderResult>>> waiters = new HashMap<>();
    private Consumer<String> onForgotten = clientId -> {};
    private long writtenCount;
    private boolean isLive;

    /** How an order leaves; the outcome as {@link VenueOrders#place}. */
    interface Writer {
        long write(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer);
    }

    Places(
            OrderTracker tracker,
            OrderRecorder recorder,
            OrderLog log,
            VenueOrders venue,
            Doubts doubts,
            KillGate gate,
            OrderClock clock,
            OrderLimits limits,
            BooleanSupplier isStateAvailable,
            RiskGate risk,
            AgentBudgets agents) {
        this.tracker = tracker;
        this.recorder = recorder;
        this.log = log;
        this.venue = venue;
        this.doubts = doubts;
        this.gate = gate;
        this.clock = clock;
        this.limits = limits;
        this.isStateAvailable = isStateAvailable;
        this.risk = risk;
        this.agents = agents;
    }

    /** Hears the id of an order that never was, because its intent could not be committed. */
    void onForgotten(Consumer<String> listener) {
        onForgotten = listener;
    }

    /** Whether the venue's state was known once; new orders need it. */
    void live(boolean wasEverLive) {
        isLive = wasEverLive;
    }

    /** {@code onWritten} runs once, when the place has left the queue: written, refused or known already. */
    void place(OrderRequest.Place request, Runnable onWritten, Consumer<OrderResult> done) {
        OrderView known = tracker.find(request.clientId());
        if (known != null) {
            onWritten.run();
            answerKnown(known, request, done);
            return;
        }
        submit(request, null, venue::place, onWritten, done);
    }

    /** An order that takes the place of another: checked, journaled and gated as any place, written by {@code writer}. */
    void replace(OrderRequest.Place request, OrderView old, Writer writer, Consumer<OrderResult> done) {
        submit(request, old, writer, () -> {}, done);
    }

    private void submit(
            OrderRequest.Place request,
            @Nullable OrderView old,
            Writer writer,
            Runnable onWritten,
            Consumer<OrderResult> done) {
        OrderResult.Refused refusal = check(request, old);
        if (refusal != null) {
            onWritten.run();
            done.accept(refusal);
            return;
        }
        waiters.computeIfAbsent(request.clientId(), id -> new ArrayList<>()).add(done);
        Transition intent = tracker.place(
                request.clientId(),
                request.agent(),
                request.symbol(),
                request.terms(),
                old == null ? "" : old.clientId(),
                clock.wallMs());
        log.append(intent, commit -> {
            onWritten.run();
            onCommitted(request, intent, writer, commit);
        });
    }

    private void answerKnown(OrderView known, OrderRequest.Place request, Consumer<OrderResult> done) {
        if (!known.agent().equals(request.agent())
                || !known.symbol().equals(request.symbol())
                || !isSame(known.terms(), request.terms())) {
            done.accept(new OrderResult.Refused(
                    RefusalCode.DUPLICATE_CLIENT_ID, "client id belongs to another order", null));
            return;
        }
        join(known, done);
    }

    /** An amend may have taken quantity off since. */
    private static boolean isSame(OrderTerms known, OrderTerms asked) {
        return known.isSameAs(asked.withQuantity(known.quantity().min(asked.quantity())));
    }

    /** Answers with the first news of an order that is on its way, else with what is known. */
    void join(OrderView known, Consumer<OrderResult> done) {
        List<Consumer<OrderResult>> list = waiters.get(known.clientId());
        if (known.state() == OrderState.PENDING_NEW && list != null && list.size() < Cancels.MAX_WAITERS) {
            list.add(done);
        } else {
            done.accept(outcomeOf(known));
        }
    }

    private OrderResult.@Nullable Refused check(OrderRequest.Place request, @Nullable OrderView old) {
        if (!gate.isClosed() && tracker.instrument(request.symbol()) == null) {
            return refuse(RefusalCode.UNKNOWN_SYMBOL, "symbol is not configured, symbol=" + request.symbol());
        }
        OrderResult.Refused refusal = checkState(request.expiresAtMs());
        if (refusal != null) {
            return refusal;
        }
        if (tracker.openCount() >= limits.maxOpenOrders()) {
            return refuse(RefusalCode.TOO_MANY_ORDERS, "open orders are at the limit=" + limits.maxOpenOrders());
        }
        refusal = risk.check(request, old, clock.monotonicMs());
        if (refusal != null) {
            log.auditRefusal(request.agent(), request.clientId() + " " + refusal.code() + ": " + refusal.reason());
        }
        return refusal != null ? refusal : budget(request.agent());
    }

    /** What must hold before anything that changes risk is begun. */
    OrderResult.@Nullable Refused checkState(long expiresAtMs) {
        OrderResult.Refused closed = lastGate(expiresAtMs);
        if (closed != null) {
            return closed;
        }
        if (!isLive) {
            return refuse(RefusalCode.VENUE_NOT_LIVE, "account state is being synchronised with the venue");
        }
        if (!isStateAvailable.getAsBoolean()) {
            return refuse(RefusalCode.STATE_UNAVAILABLE, "Redis does not take the order state");
        }
        if (log.isFailing()) {
            return refuse(RefusalCode.JOURNAL_UNAVAILABLE, "the journal cannot commit");
        }
        return null;
    }

    /** The last gate, directly before a write that changes risk. */
    OrderResult.@Nullable Refused lastGate(long expiresAtMs) {
        if (gate.isClosed()) {
            return refuse(RefusalCode.KILLED, "the kill switch is on: " + gate.reason());
        }
        return clock.monotonicMs() >= expiresAtMs
                ? refuse(RefusalCode.TTL_EXPIRED, "time to live ended before the order was written")
                : null;
    }

    private OrderResult.@Nullable Refused budget(String agent) {
        long waitMs = agents.takePlace(agent, clock.monotonicMs());
        return waitMs > 0
                ? refuse(RefusalCode.RATE_LIMITED, "the agent's own budget is used up, retry_after_ms=" + waitMs)
                : null;
    }

    private static OrderResult.Refused refuse(RefusalCode code, String reason) {
        return new OrderResult.Refused(code, reason, null);
    }

    private void onCommitted(OrderRequest.Place request, Transition intent, Writer writer, OrderLog.Commit commit) {
        String clientId = request.clientId();
        if (commit != OrderLog.Commit.DONE) {
            List<Consumer<OrderResult>> waiting = waiters.remove(clientId);
            tracker.forget(clientId);
            answer(
                    waiting,
                    commit == OrderLog.Commit.DUPLICATE
                            ? refuse(RefusalCode.DUPLICATE_CLIENT_ID, "client id was used by an older order")
                            : refuse(RefusalCode.JOURNAL_UNAVAILABLE, "the intent could not be committed"));
            onForgotten.accept(clientId);
        } else {
            write(intent.order(), request.expiresAtMs(), writer, true);
        }
    }

    private void write(OrderView order, long expiresAtMs, Writer writer, boolean mayRepeat) {
        Instrument instrument = tracker.instrumentOf(order);
        OrderResult.Refused closed = lastGate(expiresAtMs);
        if (closed != null) {
            reject(order.clientId(), closed.code(), closed.reason());
        } else {
            writtenCount++;
            long[] acceptUntilMs = new long[1];
            acceptUntilMs[0] = writer.write(order, instrument, answer -> {
                if (answer instanceof VenueAnswer.Again && mayRepeat) {
                    write(order, expiresAtMs, writer, false);
                } else {
                    onAnswer(order.clientId(), acceptUntilMs[0], answer);
                }
            });
        }
    }

    private void onAnswer(String clientId, long acceptUntilMs, VenueAnswer answer) {
        if (answer instanceof VenueAnswer.Reported reported) {
            recorder.applyAll(reported.reports());
            OrderView order = tracker.find(clientId);
            if (order != null && order.state() == OrderState.PENDING_NEW) {
                doubt(clientId, acceptUntilMs, "the venue's answer names another order");
            }
        } else if (answer instanceof VenueAnswer.Refused refused) {
            reject(clientId, RefusalCode.of(refused), refused.code() + " " + refused.reason());
        } else if (answer instanceof VenueAnswer.NotSent notSent) {
            reject(clientId, RefusalCode.of(notSent), notSent.reason());
        } else if (answer instanceof VenueAnswer.Again again) {
            reject(clientId, RefusalCode.VENUE_UNAVAILABLE, again.reason());
        } else {
            String reason = answer instanceof VenueAnswer.InDoubt inDoubt ? inDoubt.reason() : "unexpected answer";
            doubt(clientId, acceptUntilMs, reason);
        }
    }

    private void doubt(String clientId, long acceptUntilMs, String reason) {
        recorder.markUnknown(clientId, reason);
        doubts.add(clientId, acceptUntilMs, clock.monotonicMs());
    }

    private void reject(String clientId, RefusalCode code, String reason) {
        OrderView before = tracker.find(clientId);
        if (before == null || before.state().isAcknowledged()) {
            return; // the event stream knew better already
        }
        List<Consumer<OrderResult>> waiting = waiters.remove(clientId);
        recorder.reject(clientId, code + ": " + reason);
        answer(waiting, new OrderResult.Refused(code, reason, tracker.find(clientId)));
    }

    /** The order moved: the first news of it answers those who wait. */
    void onChanged(OrderView order) {
        if (order.state() != OrderState.PENDING_NEW) {
            answer(waiters.remove(order.clientId()), outcomeOf(order));
        }
    }

    static OrderResult outcomeOf(OrderView order) {
        return switch (order.state()) {
            case REJECTED -> new OrderResult.Refused(RefusalCode.VENUE_REJECTED, order.reason(), order);
            case UNKNOWN, PENDING_NEW -> new OrderResult.Unknown(order);
            default -> new OrderResult.Accepted(order);
        };
    }

    private static void answer(@Nullable List<Consumer<OrderResult>> waiting, OrderResult result) {
        if (waiting != null) {
            waiting.forEach(done -> done.accept(result));
        }
    }

    /** Places handed to the venue. */
    long writtenCount() {
        return writtenCount;
    }
}
