package dev.relay.sidecar.order;

import java.math.BigDecimal;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The order side of one venue account. Called on the thread "orders"; answers and events come back on it, each answer
 * exactly once. No call waits.
 */
public interface VenueOrders {
    /** Connects and stays connected; each time the user data stream is up {@link VenueListener#onConnected} follows. */
    void start(VenueListener listener);

    /**
     * Writes a new order. Returns the venue's time in milliseconds after which it cannot accept this request any more.
     */
    long place(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer);

    void cancel(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer);

    /**
     * Changes an open order without ending it: less quantity at the same price, the place in the queue kept. The order
     * keeps its client id. Answered as any write; a venue that cannot says NotSent UNSUPPORTED.
     */
    default void reduce(OrderView order, Instrument instrument, BigDecimal quantity, Consumer<VenueAnswer> answer) {
        answer.accept(VenueAnswer.UNSUPPORTED);
    }

    /**
     * Ends {@code old} and, only if that was done, places {@code replacement}, in one request. Reported: both happened.
     * Refused: neither happened. {@link VenueAnswer.Replaced} tells them apart where only one did. Returns what
     * {@link #place} returns.
     */
    default long replace(OrderView old, OrderView replacement, Instrument instrument, Consumer<VenueAnswer> answer) {
        answer.accept(VenueAnswer.UNSUPPORTED);
        return acceptUntilMs();
    }

    /** What the account can be asked; the same object always. */
    VenueQuestions questions();

    /** The venue's time after which a request signed now cannot be accepted any more; -1 while its time is unknown. */
    long acceptUntilMs();

    /** Runs {@code drained} when no byte handed over before this call is waiting in this process any more. */
    void drain(Runnable drained);

    /** What the venue's limits leave, by name; for agents and metrics. */
    default Map<String, Object> budgetLeft() {
        return Map.of();
    }

    /** Name of the fact that says whether the venue refuses this side's key. */
    String KEY_REFUSED = "venue_key_refused";

    /** What else is worth a metric, by name; names ending in _total only grow. */
    default Map<String, Object> facts() {
        return Map.of();
    }

    /** Each fill comes with its fee, so that fills explain the balances. */
    default boolean tellsFees() {
        return true;
    }

    /** What one of a symbol is worth now, where the venue's order side tells it; null: not told, or too long ago. */
    default @Nullable BigDecimal mark(String symbol) {
        return null;
    }

    /** The figures by which the venue may sell what the account holds, as it told them last; null: it does not. */
    default @Nullable String marginCall() {
        return null;
    }

    /** Timeouts and reconnects; called every few milliseconds. */
    void tick(long monotonicMs);

    boolean isConnected();

    /** Questions get answers; on a venue that answers them by REST also while its event stream is down. */
    default boolean isReachable() {
        return isConnected();
    }

    void close();
}
