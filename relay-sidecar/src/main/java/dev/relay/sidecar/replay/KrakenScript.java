package dev.relay.sidecar.replay;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.relay.sidecar.venue.Venue;
import dev.relay.sidecar.venue.kraken.KrakenVenue;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/** Kraken v2: snapshot and updates of the {@code book} channel, each with its checksum, at the recorded window. */
final class KrakenScript extends ReplayScript {
    private static final int[] WINDOWS = {10, 25, 100, 500, 1_000};
    private static final int CHECKED = 10;

    private final Map<String, Integer> windows = new HashMap<>();

    @Override
    protected @Nullable Frame take(BigDecimal ts, String text) throws BrokenLine {
        JsonNode json = RecordingReader.parse(text, "frame");
        if (!json.isObject()) {
            throw new BrokenLine("frame is not a JSON object");
        }
        String channel = json.path("channel").asText();
        return switch (channel) {
            case "book" -> book(ts, text, json);
            case "trade", "ticker" -> {
                String symbol = json.path("data").path(0).path("symbol").asText();
                yield new Frame(ts, text, channel + ":" + symbol, "", json);
            }
            case "" -> {
                noteAnswer(json);
                yield null;
            }
            default -> null;
        };
    }

    private Frame book(BigDecimal ts, String text, JsonNode json) throws BrokenLine {
        if (json.path("data").size() != 1) {
            throw new BrokenLine("book frame without exactly one book");
        }
        JsonNode book = json.path("data").path(0);
        String symbol = book.path("symbol").asText();
        String problem = "book frame without symbol, checksum, and levels of price and qty";
        if (symbol.isEmpty() || !book.path("checksum").isIntegralNumber()) {
            throw new BrokenLine(problem);
        }
        see(symbol, book.path("bids"), problem);
        see(symbol, book.path("asks"), problem);
        if ("snapshot".equals(json.path("type").asText())) {
            int size = Math.max(book.path("bids").size(), book.path("asks").size());
            windows.merge(symbol, windowFor(size), Math::max);
        }
        return new Frame(ts, text, "book:" + symbol, symbol, json);
    }

    private void see(String symbol, JsonNode levels, String problem) throws BrokenLine {
        for (JsonNode level : levels) {
            see(symbol, level.path("price"), level.path("qty"), problem);
        }
    }

    /** An answer to the recorded client may name the window of a book. */
    private void noteAnswer(JsonNode json) throws BrokenLine {
        if (!json.has("method") && !json.has("error")) {
            throw new BrokenLine("frame without channel or method");
        }
        JsonNode result = json.path("result");
        if ("book".equals(result.path("channel").asText()) && result.has("depth")) {
            windows.merge(result.path("symbol").asText(), result.path("depth").asInt(), Math::max);
        }
    }

    private static int windowFor(int levels) {
        for (int window : WINDOWS) {
            if (window >= levels) {
                return window;
            }
        }
        return levels;
    }

    int window(String symbol) {
        return windows.getOrDefault(symbol, WINDOWS[WINDOWS.length - 1]);
    }

    @Override
    Venue venue(URI http, URI ws) {
        return new KrakenVenue(http, URI.create(ws + path()), 0);
    }

    @Override
    String path() {
        return "/v2";
    }

    @Override
    protected List<String> onRequest(JsonNode request) {
        JsonNode params = request.path("params");
        List<String> answers = new ArrayList<>();
        if ("instrument".equals(params.path("channel").asText())) {
            answers.add(instruments());
        }
        for (JsonNode symbol : params.path("symbol")) {
            answer(request, params.path("channel").asText(), symbol.asText(), answers);
        }
        return answers;
    }

    @Override
    protected String malformed() {
        return "{\"error\":\"Malformed request\",\"success\":false}";
    }

    private void answer(JsonNode request, String channel, String symbol, List<String> answers) {
        String method = request.path("method").asText();
        ObjectNode answer = RecordingReader.JSON.createObjectNode().put("method", method);
        if (request.has("req_id")) {
            answer.set("req_id", request.path("req_id"));
        }
        boolean isKnown = books.containsKey(symbol);
        answer.put("success", isKnown);
        if (!isKnown) {
            answers.add(answer.put("error", "Currency pair not supported " + symbol)
                    .put("symbol", symbol)
                    .toString());
            return;
        }
        ObjectNode result = answer.putObject("result").put("channel", channel).put("symbol", symbol);
        if (channel.equals("book")) {
            result.put("depth", window(symbol)).put("snapshot", true);
        }
        answers.add(answer.toString());
        if (method.equals("unsubscribe")) {
            subscribed.remove(channel + ":" + symbol);
        } else if (subscribed.add(channel + ":" + symbol) && channel.equals("book") && book(symbol).isStarted) {
            answers.add(snapshot(symbol, book(symbol)));
        }
    }

    private String instruments() {
        ObjectNode frame = RecordingReader.JSON.createObjectNode();
        frame.put("channel", "instrument").put("type", "snapshot");
        ArrayNode pairs = frame.putObject("data").putArray("pairs");
        for (String symbol : symbols()) {
            pairs.addObject()
                    .put("symbol", symbol)
                    .put("price_precision", decimals(symbol).price())
                    .put("qty_precision", decimals(symbol).quantity());
        }
        return frame.toString();
    }

    /** The book as it is after the last frame sent. */
    private String snapshot(String symbol, ModelBook book) {
        StringBuilder out = new StringBuilder("{\"channel\":\"book\",\"type\":\"snapshot\",\"data\":[{\"symbol\":\"")
                .append(symbol)
                .append("\",\"bids\":[");
        append(out, symbol, book.bids);
        out.append("],\"asks\":[");
        append(out, symbol, book.asks);
        return out.append("],\"checksum\":")
                .append(checksum(symbol, book))
                .append("}]}")
                .toString();
    }

    private void append(StringBuilder out, String symbol, Map<BigDecimal, BigDecimal> side) {
        side.forEach((price, quantity) -> {
            out.append(out.charAt(out.length() - 1) == '[' ? "" : ",");
            out.append("{\"price\":")
                    .append(text(price, decimals(symbol).price()))
                    .append(",\"qty\":")
                    .append(text(quantity, decimals(symbol).quantity()))
                    .append('}');
        });
    }

    private static String text(BigDecimal number, int decimals) {
        return number.setScale(decimals, RoundingMode.UNNECESSARY).toPlainString();
    }

    private long checksum(String symbol, ModelBook book) {
        StringBuilder digits = new StringBuilder();
        digits(digits, symbol, book.asks);
        digits(digits, symbol, book.bids);
        CRC32 crc = new CRC32();
        crc.update(digits.toString().getBytes(StandardCharsets.US_ASCII));
        return crc.getValue();
    }

    private void digits(StringBuilder out, String symbol, Map<BigDecimal, BigDecimal> side) {
        Iterator<Map.Entry<BigDecimal, BigDecimal>> levels = side.entrySet().iterator();
        for (int i = 0; i < CHECKED && levels.hasNext(); i++) {
            Map.Entry<BigDecimal, BigDecimal> level = levels.next();
            out.append(bare(text(level.getKey(), decimals(symbol).price())));
            out.append(bare(text(level.getValue(), decimals(symbol).quantity())));
        }
    }

    private static String bare(String number) {
        return number.replace(".", "").replaceFirst("^0+", "");
    }

    @Override
    boolean isSubscribed(String symbol) {
        return subscribed.contains("book:" + symbol);
    }

    @Override
    protected void follow(Frame frame, ModelBook book) {
        if ("snapshot".equals(frame.json().path("type").asText())) {
            book.begin();
        }
        JsonNode data = frame.json().path("data").path(0);
        set(book, true, data.path("bids"));
        set(book, false, data.path("asks"));
        book.cutTo(window(frame.symbol()));
    }

    private static void set(ModelBook book, boolean isBid, JsonNode levels) {
        for (JsonNode level : levels) {
            book.set(isBid, number(level.path("price")), number(level.path("qty")));
        }
    }

    @Override
    String heartbeat() {
        return "{\"channel\":\"heartbeat\"}";
    }
}
