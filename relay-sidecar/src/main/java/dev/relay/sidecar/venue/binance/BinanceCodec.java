package dev.relay.sidecar.venue.binance;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.venue.FrameSink;
import dev.relay.sidecar.venue.Instrument;
import dev.relay.sidecar.venue.Parts;
import dev.relay.sidecar.venue.StreamCodec;
import dev.relay.sidecar.venue.SymbolTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The combined stream: depth and bookTicker of every symbol, subscribed in pages because the venue takes five messages a
 * second. One per connection, feed thread.
 */
final class BinanceCodec implements StreamCodec {
    private static final int SYMBOLS_PER_PAGE = 50;

    private final FrameParser parser = new FrameParser(new SymbolTable(List.of()));

    @Override
    public List<Page> subscribe(List<Instrument> instruments) {
        List<Page> pages = new ArrayList<>();
        for (List<Instrument> page : Parts.of(instruments, SYMBOLS_PER_PAGE)) {
            List<String> params = new ArrayList<>();
            for (Instrument instrument : page) {
                String name = instrument.venueSymbol().toLowerCase(Locale.ROOT);
                params.add("\"" + name + "@depth@100ms\"");
                params.add("\"" + name + "@bookTicker\"");
                params.add("\"" + name + "@trade\"");
            }
            pages.add(new Page(
                    "{\"method\":\"SUBSCRIBE\",\"params\":[" + String.join(",", params) + "],\"id\":"
                            + (pages.size() + 1) + "}",
                    1,
                    page));
        }
        return pages;
    }

    @Override
    public Reading read(byte[] frame, int length, SymbolTable books, FrameSink sink) {
        parser.symbols(books);
        return switch (parser.parse(frame, length)) {
            case DEPTH -> {
                sink.onDelta(parser.book(), parser.delta());
                yield Reading.DATA;
            }
            case TICKER -> {
                sink.onTicker(parser.book(), parser.ticker());
                yield Reading.DATA;
            }
            case FAULT -> {
                sink.onFault(parser.book());
                yield Reading.DATA;
            }
            case TRADE -> {
                sink.onTrade(parser.book(), parser.trade());
                yield Reading.DATA;
            }
            case CONTROL -> Reading.CONTROL;
            case OTHER -> Reading.QUIET;
            case BROKEN -> Reading.BROKEN;
        };
    }

    @Override
    public Control control(JsonNode frame) {
        if ("!serverShutdown".equals(frame.path("stream").asText())
                || "serverShutdown".equals(frame.path("e").asText())) {
            return Control.SHUTDOWN;
        }
        if (frame.has("stream")) {
            return Control.NONE;
        }
        if (frame.has("code") || frame.has("error")) {
            return Control.refused(frame.toString());
        }
        return frame.has("result") ? Control.ANSWER : Control.NONE;
    }
}
