package dev.relay.sidecar.venue.order;

import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderView;
import dev.relay.sidecar.order.VenueAnswer;
import dev.relay.sidecar.order.VenueQuestions;
import java.util.function.Consumer;

/** Questions of a venue that lists the trades of all orders together, by time: those for trades are answered from a {@link TradeList}. Thread "orders". */
public abstract class TradesInOneList implements VenueQuestions {
    private final TradeList trades = new TradeList(this::readTrades);

    /** Reads all trades later than {@code fromMs}, oldest first. */
    protected abstract void readTrades(long fromMs, Consumer<VenueAnswer> answer);

    /** Reads the newest page of them. */
    protected abstract void readNewestTrades(Consumer<VenueAnswer> answer);

    @Override
    public final boolean listsTradesTogether() {
        return true;
    }

    @Override
    public final void trades(Instrument instrument, long fromMs, Consumer<VenueAnswer> answer) {
        if (fromMs > 0) {
            trades.from(fromMs, answer);
        } else {
            readNewestTrades(answer);
        }
    }

    @Override
    public final void tradesOf(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        trades.of(order, answer);
    }
}
