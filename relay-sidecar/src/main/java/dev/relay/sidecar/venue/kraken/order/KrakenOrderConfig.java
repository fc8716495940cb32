package dev.relay.sidecar.venue.kraken.order;

import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderAddress;
import dev.relay.sidecar.order.OrderVenue;
import dev.relay.sidecar.order.VenueOrders;
import java.net.URI;

/**
 * Where and as whom orders are placed in Kraken's words. Kraken has no paper trading, so only addresses of this machine
 * pass: a local exchange.
 *
 * @param rest base without {@code /0/private}
 * @param stream the private WebSocket
 * @param secret in base64
 * @param answerTimeoutMs after it an unanswered request is in doubt
 * @param deadlineMs the venue does not accept an order later than this after it was written; 500 to 60,000
 * @param deadManS the venue cancels everything when it has not heard of this side for so long; 0 never
 */
public record KrakenOrderConfig(
        URI rest, URI stream, String key, String secret, int answerTimeoutMs, int deadlineMs, int deadManS)
        implements OrderVenue {
    private static final int SHORTEST_DEADLINE_MS = 500;
    private static final int LONGEST_DEADLINE_MS = 60_000;

    public KrakenOrderConfig {
        OrderAddress.check("rest", rest, null);
        OrderAddress.check("stream", stream, null);
        if (key.isBlank() || secret.isBlank()) {
            throw new IllegalArgumentException("key and secret must be set");
        }
        if (answerTimeoutMs < 1 || deadManS < 0) {
            throw new IllegalArgumentException(
                    "out of range: answerTimeoutMs=" + answerTimeoutMs + " deadManS=" + deadManS);
        }
        if (deadlineMs < SHORTEST_DEADLINE_MS || deadlineMs > LONGEST_DEADLINE_MS) {
            throw new IllegalArgumentException("deadlineMs must be 500..60000, value=" + deadlineMs);
        }
    }

    /** Answers and deadlines within 5 s, everything cancelled a minute after this side was last heard of. */
    public static KrakenOrderConfig of(URI rest, URI stream, String key, String secret) {
        return new KrakenOrderConfig(rest, stream, key, secret, 5_000, 5_000, 60);
    }

    /** {@code BTC-USD}, at the venue {@code BTC/USD}. */
    public static Instrument instrument(String name) {
        Instrument pair = Instrument.of(name);
        return new Instrument(pair.symbol(), pair.base() + "/" + pair.quote(), pair.base(), pair.quote());
    }

    @Override
    public VenueOrders open(Access access) {
        return new KrakenGateway(this, access);
    }

    @Override
    public String toString() {
        return "kraken rest=" + rest + " stream=" + stream;
    }
}
