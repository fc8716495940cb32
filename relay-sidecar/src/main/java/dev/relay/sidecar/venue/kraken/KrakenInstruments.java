package dev.relay.sidecar.venue.kraken;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.relay.sidecar.book.Scale;
import dev.relay.sidecar.net.CloseReason;
import dev.relay.sidecar.net.Link;
import dev.relay.sidecar.net.LinkListener;
import dev.relay.sidecar.venue.Instrument;
import dev.relay.sidecar.venue.InstrumentList;
import dev.relay.sidecar.venue.Venue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;

/**
 * Loads decimals of prices and quantities from the {@code instrument} channel over a short connection of its own; the
 * checksum is over digits in exactly this precision. One load each; feed thread.
 */
final class KrakenInstruments implements LinkListener {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int TIMEOUT_MS = 15_000;
    private static final String SUBSCRIBE =
            "{\"method\":\"subscribe\",\"params\":{\"channel\":\"instrument\",\"snapshot\":true},\"req_id\":1}";

    private final CompletableFuture<InstrumentList> result = new CompletableFuture<>();

    private KrakenInstruments() {}

    static CompletableFuture<InstrumentList> load(KrakenVenue venue, Venue.Access access) {
        KrakenInstruments load = new KrakenInstruments();
        Link link = access.transport().open(venue.stream(), venue.ws(), load);
        access.loop().schedule(link::close, TIMEOUT_MS);
        return load.result.whenComplete((list, error) -> link.close());
    }

    @Override
    public void onOpen(Link link) {
        link.send(SUBSCRIBE);
    }

    @Override
    public void onText(byte[] bytes, int length) {
        String frame = new String(bytes, 0, length, StandardCharsets.UTF_8);
        if (!frame.contains("\"instrument\"")) {
            return;
        }
        try {
            JsonNode json = JSON.readTree(frame);
            if ("snapshot".equals(json.path("type").asText())) {
                result.complete(read(json.path("data").path("pairs")));
            } else if (json.has("success") && !json.path("success").asBoolean()) {
                result.completeExceptionally(new IOException("instrument channel refused: " + frame));
            }
        } catch (IOException e) {
            result.completeExceptionally(e);
        }
    }

    static InstrumentList read(JsonNode pairs) throws IOException {
        if (!pairs.isArray()) {
            throw new IOException("instrument snapshot without pairs");
        }
        InstrumentList.Builder list = new InstrumentList.Builder();
        for (JsonNode pair : pairs) {
            String symbol = pair.path("symbol").asText();
            int price = pair.path("price_precision").asInt(-1);
            int quantity = pair.path("qty_precision").asInt(-1);
            if (price < 0 || quantity < 0 || Math.max(price, quantity) > Scale.MAX_DECIMALS) {
                list.refuse(symbol, "PRECISION: decimals not usable, price=" + price + " quantity=" + quantity);
            } else {
                list.add(new Instrument(symbol.replace('/', '-'), symbol, new Scale(price), new Scale(quantity)));
            }
        }
        return list.build(0);
    }

    @Override
    public void onClosed(CloseReason reason) {
        result.completeExceptionally(new IOException("instrument connection ended: " + reason));
    }
}
