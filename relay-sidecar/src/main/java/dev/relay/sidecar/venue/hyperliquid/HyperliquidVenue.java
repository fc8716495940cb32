package dev.relay.sidecar.venue.hyperliquid;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.relay.sidecar.book.BookRules;
import dev.relay.sidecar.book.Scale;
import dev.relay.sidecar.book.SequenceRule;
import dev.relay.sidecar.book.SnapshotSource;
import dev.relay.sidecar.venue.Instrument;
import dev.relay.sidecar.venue.InstrumentList;
import dev.relay.sidecar.venue.StreamCodec;
import dev.relay.sidecar.venue.Venue;
import dev.relay.sidecar.venue.VenueLimits;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Hyperliquid perpetuals, {@code l2Book}. Nothing to prove over time: every frame is the whole book, 20 levels a side. The
 * coin BTC is the symbol BTC-USD.
 *
 * @param rest base URI of the REST API
 * @param stream full URI of the WebSocket
 */
public record HyperliquidVenue(URI rest, URI stream) implements Venue {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LEVELS = 20;
    /** Decimals of a price and of a size together never exceed this. */
    private static final int DECIMALS = 6;
    /** 1,000 subscriptions and 2,000 messages a minute; closed after 60 s without a message from here. */
    private static final VenueLimits LIMITS = new VenueLimits(250, 40, 30_000, 10_000, 0, 1_200);

    @Override
    public String name() {
        return "HYPERLIQUID";
    }

    @Override
    public VenueLimits limits() {
        return LIMITS;
    }

    @Override
    public BookRules rules(int publishedDepth) {
        return BookRules.streamed(SequenceRule.NONE, null, SnapshotSource.STREAM, publishedDepth)
                .proving(LEVELS);
    }

    @Override
    public CompletableFuture<InstrumentList> instruments(Access access, List<String> wanted) {
        return access.rest()
                .post("/info", "{\"type\":\"meta\"}")
                .thenApply(answer -> InstrumentList.from(answer, HyperliquidVenue::read));
    }

    private static InstrumentList read(byte[] body) throws IOException {
        JsonNode root = JSON.readTree(body);
        JsonNode universe = root.path("universe");
        if (!universe.isArray()) {
            throw new IOException("answer without universe, body=" + root);
        }
        InstrumentList.Builder list = new InstrumentList.Builder();
        for (JsonNode coin : universe) {
            String name = coin.path("name").asText();
            int size = coin.path("szDecimals").asInt(-1);
            if (size < 0 || size > DECIMALS) {
                list.refuse(name, "PRECISION: szDecimals not usable, szDecimals=" + size);
            } else {
                list.add(new Instrument(name + "-USD", name, new Scale(DECIMALS - size), new Scale(size)));
            }
        }
        return list.build(0);
    }

    @Override
    public StreamCodec codec(int publishedDepth) {
        return new HyperliquidCodec();
    }
}
