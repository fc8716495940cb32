package dev.relay.sidecar.venue.alpaca.order;

import dev.relay.sidecar.limit.VenueBudget;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderAddress;
import dev.relay.sidecar.order.OrderVenue;
import dev.relay.sidecar.order.VenueOrders;
import java.net.URI;

/**
 * Where and as whom orders are placed at Alpaca. Refuses any address that is not paper trading.
 *
 * @param rest base without {@code /v2}, for example https://paper-api.alpaca.markets
 * @param stream for example wss://paper-api.alpaca.markets/stream
 * @param answerTimeoutMs after it an unanswered request is in doubt
 */
public record AlpacaOrderConfig(URI rest, URI stream, String key, String secret, int answerTimeoutMs)
        implements OrderVenue {
    static final int REQUESTS_PER_MINUTE = 200;
    private static final String PAPER_HOST = "paper-api.alpaca.markets";

    public AlpacaOrderConfig {
        OrderAddress.check("rest", rest, null);
        OrderAddress.check("stream", stream, null);
        if (key.isBlank() || secret.isBlank()) {
            throw new IllegalArgumentException("key and secret must be set");
        }
        if (answerTimeoutMs < 1) {
            throw new IllegalArgumentException("answerTimeoutMs must be positive, value=" + answerTimeoutMs);
        }
    }

    /** Answers within 5 s. */
    public static AlpacaOrderConfig of(URI rest, URI stream, String key, String secret) {
        return new AlpacaOrderConfig(rest, stream, key, secret, 5_000);
    }

    /** {@code BTC-USD} is a pair of coins; a name without dash, {@code AAPL}, is shares, which Relay calls AAPL-USD. */
    public static Instrument instrument(String name) {
        if (name.indexOf('-') < 0) {
            return new Instrument(name + "-USD", name, name, "USD");
        }
        Instrument pair = Instrument.of(name);
        return new Instrument(pair.symbol(), pair.base() + "/" + pair.quote(), pair.base(), pair.quote());
    }

    /** Where prices are told. Alpaca has another host for them, a local exchange tells them itself. */
    URI data() {
        return PAPER_HOST.equals(rest.getHost()) ? URI.create("https://data.alpaca.markets") : rest;
    }

    static boolean isShares(Instrument instrument) {
        return instrument.venueSymbol().indexOf('/') < 0;
    }

    @Override
    public VenueOrders open(Access access) {
        VenueBudget budget = new VenueBudget(
                REQUESTS_PER_MINUTE,
                REQUESTS_PER_MINUTE,
                REQUESTS_PER_MINUTE * 24 * 60,
                access.closedUntilMs(),
                access.saveClosedUntil());
        return new AlpacaGateway(this, access, budget);
    }

    @Override
    public String toString() {
        return "AlpacaOrderConfig[rest=" + rest + ", stream=" + stream + "]";
    }
}
