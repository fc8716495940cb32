package dev.relay.sidecar.venue.hyperliquid;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.venue.FrameSink;
import dev.relay.sidecar.venue.Instrument;
import dev.relay.sidecar.venue.StreamCodec;
import dev.relay.sidecar.venue.SymbolTable;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Messages of one connection: one subscription a message, each confirmed. A snapshot is never asked for: the next frame is a whole book. */
final class HyperliquidCodec implements StreamCodec {
    private final HyperliquidParser parser = new HyperliquidParser();

    @Override
    public List<Page> subscribe(List<Instrument> instruments) {
        List<Page> pages = new ArrayList<>();
        instruments.forEach(instrument -> pages.add(page("l2Book", instrument, List.of(instrument))));
        instruments.forEach(instrument -> pages.add(page("trades", instrument, List.of())));
        return pages;
    }

    private static Page page(String type, Instrument instrument, List<Instrument> books) {
        return new Page(
                "{\"method\":\"subscribe\",\"subscription\":{\"type\":\"" + type + "\",\"coin\":\""
                        + instrument.venueSymbol() + "\"}}",
                1,
                books);
    }

    @Override
    public @Nullable String ping() {
        return "{\"method\":\"ping\"}";
    }

    @Override
    public Reading read(byte[] frame, int length, SymbolTable books, FrameSink sink) {
        return parser.read(frame, length, books, sink);
    }

    @Override
    public Control control(JsonNode frame) {
        return switch (frame.path("channel").asText()) {
            case "subscriptionResponse" -> Control.ANSWER;
            case "error" ->
                new Control(
                        Control.Step.REFUSED_SYMBOL, "", 0, frame.path("data").asText());
            default -> Control.NONE;
        };
    }
}
