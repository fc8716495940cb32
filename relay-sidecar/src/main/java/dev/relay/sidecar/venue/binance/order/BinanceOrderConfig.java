package dev.relay.sidecar.venue.binance.order;

import dev.relay.sidecar.limit.VenueBudget;
import dev.relay.sidecar.order.LiveConsent;
import dev.relay.sidecar.order.OrderAddress;
import dev.relay.sidecar.order.OrderVenue;
import dev.relay.sidecar.order.VenueOrders;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Where and as whom orders are placed. Refuses any address that is not paper trading, see {@link OrderAddress}.
 *
 * @param wsApi the WebSocket API, for example ws://127.0.0.1:9443/ws-api/v3
 * @param rest the REST base without path, for example http://127.0.0.1:8080
 * @param recvWindowMs how long the venue may take to accept a signed request, 1 to 60000
 * @param consent to live addresses, null without one
 * @param answerTimeoutMs after it an unanswered request is in doubt
 */
public record BinanceOrderConfig(
        URI wsApi,
        URI rest,
        String apiKey,
        String secret,
        int recvWindowMs,
        int answerTimeoutMs,
        @Nullable LiveConsent consent)
        implements OrderVenue {
    public BinanceOrderConfig {
        OrderAddress.check("wsApi", wsApi, consent);
        OrderAddress.check("rest", rest, consent);
        if (apiKey.isBlank() || secret.isBlank()) {
            throw new IllegalArgumentException("apiKey and secret must be set");
        }
        if (recvWindowMs < 1 || recvWindowMs > 60_000) {
            throw new IllegalArgumentException("recvWindowMs must be 1 to 60000, value=" + recvWindowMs);
        }
        if (answerTimeoutMs < 1) {
            throw new IllegalArgumentException("answerTimeoutMs must be positive, value=" + answerTimeoutMs);
        }
    }

    /** For paper addresses. */
    public BinanceOrderConfig(
            URI wsApi, URI rest, String apiKey, String secret, int recvWindowMs, int answerTimeoutMs) {
        this(wsApi, rest, apiKey, secret, recvWindowMs, answerTimeoutMs, null);
    }

    /** As it is, with the operator's consent to live addresses, if any. */
    public static BinanceOrderConfig of(
            URI wsApi, URI rest, String apiKey, String secret, @Nullable LiveConsent consent) {
        return new BinanceOrderConfig(wsApi, rest, apiKey, secret, 5_000, 5_000, consent);
    }

    @Override
    public boolean isLive() {
        return !OrderAddress.isPaper(wsApi) || !OrderAddress.isPaper(rest);
    }

    /** recvWindow 5 s, answers within 5 s. */
    public static BinanceOrderConfig of(URI wsApi, URI rest, String apiKey, String secret) {
        return new BinanceOrderConfig(wsApi, rest, apiKey, secret, 5_000, 5_000);
    }

    @Override
    public VenueOrders open(Access access) {
        return new BinanceOrderGateway(
                this, access, VenueBudget.binance(access.closedUntilMs(), access.saveClosedUntil()));
    }

    @Override
    public String toString() {
        return "BinanceOrderConfig[wsApi=" + wsApi + ", rest=" + rest + ", recvWindowMs=" + recvWindowMs
                + ", answerTimeoutMs=" + answerTimeoutMs + "]";
    }
}
