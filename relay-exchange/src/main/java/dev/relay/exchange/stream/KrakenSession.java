package dev.relay.exchange.stream;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.relay.exchange.api.DepthFault;
import dev.relay.exchange.api.Json;
import dev.relay.exchange.engine.Scaled;
import dev.relay.exchange.market.Market;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One connection that speaks Kraken's WebSocket v2: book with checksum, instrument, ping, heartbeat. Subscriptions to
 * ticker and trade are confirmed and stay silent. Exchange loop only; one window a market.
 */
final class KrakenSession implements SocketSession {
    private static final List<Integer> DEPTHS = List.of(10, 25, 100, 500, 1_000);
    private static final List<String> SILENT = List.of("ticker", "trade");
    private static final int DEFAULT_DEPTH = 10;

    private final KrakenHub hub;
    private final Outlet outlet;
    private final Map<Market, KrakenWindow> windows = new LinkedHashMap<>();
    private final Map<Market, DepthWire> wires = new HashMap<>();
    private boolean isSubscribed;
    private boolean hasSent;

    KrakenSession(KrakenHub hub, Outlet outlet) {
        this.hub = hub;
        this.outlet = outlet;
    }

    @Override
    public void onStarted() {
        hub.add(this);
        say("{\"channel\":\"status\",\"type\":\"update\",\"data\":[{\"version\":\"2.0.10\",\"system\":\"online\","
                + "\"api_version\":\"v2\",\"connection_id\":1,\"upcoming_maintenance\":[],\"emergency\":[]}]}");
    }

    void flush(Market market, @Nullable DepthFault fault, boolean spoilChecksum) {
        KrakenWindow window = windows.get(market);
        if (window != null) {
            String update = window.update(hub.time(), spoilChecksum);
            if (!update.isEmpty()) {
                String told = fault == null ? update : window.faulty(update, fault);
                wires.computeIfAbsent(market, unused -> new DepthWire(this::say))
                        .carry(told.getBytes(StandardCharsets.UTF_8), fault);
            }
        }
    }

    /** A fault waits until there is something that it can happen to. */
    boolean hasChanges(Market market) {
        KrakenWindow window = windows.get(market);
        return window != null && window.hasChanges();
    }

    void forget(Market market) {
        windows.remove(market);
        wires.remove(market);
    }

    void heartbeat() {
        if (isSubscribed && !hasSent) {
            say("{\"channel\":\"heartbeat\"}");
        }
        hasSent = false;
    }

    private void say(String json) {
        say(json.getBytes(StandardCharsets.UTF_8));
    }

    private void say(byte[] json) {
        hasSent = true;
        outlet.send(json);
    }

    @Override
    public void onText(String text) {
        try {
            JsonNode request = Json.read(text);
            switch (request.path("method").asText()) {
                case "subscribe" -> subscribe(request, request.path("params"));
                case "unsubscribe" -> unsubscribe(request, request.path("params"));
                case "ping" -> pong(request);
                default -> refuse(request, "", "Method not supported");
            }
        } catch (JsonProcessingException notJson) {
            refuse(Json.object(), "", "Malformed request");
        }
    }

    private void pong(JsonNode request) {
        ObjectNode answer = Json.object().put("method", "pong");
        answer.put("time_in", hub.time()).put("time_out", hub.time());
        finish(request, answer);
    }

    private void subscribe(JsonNode request, JsonNode params) {
        String channel = params.path("channel").asText();
        isSubscribed = true;
        if (channel.equals("instrument")) {
            confirm(request, Json.object().put("channel", channel).put("snapshot", true));
            say(new String(Json.write(instruments()), StandardCharsets.UTF_8));
            return;
        }
        for (String symbol : symbols(params)) {
            Market market = hub.market(symbol);
            if (market == null) {
                refuse(request, symbol, "Currency pair not supported " + symbol);
            } else if (channel.equals("book")) {
                book(request, market, params.path("depth").asInt(DEFAULT_DEPTH));
            } else if (SILENT.contains(channel)) {
                confirm(request, Json.object().put("channel", channel).put("symbol", symbol));
            } else {
                refuse(request, symbol, "Channel not supported");
            }
        }
    }

    private void book(JsonNode request, Market market, int depth) {
        String symbol = KrakenWindow.symbol(market);
        if (!DEPTHS.contains(depth)) {
            refuse(request, symbol, "Subscription depth not supported");
            return;
        }
        if (windows.containsKey(market)) {
            refuse(request, symbol, "Already subscribed");
            return;
        }
        KrakenWindow window = new KrakenWindow(market, depth);
        windows.put(market, window);
        confirm(
                request,
                Json.object()
                        .put("channel", "book")
                        .put("depth", depth)
                        .put("snapshot", true)
                        .put("symbol", symbol));
        say(window.snapshot(hub.time()));
    }

    private void unsubscribe(JsonNode request, JsonNode params) {
        String channel = params.path("channel").asText();
        for (String symbol : symbols(params)) {
            Market market = hub.market(symbol);
            if (channel.equals("book") && market != null) {
                forget(market);
            }
            confirm(request, Json.object().put("channel", channel).put("symbol", symbol));
        }
    }

    private static List<String> symbols(JsonNode params) {
        List<String> symbols = new ArrayList<>();
        params.path("symbol").forEach(symbol -> symbols.add(symbol.asText()));
        return symbols;
    }

    private ObjectNode instruments() {
        ObjectNode message = Json.object().put("channel", "instrument").put("type", "snapshot");
        ObjectNode data = message.putObject("data");
        data.putArray("assets");
        ArrayNode pairs = data.putArray("pairs");
        for (Market market : hub.markets()) {
            pairs.addObject()
                    .put("symbol", KrakenWindow.symbol(market))
                    .put("base", market.spec().baseAsset())
                    .put("quote", market.spec().quoteAsset())
                    .put("status", "online")
                    .put("qty_precision", KrakenWindow.QTY_PRECISION)
                    .put("qty_increment", decimal(1))
                    .put("qty_min", decimal(market.spec().stepSize()))
                    .put("price_precision", KrakenWindow.pricePrecision(market))
                    .put("price_increment", decimal(market.spec().tickSize()));
        }
        return message;
    }

    private static BigDecimal decimal(long scaled) {
        return Scaled.toDecimal(scaled).stripTrailingZeros();
    }

    private void confirm(JsonNode request, ObjectNode result) {
        ObjectNode answer = Json.object();
        answer.put("method", request.path("method").asText()).put("success", true);
        answer.set("result", result);
        answer.put("time_in", hub.time()).put("time_out", hub.time());
        finish(request, answer);
    }

    private void refuse(JsonNode request, String symbol, String why) {
        ObjectNode answer = Json.object();
        answer.put("method", request.path("method").asText()).put("success", false);
        answer.put("error", why);
        if (!symbol.isEmpty()) {
            answer.put("symbol", symbol);
        }
        finish(request, answer);
    }

    private void finish(JsonNode request, ObjectNode answer) {
        if (request.has("req_id")) {
            answer.set("req_id", request.get("req_id"));
        }
        say(new String(Json.write(answer), StandardCharsets.UTF_8));
    }

    @Override
    public void onClosed() {
        windows.clear();
        wires.clear();
        hub.remove(this);
    }

    @Override
    public void onShutdown() {
        hub.remove(this);
    }

    /** The venue's limit on messages is not published; this exchange has none here. */
    @Override
    public boolean admitMessage() {
        return true;
    }
}
