package dev.relay.sidecar.venue.coinbase;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.relay.sidecar.book.BookRules;
import dev.relay.sidecar.book.SequenceRule;
import dev.relay.sidecar.book.SnapshotSource;
import dev.relay.sidecar.net.WsConfig;
import dev.relay.sidecar.venue.InstrumentList;
import dev.relay.sidecar.venue.StreamCodec;
import dev.relay.sidecar.venue.Venue;
import dev.relay.sidecar.venue.VenueLimits;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/**
 * Coinbase Advanced Trade, channel {@code level2}. Proof: sequence_num counts every message of the connection; one that is
 * missing makes every book of that connection begin anew. There is no checksum.
 *
 * @param rest base URI of the REST API
 * @param stream full URI of the market-data WebSocket
 */
public record CoinbaseVenue(URI rest, URI stream) implements Venue {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Eight messages a second; whole books are large, so few share a connection. */
    private static final VenueLimits LIMITS = new VenueLimits(20, 150, 0, 10_000, 0, 600);

    private static final WsConfig WS = new WsConfig(5_000, 400, 10_000, 64 << 20, 1 << 20);

    @Override
    public String name() {
        return "COINBASE";
    }

    @Override
    public WsConfig ws() {
        return WS;
    }

    @Override
    public VenueLimits limits() {
        return LIMITS;
    }

    @Override
    public BookRules rules(int publishedDepth) {
        return BookRules.streamed(SequenceRule.NONE, null, SnapshotSource.STREAM, publishedDepth);
    }

    @Override
    public CompletableFuture<InstrumentList> instruments(Access access, List<String> wanted) {
        String query = wanted.stream()
                .map(name -> "product_ids=" + name.toUpperCase(Locale.ROOT))
                .collect(Collectors.joining("&"));
        return access.rest()
                .get("/api/v3/brokerage/market/products" + (query.isEmpty() ? "" : "?" + query))
                .thenApply(answer -> InstrumentList.from(answer, CoinbaseVenue::read));
    }

    private static InstrumentList read(byte[] body) throws IOException {
        JsonNode root = JSON.readTree(body);
        JsonNode products = root.path("products");
        if (!products.isArray()) {
            throw new IOException("answer without products, body=" + root);
        }
        InstrumentList.Builder list = new InstrumentList.Builder();
        for (JsonNode product : products) {
            list.addBySteps(
                    product.path("product_id").asText(),
                    product.path("price_increment")
                            .asText(product.path("quote_increment").asText()),
                    product.path("base_increment").asText());
        }
        return list.build(0);
    }

    @Override
    public StreamCodec codec(int publishedDepth) {
        return new CoinbaseCodec();
    }
}
