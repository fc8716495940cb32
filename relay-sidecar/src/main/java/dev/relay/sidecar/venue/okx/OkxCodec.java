package dev.relay.sidecar.venue.okx;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.venue.FrameSink;
import dev.relay.sidecar.venue.Instrument;
import dev.relay.sidecar.venue.Parts;
import dev.relay.sidecar.venue.StreamCodec;
import dev.relay.sidecar.venue.SymbolTable;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Messages of one connection. Each channel of each instrument is confirmed by itself; later calls carry an id of ours. */
final class OkxCodec implements StreamCodec {
    private static final int SYMBOLS_PER_PAGE = 20;
    private static final String RECALL_ID = "recall";
    private static final String UPGRADE_NOTICE = "64008";

    private final OkxParser parser = new OkxParser();

    @Override
    public List<Page> subscribe(List<Instrument> instruments) {
        List<Page> pages = new ArrayList<>();
        for (List<Instrument> part : Parts.of(instruments, SYMBOLS_PER_PAGE)) {
            List<String> args = new ArrayList<>();
            for (Instrument instrument : part) {
                args.add(arg("books", instrument));
                args.add(arg("trades", instrument));
                args.add(arg("tickers", instrument));
            }
            pages.add(new Page("{\"op\":\"subscribe\",\"args\":[" + String.join(",", args) + "]}", args.size(), part));
        }
        return pages;
    }

    private static String arg(String channel, Instrument instrument) {
        return "{\"channel\":\"" + channel + "\",\"instId\":\"" + instrument.venueSymbol() + "\"}";
    }

    @Override
    public List<String> callForSnapshot(Instrument instrument) {
        return List.of(recall("unsubscribe", instrument), recall("subscribe", instrument));
    }

    private static String recall(String op, Instrument instrument) {
        return "{\"id\":\"" + RECALL_ID + "\",\"op\":\"" + op + "\",\"args\":[" + arg("books", instrument) + "]}";
    }

    @Override
    public @Nullable String ping() {
        return "ping";
    }

    @Override
    public Reading read(byte[] frame, int length, SymbolTable books, FrameSink sink) {
        return parser.read(frame, length, books, sink);
    }

    @Override
    public Control control(JsonNode frame) {
        boolean isRecall = RECALL_ID.equals(frame.path("id").asText());
        return switch (frame.path("event").asText()) {
            case "subscribe" -> isRecall ? Control.NONE : Control.ANSWER;
            case "error" ->
                isRecall
                        ? Control.NONE
                        : new Control(Control.Step.REFUSED_SYMBOL, symbolIn(frame), 0, frame.toString());
            case "notice" -> UPGRADE_NOTICE.equals(frame.path("code").asText()) ? Control.SHUTDOWN : Control.NONE;
            default -> Control.NONE;
        };
    }

    private static String symbolIn(JsonNode error) {
        String message = error.path("msg").asText();
        int at = message.indexOf("instId:");
        return at < 0 ? "" : message.substring(at + 7).split("[ ,]", 2)[0];
    }
}
