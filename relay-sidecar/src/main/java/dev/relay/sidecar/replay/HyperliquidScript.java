package dev.relay.sidecar.replay;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.relay.sidecar.venue.Venue;
import dev.relay.sidecar.venue.hyperliquid.HyperliquidVenue;
import java.math.BigDecimal;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Hyperliquid: every {@code l2Book} frame is a whole book, so there is nothing to follow and nothing to ask again. */
final class HyperliquidScript extends ReplayScript {
    @Override
    protected @Nullable Frame take(BigDecimal ts, String text) throws BrokenLine {
        JsonNode json = RecordingReader.parse(text, "frame");
        String channel = json.path("channel").asText();
        if (!json.isObject() || channel.isEmpty()) {
            throw new BrokenLine("frame is not a JSON object with channel");
        }
        JsonNode data = json.path("data");
        return switch (channel) {
            case "trades" ->
                new Frame(ts, text, "trades:" + data.path(0).path("coin").asText(), "", json);
            case "l2Book" -> book(ts, text, json, data);
            default -> null;
        };
    }

    private Frame book(BigDecimal ts, String text, JsonNode json, JsonNode data) throws BrokenLine {
        String coin = data.path("coin").asText();
        String problem = "l2Book frame without coin, time and two lists of px and sz";
        if (coin.isEmpty()
                || !data.path("time").isIntegralNumber()
                || data.path("levels").size() != 2) {
            throw new BrokenLine(problem);
        }
        for (JsonNode side : data.path("levels")) {
            for (JsonNode level : side) {
                see(coin, level.path("px"), level.path("sz"), problem);
            }
        }
        return new Frame(ts, text, "l2Book:" + coin, coin, json);
    }

    @Override
    Venue venue(URI http, URI ws) {
        return new HyperliquidVenue(http, URI.create(ws + path()));
    }

    @Override
    String path() {
        return "/ws";
    }

    @Override
    @Nullable
    String answer(String path, Map<String, List<String>> query, String body) {
        if (!path.equals("/info") || !body.contains("\"meta\"")) {
            return null;
        }
        ObjectNode answer = RecordingReader.JSON.createObjectNode();
        ArrayNode universe = answer.putArray("universe");
        for (String symbol : symbols()) {
            universe.addObject()
                    .put("name", symbol)
                    .put("szDecimals", decimals(symbol).quantity());
        }
        return answer.toString();
    }

    @Override
    protected List<String> onRequest(JsonNode request) {
        if ("ping".equals(request.path("method").asText())) {
            return List.of("{\"channel\":\"pong\"}");
        }
        JsonNode subscription = request.path("subscription");
        String topic = subscription.path("type").asText() + ":"
                + subscription.path("coin").asText();
        if ("subscribe".equals(request.path("method").asText())) {
            subscribed.add(topic);
        } else {
            subscribed.remove(topic);
        }
        ObjectNode answer = RecordingReader.JSON.createObjectNode().put("channel", "subscriptionResponse");
        answer.set("data", request);
        return List.of(answer.toString());
    }

    @Override
    protected String malformed() {
        return "{\"channel\":\"error\",\"data\":\"Error parsing JSON\"}";
    }

    @Override
    boolean isSubscribed(String symbol) {
        return subscribed.contains("l2Book:" + symbol);
    }
}
