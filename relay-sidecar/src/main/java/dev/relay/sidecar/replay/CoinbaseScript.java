package dev.relay.sidecar.replay;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.relay.sidecar.venue.Venue;
import dev.relay.sidecar.venue.coinbase.CoinbaseVenue;
import java.math.BigDecimal;
import java.net.URI;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Coinbase Advanced Trade. The numbering runs over everything a connection gets, so frames are numbered anew as they are
 * sent; a hole in the recorded numbers stays a hole.
 */
final class CoinbaseScript extends ReplayScript {
    private static final Pattern NUMBER = Pattern.compile("\"sequence_num\"\\s*:\\s*\\d+");

    private final IdentityHashMap<JsonNode, Long> holes = new IdentityHashMap<>();
    private long lastRecorded = -1;
    private long nextNumber;
    private long owedHole;

    @Override
    protected @Nullable Frame take(BigDecimal ts, String text) throws BrokenLine {
        JsonNode json = RecordingReader.parse(text, "frame");
        String channel = json.path("channel").asText();
        if (!json.isObject() || (channel.isEmpty() && !json.has("type"))) {
            throw new BrokenLine("frame is not a JSON object with channel or type");
        }
        if (!json.path("sequence_num").isIntegralNumber()) {
            if (channel.isEmpty()) {
                return null;
            }
            throw new BrokenLine("frame without sequence_num");
        }
        long number = json.path("sequence_num").asLong();
        if (lastRecorded >= 0 && number > lastRecorded + 1) {
            holes.put(json, number - lastRecorded - 1);
        }
        lastRecorded = number;
        JsonNode event = json.path("events").path(0);
        return switch (channel) {
            case "l2_data" -> levels(ts, text, json, event);
            case "market_trades" -> other(ts, text, json, channel, event.path("trades"));
            case "ticker" -> other(ts, text, json, channel, event.path("tickers"));
            case "heartbeats" -> new Frame(ts, text, "heartbeats", "", json);
            default -> null;
        };
    }

    private Frame levels(BigDecimal ts, String text, JsonNode json, JsonNode event) throws BrokenLine {
        String symbol = event.path("product_id").asText();
        String problem = "l2_data frame without one event of product_id, type and updates";
        if (symbol.isEmpty()
                || json.path("events").size() != 1
                || !event.path("updates").isArray()) {
            throw new BrokenLine(problem);
        }
        for (JsonNode update : event.path("updates")) {
            see(symbol, update.path("price_level"), update.path("new_quantity"), problem);
        }
        return new Frame(ts, text, "level2:" + symbol, symbol, json);
    }

    private static Frame other(BigDecimal ts, String text, JsonNode json, String channel, JsonNode items) {
        return new Frame(
                ts, text, channel + ":" + items.path(0).path("product_id").asText(), "", json);
    }

    @Override
    Venue venue(URI http, URI ws) {
        return new CoinbaseVenue(http, URI.create(ws + path()));
    }

    @Override
    String path() {
        return "/ws";
    }

    @Override
    @Nullable
    String answer(String path, Map<String, List<String>> query, String body) {
        if (!path.equals("/api/v3/brokerage/market/products")) {
            return null;
        }
        ObjectNode answer = RecordingReader.JSON.createObjectNode();
        ArrayNode products = answer.putArray("products");
        for (String symbol : symbols()) {
            products.addObject()
                    .put("product_id", symbol)
                    .put("price_increment", Decimals.step(decimals(symbol).price()))
                    .put("base_increment", Decimals.step(decimals(symbol).quantity()));
        }
        return answer.toString();
    }

    @Override
    void onConnected() {
        super.onConnected();
        nextNumber = 0;
        owedHole = 0;
    }

    @Override
    protected List<String> onRequest(JsonNode request) {
        String channel = request.path("channel").asText();
        List<String> answers = new ArrayList<>();
        answers.add("{\"channel\":\"subscriptions\",\"timestamp\":\"\",\"sequence_num\":" + nextNumber++
                + ",\"events\":[{\"subscriptions\":{}}]}");
        if (channel.equals("heartbeats")) {
            subscribed.add(channel);
        }
        for (JsonNode product : request.path("product_ids")) {
            change(request.path("type").asText(), channel, product.asText(), answers);
        }
        return answers;
    }

    @Override
    protected String malformed() {
        return "{\"type\":\"error\",\"message\":\"failed to parse\"}";
    }

    private void change(String type, String channel, String symbol, List<String> answers) {
        if (type.equals("unsubscribe")) {
            subscribed.remove(channel + ":" + symbol);
        } else if (subscribed.add(channel + ":" + symbol)
                && channel.equals("level2")
                && books.containsKey(symbol)
                && book(symbol).isStarted) {
            answers.add(snapshot(symbol, book(symbol)));
        }
    }

    private String snapshot(String symbol, ModelBook book) {
        StringBuilder out = new StringBuilder("{\"channel\":\"l2_data\",\"timestamp\":\"\",\"sequence_num\":")
                .append(nextNumber++)
                .append(",\"events\":[{\"type\":\"snapshot\",\"product_id\":\"")
                .append(symbol)
                .append("\",\"updates\":[");
        append(out, "bid", book.bids);
        append(out, "offer", book.asks);
        return out.append("]}]}").toString();
    }

    private static void append(StringBuilder out, String side, Map<BigDecimal, BigDecimal> levels) {
        levels.forEach((price, quantity) -> {
            out.append(out.charAt(out.length() - 1) == '[' ? "" : ",");
            out.append("{\"side\":\"").append(side).append("\",\"price_level\":\"");
            out.append(price.toPlainString()).append("\",\"new_quantity\":\"");
            out.append(quantity.toPlainString()).append("\"}");
        });
    }

    @Override
    boolean isSubscribed(String symbol) {
        return subscribed.contains("level2:" + symbol);
    }

    @Override
    @Nullable
    String onDue(Frame frame) {
        owedHole += holes.getOrDefault(frame.json(), 0L);
        String text = super.onDue(frame);
        if (text == null) {
            return null;
        }
        long number = nextNumber + owedHole;
        nextNumber = number + 1;
        owedHole = 0;
        return NUMBER.matcher(text).replaceFirst("\"sequence_num\":" + number);
    }

    @Override
    protected void follow(Frame frame, ModelBook book) {
        JsonNode event = frame.json().path("events").path(0);
        if ("snapshot".equals(event.path("type").asText())) {
            book.begin();
        }
        for (JsonNode update : event.path("updates")) {
            boolean isBid = "bid".equals(update.path("side").asText());
            book.set(isBid, number(update.path("price_level")), number(update.path("new_quantity")));
        }
    }
}
