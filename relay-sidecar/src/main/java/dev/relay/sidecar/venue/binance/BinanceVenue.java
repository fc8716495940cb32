package dev.relay.sidecar.venue.binance;

import dev.relay.sidecar.book.BookRules;
import dev.relay.sidecar.venue.InstrumentList;
import dev.relay.sidecar.venue.SnapshotApi;
import dev.relay.sidecar.venue.StreamCodec;
import dev.relay.sidecar.venue.Venue;
import dev.relay.sidecar.venue.VenueLimits;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Binance Spot. Proof: ids U to u without a hole over a REST snapshot; second opinion: bookTicker at the same id.
 *
 * @param rest base URI of the REST API, for example https://api.binance.com
 * @param streams base URI of the market streams, for example wss://stream.binance.com:9443
 */
public record BinanceVenue(URI rest, URI streams) implements Venue {
    /** 1,024 streams a connection, three for each symbol; five messages a second each way. */
    private static final VenueLimits LIMITS = new VenueLimits(300, 250, 0, 10_000, 0, 6_000);

    @Override
    public String name() {
        return "BINANCE";
    }

    @Override
    public URI stream() {
        return URI.create(streams + "/stream");
    }

    @Override
    public VenueLimits limits() {
        return LIMITS;
    }

    @Override
    public BookRules rules(int publishedDepth) {
        return BookRules.ranges(publishedDepth);
    }

    @Override
    public CompletableFuture<InstrumentList> instruments(Access access, List<String> wanted) {
        String query = wanted.isEmpty()
                ? ""
                : wanted.stream()
                        .map(symbol -> "%22" + symbol.replace("-", "").toUpperCase(Locale.ROOT) + "%22")
                        .collect(Collectors.joining(",", "?symbols=%5B", "%5D"));
        return access.rest()
                .get("/api/v3/exchangeInfo" + query)
                .thenApply(answer -> InstrumentList.from(answer, BinanceRest::exchangeInfo));
    }

    @Override
    public StreamCodec codec(int publishedDepth) {
        return new BinanceCodec();
    }

    @Override
    public @Nullable SnapshotApi snapshots() {
        return BinanceSnapshots.INSTANCE;
    }
}
