package dev.relay.sidecar.venue.binance.order;

import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderView;
import dev.relay.sidecar.order.VenueAnswer;
import dev.relay.sidecar.order.VenueQuestions;
import java.util.function.Consumer;

/** What is asked of Binance, by the way that {@link BinanceCalls} finds open. Trades are listed by symbol. Thread "orders". */
final class BinanceQuestions implements VenueQuestions {
    private final BinanceCalls calls;
    private final BinanceRequests requests;

    BinanceQuestions(BinanceCalls calls, BinanceRequests requests) {
        this.calls = calls;
        this.requests = requests;
    }

    @Override
    public void query(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        calls.send(requests.query(order, instrument, answer));
    }

    @Override
    public void find(Instrument instrument, String venueOrderId, Consumer<VenueAnswer> answer) {
        calls.send(requests.find(instrument, venueOrderId, answer));
    }

    @Override
    public void openOrders(Consumer<VenueAnswer> answer) {
        calls.send(requests.openOrders(answer));
    }

    @Override
    public void trades(Instrument instrument, long fromId, Consumer<VenueAnswer> answer) {
        calls.send(requests.trades(instrument, fromId, answer));
    }

    @Override
    public void tradesOf(OrderView order, Instrument instrument, Consumer<VenueAnswer> answer) {
        calls.send(requests.tradesOf(order, instrument, answer));
    }

    @Override
    public void balances(Consumer<VenueAnswer> answer) {
        calls.send(requests.balances(answer));
    }
}
