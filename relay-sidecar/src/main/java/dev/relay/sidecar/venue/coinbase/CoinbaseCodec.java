package dev.relay.sidecar.venue.coinbase;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.venue.FrameSink;
import dev.relay.sidecar.venue.Instrument;
import dev.relay.sidecar.venue.StreamCodec;
import dev.relay.sidecar.venue.SymbolTable;
import java.util.ArrayList;
import java.util.List;

/** Messages of one connection: one channel a message; heartbeats first, they keep quiet connections open. */
final class CoinbaseCodec implements StreamCodec {
    private final CoinbaseParser parser = new CoinbaseParser();

    @Override
    public List<Page> subscribe(List<Instrument> instruments) {
        List<Page> pages = new ArrayList<>();
        pages.add(new Page("{\"type\":\"subscribe\",\"channel\":\"heartbeats\"}", 1, List.of()));
        pages.add(new Page(message("subscribe", "level2", instruments), 1, instruments));
        pages.add(new Page(message("subscribe", "market_trades", instruments), 1, List.of()));
        pages.add(new Page(message("subscribe", "ticker", instruments), 1, List.of()));
        return pages;
    }

    private static String message(String type, String channel, List<Instrument> instruments) {
        return "{\"type\":\"" + type + "\",\"product_ids\":[" + StreamCodec.names(instruments) + "],\"channel\":\""
                + channel + "\"}";
    }

    @Override
    public List<String> callForSnapshot(Instrument instrument) {
        List<Instrument> one = List.of(instrument);
        return List.of(message("unsubscribe", "level2", one), message("subscribe", "level2", one));
    }

    @Override
    public Reading read(byte[] frame, int length, SymbolTable books, FrameSink sink) {
        return parser.read(frame, length, books, sink);
    }

    @Override
    public Control control(JsonNode frame) {
        if ("subscriptions".equals(frame.path("channel").asText())) {
            return Control.ANSWER;
        }
        return "error".equals(frame.path("type").asText()) ? Control.refused(frame.toString()) : Control.NONE;
    }
}
