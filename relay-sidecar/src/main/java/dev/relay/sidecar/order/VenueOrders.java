package dev.relay.sidecar.order;

import java.util.function.Consumer;

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

    void query(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer);

    /** All open orders of the account. */
    void openOrders(Consumer<VenueAnswer> answer);

    /** Up to {@value #TRADES_PAGE} trades with id {@code fromId} or higher, oldest first; fromId 0 or less: the newest. */
    void trades(Instrument instrument, long fromId, Consumer<VenueAnswer> answer);

    /** The trades of one order. */
    void tradesOf(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer);

    void balances(Consumer<VenueAnswer> answer);

    /** The venue's time after which a request signed now cannot be accepted any more; -1 while its time is unknown. */
    long acceptUntilMs();

    /** Runs {@code drained} when no byte handed over before this call is waiting in this process any more. */
    void drain(Runnable drained);

    /** Timeouts and reconnects; called every few milliseconds. */
    void tick(long monotonicMs);

    boolean isConnected();

    void close();

    /** Largest page that {@link #trades} answers. */
    int TRADES_PAGE = 1_000;
}
