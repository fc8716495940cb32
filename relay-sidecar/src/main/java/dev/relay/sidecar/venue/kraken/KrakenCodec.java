package dev.relay.sidecar.venue.kraken;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.venue.FrameSink;
import dev.relay.sidecar.venue.Instrument;
import dev.relay.sidecar.venue.Parts;
import dev.relay.sidecar.venue.StreamCodec;
import dev.relay.sidecar.venue.SymbolTable;
import java.util.ArrayList;
import java.util.List;

/** Messages of one connection. Confirmations come one a symbol; those of later calls carry no page number. Heartbeats come by themselves. */
final class KrakenCodec implements StreamCodec {
    private static final int SYMBOLS_PER_PAGE = 50;

    private final int depth;
    private final KrakenParser parser = new KrakenParser();

    KrakenCodec(int depth) {
        this.depth = depth;
    }

    @Override
    public List<Page> subscribe(List<Instrument> instruments) {
        List<Page> pages = new ArrayList<>();
        for (List<Instrument> part : Parts.of(instruments, SYMBOLS_PER_PAGE)) {
            pages.add(page(pages.size() + 1, bookParams(part), part.size(), part));
            pages.add(page(pages.size() + 1, params("trade", part, ",\"snapshot\":false"), part.size(), List.of()));
            pages.add(page(
                    pages.size() + 1,
                    params("ticker", part, ",\"event_trigger\":\"bbo\",\"snapshot\":false"),
                    part.size(),
                    List.of()));
        }
        return pages;
    }

    private static Page page(int id, String params, int answers, List<Instrument> books) {
        return new Page("{\"method\":\"subscribe\",\"params\":" + params + ",\"req_id\":" + id + "}", answers, books);
    }

    private String bookParams(List<Instrument> instruments) {
        return params("book", instruments, ",\"depth\":" + depth + ",\"snapshot\":true");
    }

    private static String params(String channel, List<Instrument> instruments, String more) {
        return "{\"channel\":\"" + channel + "\",\"symbol\":[" + StreamCodec.names(instruments) + "]" + more + "}";
    }

    @Override
    public List<String> callForSnapshot(Instrument instrument) {
        List<Instrument> one = List.of(instrument);
        return List.of(
                "{\"method\":\"unsubscribe\",\"params\":" + params("book", one, ",\"depth\":" + depth) + "}",
                "{\"method\":\"subscribe\",\"params\":" + bookParams(one) + "}");
    }

    @Override
    public Reading read(byte[] frame, int length, SymbolTable books, FrameSink sink) {
        return parser.read(frame, length, books, sink);
    }

    @Override
    public Control control(JsonNode frame) {
        if (!"subscribe".equals(frame.path("method").asText()) || !frame.has("req_id")) {
            return Control.NONE;
        }
        JsonNode result = frame.path("result");
        if (!frame.path("success").asBoolean()) {
            String symbol = frame.path("symbol").asText(result.path("symbol").asText());
            return new Control(
                    Control.Step.REFUSED_SYMBOL, symbol, 0, frame.path("error").asText());
        }
        boolean isBook = "book".equals(result.path("channel").asText());
        return new Control(
                Control.Step.ANSWER,
                result.path("symbol").asText(),
                isBook ? result.path("depth").asInt(depth) : 0,
                "");
    }
}
