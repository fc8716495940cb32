package dev.relay.sidecar.order;

import java.util.function.Consumer;

/** What one venue account can be asked. Called on the thread "orders"; answers come back on it, each exactly once. No call waits. */
public interface VenueQuestions {
    /** From this size of an answer on {@link #trades} may have more to tell. */
    int TRADES_PAGE = 1_000;

    void query(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer);

    /** Asks whose order this venue order id is. A venue that cannot tell says NotSent UNSUPPORTED. */
    default void find(Instrument instrument, String venueOrderId, Consumer<VenueAnswer> answer) {
        answer.accept(VenueAnswer.UNSUPPORTED);
    }

    /** All open orders of the account. */
    void openOrders(Consumer<VenueAnswer> answer);

    /** The trades of all instruments stand in one list: {@link #trades} of any of them tells those of all. */
    default boolean listsTradesTogether() {
        return false;
    }

    /** Up to {@value #TRADES_PAGE} trades, or all there are, with cursor {@code from} or higher, oldest first; 0 or less: the newest. */
    void trades(Instrument instrument, long from, Consumer<VenueAnswer> answer);

    /** The number by which {@link #trades} goes on after this trade; rises with the venue's trade list. One list of all instruments goes by time, one of each by its ids. */
    default long cursorOf(Fill fill) {
        return listsTradesTogether() ? fill.atMs() : Long.parseLong(fill.tradeId());
    }

    /** The trades of one order. */
    void tradesOf(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer);

    void balances(Consumer<VenueAnswer> answer);
}
