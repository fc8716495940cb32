package dev.relay.sidecar.replay;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.relay.sidecar.venue.Venue;
import dev.relay.sidecar.venue.okx.OkxVenue;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/** OKX v5: the {@code books}, {@code trades} and {@code tickers} channels, with ids or with the checksum of old. */
final class OkxScript extends ReplayScript {
    private static final int CHECKED = 25;

    private boolean hasIds;

    @Override
    protected @Nullable Frame take(BigDecimal ts, String text) throws BrokenLine {
        if (text.equals("pong")) {
            return null;
        }
        JsonNode json = RecordingReader.parse(text, "frame");
        if (!json.isObject() || (!json.has("event") && !json.has("arg"))) {
            throw new BrokenLine("frame is not a JSON object with event or arg");
        }
        if (json.has("event")) {
            return null;
        }
        String channel = json.path("arg").path("channel").asText();
        String symbol = json.path("arg").path("instId").asText();
        if (symbol.isEmpty() || !json.path("data").isArray()) {
            throw new BrokenLine("frame without instId and data");
        }
        boolean isBook = channel.equals("books");
        if (isBook) {
            book(symbol, json);
        } else {
            others(channel, symbol, json.path("data"));
        }
        return new Frame(ts, text, channel + ":" + symbol, isBook ? symbol : "", json);
    }

    private void book(String symbol, JsonNode json) throws BrokenLine {
        String problem = "books frame without instId, action, bids and asks";
        if (!json.path("action").isTextual() || json.path("data").size() != 1) {
            throw new BrokenLine(problem);
        }
        JsonNode book = json.path("data").path(0);
        hasIds |= book.has("seqId");
        seePairs(symbol, book.path("bids"), problem);
        seePairs(symbol, book.path("asks"), problem);
    }

    private void others(String channel, String symbol, JsonNode data) throws BrokenLine {
        for (JsonNode item : data) {
            if (channel.equals("trades")) {
                see(symbol, item.path("px"), item.path("sz"), "trades frame without px and sz");
            } else if (channel.equals("tickers") && !item.path("bidPx").asText().isEmpty()) {
                see(symbol, item.path("bidPx"), item.path("bidSz"), "tickers frame without bidPx and bidSz");
            }
        }
    }

    @Override
    Venue venue(URI http, URI ws) {
        return new OkxVenue(http, URI.create(ws + path()));
    }

    @Override
    String path() {
        return "/ws/v5/public";
    }

    @Override
    @Nullable
    String answer(String path, Map<String, List<String>> query, String body) {
        return switch (path) {
            case "/api/v5/public/instruments" ->
                instruments(query.getOrDefault("instType", List.of("SPOT")).get(0));
            case "/api/v5/market/books" ->
                rest(query.getOrDefault("instId", List.of("")).get(0));
            default -> null;
        };
    }

    private String instruments(String kind) {
        ObjectNode answer =
                RecordingReader.JSON.createObjectNode().put("code", "0").put("msg", "");
        ArrayNode data = answer.putArray("data");
        for (String symbol : symbols()) {
            String its = symbol.endsWith("-SWAP") ? "SWAP" : symbol.matches(".*-\\d{6}") ? "FUTURES" : "SPOT";
            if (its.equals(kind)) {
                data.addObject()
                        .put("instType", its)
                        .put("instId", symbol)
                        .put("tickSz", Decimals.step(decimals(symbol).price()))
                        .put("lotSz", Decimals.step(decimals(symbol).quantity()));
            }
        }
        return answer.toString();
    }

    private @Nullable String rest(String symbol) {
        ModelBook book = books.get(symbol);
        return book == null || !hasIds
                ? "{\"code\":\"51001\",\"msg\":\"Instrument ID does not exist\",\"data\":[]}"
                : "{\"code\":\"0\",\"msg\":\"\",\"data\":[{" + sides(book) + ",\"ts\":\"0\",\"seqId\":" + book.id
                        + "}]}";
    }

    @Override
    List<String> onRequest(String text) {
        return text.equals("ping") ? List.of("pong") : super.onRequest(text);
    }

    @Override
    protected List<String> onRequest(JsonNode request) {
        List<String> answers = new ArrayList<>();
        for (JsonNode arg : request.path("args")) {
            answer(request, arg, answers);
        }
        return answers;
    }

    @Override
    protected String malformed() {
        return "{\"event\":\"error\",\"code\":\"60012\",\"msg\":\"Invalid request\"}";
    }

    private void answer(JsonNode request, JsonNode arg, List<String> answers) {
        String op = request.path("op").asText();
        String symbol = arg.path("instId").asText();
        ObjectNode answer = RecordingReader.JSON.createObjectNode();
        if (request.has("id")) {
            answer.set("id", request.path("id"));
        }
        if (!books.containsKey(symbol)) {
            answers.add(answer.put("event", "error")
                    .put("code", "60018")
                    .put("msg", "Wrong URL or channel:books,instId:" + symbol + " doesn't exist")
                    .toString());
            return;
        }
        answer.put("event", op);
        answer.set("arg", arg);
        answers.add(answer.toString());
        String topic = arg.path("channel").asText() + ":" + symbol;
        if (op.equals("unsubscribe")) {
            subscribed.remove(topic);
        } else if (subscribed.add(topic) && topic.startsWith("books:") && book(symbol).isStarted) {
            answers.add(snapshot(symbol, book(symbol)));
        }
    }

    private String snapshot(String symbol, ModelBook book) {
        return "{\"arg\":{\"channel\":\"books\",\"instId\":\"" + symbol + "\"},\"action\":\"snapshot\",\"data\":[{"
                + sides(book) + ",\"ts\":\"0\",\"checksum\":" + (hasIds ? 0 : checksum(book))
                + (hasIds ? ",\"prevSeqId\":-1,\"seqId\":" + book.id : "") + "}]}";
    }

    private static String sides(ModelBook book) {
        StringBuilder out = new StringBuilder("\"asks\":[");
        append(out, book.asks);
        out.append("],\"bids\":[");
        append(out, book.bids);
        return out.append(']').toString();
    }

    private static void append(StringBuilder out, Map<BigDecimal, BigDecimal> side) {
        side.forEach((price, quantity) -> {
            out.append(out.charAt(out.length() - 1) == '[' ? "" : ",");
            out.append("[\"")
                    .append(price.toPlainString())
                    .append("\",\"")
                    .append(quantity.toPlainString())
                    .append("\",\"0\",\"1\"]");
        });
    }

    private static int checksum(ModelBook book) {
        List<String> parts = new ArrayList<>();
        Iterator<Map.Entry<BigDecimal, BigDecimal>> bids = book.bids.entrySet().iterator();
        Iterator<Map.Entry<BigDecimal, BigDecimal>> asks = book.asks.entrySet().iterator();
        for (int i = 0; i < CHECKED; i++) {
            add(parts, bids);
            add(parts, asks);
        }
        CRC32 crc = new CRC32();
        crc.update(String.join(":", parts).getBytes(StandardCharsets.US_ASCII));
        return (int) crc.getValue();
    }

    private static void add(List<String> parts, Iterator<Map.Entry<BigDecimal, BigDecimal>> levels) {
        if (levels.hasNext()) {
            Map.Entry<BigDecimal, BigDecimal> level = levels.next();
            parts.add(level.getKey().toPlainString());
            parts.add(level.getValue().toPlainString());
        }
    }

    @Override
    boolean isSubscribed(String symbol) {
        return subscribed.contains("books:" + symbol);
    }

    @Override
    protected void follow(Frame frame, ModelBook book) {
        JsonNode data = frame.json().path("data").path(0);
        if ("snapshot".equals(frame.json().path("action").asText())) {
            book.begin();
        }
        setPairs(book, true, data.path("bids"));
        setPairs(book, false, data.path("asks"));
        book.id = data.path("seqId").asLong();
    }
}
