package dev.relay.sidecar.venue.alpaca.order;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderVenue;
import dev.relay.sidecar.venue.order.JsonRest;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What shares are worth now, for the limits of risk: the middle of Alpaca's latest quotes, since no feed here keeps their
 * books. Asked for every {@value #EVERY_MS} ms on the address of market data, which counts its requests apart from those
 * of trading; nothing is asked without shares. A quote older than {@value #BELIEVED_MS} ms is not believed, so that outside
 * of trading hours, when quotes stand still, there is no price. Thread "orders"; one quote a configured share.
 */
final class AlpacaQuotes {
    private static final Logger LOG = LoggerFactory.getLogger(AlpacaQuotes.class);
    private static final long EVERY_MS = 2_000;
    private static final long BELIEVED_MS = 30_000;
    private static final BigDecimal HALF = new BigDecimal("0.5");

    private final Map<String, Instrument> shares = new LinkedHashMap<>();
    private final Map<String, Quote> quotes = new HashMap<>();
    private final Map<String, String> headers;
    private final LongSupplier nowMs;
    private final @Nullable JsonRest rest;
    private boolean isAsking;
    private boolean isFailing;
    private long nextMs = Long.MIN_VALUE;

    private record Quote(BigDecimal middle, long atMs) {}

    /** @param nowMs the venue's time */
    AlpacaQuotes(AlpacaOrderConfig config, OrderVenue.Access access, LongSupplier nowMs) {
        this.headers = Map.of("APCA-API-KEY-ID", config.key(), "APCA-API-SECRET-KEY", config.secret());
        this.nowMs = nowMs;
        for (Instrument instrument : access.instruments()) {
            if (AlpacaOrderConfig.isShares(instrument)) {
                shares.put(instrument.venueSymbol(), instrument);
            }
        }
        this.rest = shares.isEmpty()
                ? null
                : new JsonRest(access.rest().open(config.data(), config.answerTimeoutMs()), access.orders(), () -> {});
    }

    void tick() {
        long now = nowMs.getAsLong();
        if (rest == null || isAsking || now < nextMs) {
            return;
        }
        isAsking = true;
        nextMs = now + EVERY_MS;
        String path = "/v2/stocks/quotes/latest?symbols=" + String.join(",", shares.keySet());
        rest.send("GET", path, headers, null, this::onReply);
    }

    private void onReply(JsonRest.Reply reply) {
        isAsking = false;
        boolean wasFailing = isFailing;
        isFailing = !isTold(reply);
        if (isFailing && !wasFailing) {
            LOG.warn("prices of shares are not told status={} problem={}", reply.status(), reply.problem());
        }
    }

    private boolean isTold(JsonRest.Reply reply) {
        if (!reply.isReadable() || reply.status() != 200) {
            return false;
        }
        try {
            JsonNode told = reply.body().path("quotes");
            shares.forEach((name, instrument) -> read(instrument, told.path(name)));
            return true;
        } catch (IllegalArgumentException unreadable) {
            return false;
        }
    }

    /** One that is missing or crossed leaves the last one, which grows old. */
    private void read(Instrument instrument, JsonNode quote) {
        BigDecimal bid = quote.path("bp").decimalValue();
        BigDecimal ask = quote.path("ap").decimalValue();
        if (bid.signum() > 0 && ask.compareTo(bid) >= 0) {
            long atMs = AlpacaReports.time(AlpacaReports.text(quote, "t"));
            quotes.put(instrument.symbol(), new Quote(bid.add(ask).multiply(HALF), atMs));
        }
    }

    @Nullable
    BigDecimal mark(String symbol) {
        Quote quote = quotes.get(symbol);
        return quote == null || nowMs.getAsLong() - quote.atMs() > BELIEVED_MS ? null : quote.middle();
    }

    void close() {
        if (rest != null) {
            rest.close();
        }
    }
}
