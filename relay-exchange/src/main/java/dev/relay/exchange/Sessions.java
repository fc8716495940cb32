package dev.relay.exchange;

import dev.relay.exchange.alpaca.AlpacaSession;
import dev.relay.exchange.alpaca.AlpacaUpdates;
import dev.relay.exchange.api.Authenticator;
import dev.relay.exchange.api.ExchangeApi;
import dev.relay.exchange.http.SessionFactory;
import dev.relay.exchange.kraken.KrakenPrivate;
import dev.relay.exchange.market.ExchangeClock;
import dev.relay.exchange.market.Venue;
import dev.relay.exchange.stream.KrakenHub;
import dev.relay.exchange.stream.MarketStreamSession;
import dev.relay.exchange.stream.Outlet;
import dev.relay.exchange.stream.SocketSession;
import dev.relay.exchange.stream.StreamHub;
import dev.relay.exchange.stream.WsApiSession;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which session stands behind which WebSocket address: {@code /ws}, {@code /ws/<stream>/<stream>}, {@code /stream},
 * {@code /stream?streams=a/b}, {@code /stream/ws/<n>} (raw, as one foreign client dials it) and {@code /ws-api/v3}, all Binance's; {@code /v2} is
 * Kraken's public one, {@code /auth/v2} its private one, {@code /alpaca/stream} Alpaca's trade updates.
 */
final class Sessions implements SessionFactory {
    private final StreamHub hub;
    private final KrakenHub kraken;
    private final ExchangeApi api;
    private final Authenticator authenticator;
    private final ExchangeClock clock;
    private final AlpacaUpdates alpaca;
    private final Venue venue;
    private final KrakenPrivate krakenPrivate;

    Sessions(
            StreamHub hub,
            KrakenHub kraken,
            ExchangeApi api,
            Authenticator authenticator,
            ExchangeClock clock,
            AlpacaUpdates alpaca,
            Venue venue,
            KrakenPrivate krakenPrivate) {
        this.hub = hub;
        this.kraken = kraken;
        this.api = api;
        this.authenticator = authenticator;
        this.clock = clock;
        this.alpaca = alpaca;
        this.venue = venue;
        this.krakenPrivate = krakenPrivate;
    }

    @Override
    public @Nullable SocketSession open(String path, String rawQuery, String ip, Outlet outlet) {
        if (path.equals("/ws-api/v3")) {
            boolean returnRateLimits = !rawQuery.contains("returnRateLimits=false");
            return new WsApiSession(hub, api, authenticator, clock, outlet, ip, returnRateLimits);
        }
        if (path.equals("/alpaca/stream")) {
            return new AlpacaSession(venue, alpaca, outlet);
        }
        if (path.equals(KrakenPrivate.STREAM)) {
            return krakenPrivate.open(outlet);
        }
        if (path.equals("/v2")) {
            return kraken.open(outlet);
        }
        if (path.equals("/stream")) {
            return market(outlet, true, streamsOf(rawQuery));
        }
        String raw = path.startsWith("/stream/ws") ? path.substring("/stream".length()) : path;
        if (raw.equals("/ws") || raw.startsWith("/ws/")) {
            return market(outlet, false, names(raw.substring("/ws".length())));
        }
        return null;
    }

    private MarketStreamSession market(Outlet outlet, boolean combined, List<String> names) {
        MarketStreamSession session =
                new MarketStreamSession(hub, outlet, api.limits().config(), clock, combined);
        session.open(names);
        return session;
    }

    private static List<String> streamsOf(String rawQuery) {
        for (String pair : rawQuery.split("&", -1)) {
            if (pair.startsWith("streams=")) {
                return names(URLDecoder.decode(pair.substring("streams=".length()), StandardCharsets.UTF_8));
            }
        }
        return List.of();
    }

    /** Only what looks like a stream: the number in {@code /ws/<n>} is not one. */
    private static List<String> names(String slashed) {
        return Arrays.stream(slashed.split("/", -1))
                .filter(name -> name.contains("@") || name.startsWith("!"))
                .toList();
    }
}
