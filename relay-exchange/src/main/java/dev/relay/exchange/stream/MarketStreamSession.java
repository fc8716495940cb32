package dev.relay.exchange.stream;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.relay.exchange.api.Json;
import dev.relay.exchange.api.LimitsConfig;
import dev.relay.exchange.market.ExchangeClock;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * One connection to the market streams: its subscriptions and the control messages that change them. Subscribing beyond
 * the limit of streams is refused and changes nothing. A name that no market has is accepted and stays silent, as on
 * the venue.
 */
public final class MarketStreamSession implements SocketSession, Subscriber {
    private static final int INVALID_REQUEST = 2;

    private final StreamHub hub;
    private final Outlet outlet;
    private final LimitsConfig limits;
    private final ExchangeClock clock;
    private final Set<String> streams = new LinkedHashSet<>();
    private boolean combined;
    private long second;
    private int messagesInSecond;

    public MarketStreamSession(
            StreamHub hub, Outlet outlet, LimitsConfig limits, ExchangeClock clock, boolean combined) {
        this.hub = hub;
        this.outlet = outlet;
        this.limits = limits;
        this.clock = clock;
        this.combined = combined;
    }

    /** Streams named in the address the peer dialled. */
    public void open(List<String> names) {
        names.stream().limit(limits.streamsPerConnection()).forEach(this::add);
    }

    @Override
    public void onEvent(StreamMessage message) {
        outlet.send(combined ? message.combined() : message.raw());
    }

    @Override
    public void onText(String text) {
        try {
            JsonNode request = Json.read(text);
            if (request == null || !request.isObject()) {
                refuse(Json.object(), "request must be an object");
                return;
            }
            onRequest(request);
        } catch (JsonProcessingException notJson) {
            refuse(Json.object(), "not valid JSON");
        }
    }

    @Override
    public void onClosed() {
        streams.forEach(stream -> hub.unsubscribe(stream, this));
        streams.clear();
    }

    @Override
    public void onShutdown() {
        byte[] event = Json.write(Json.object().put("e", "serverShutdown").put("E", clock.nowMs()));
        onEvent(new StreamMessage("!serverShutdown", event));
    }

    @Override
    public boolean admitMessage() {
        long now = clock.nowMs() / 1000;
        if (now != second) {
            second = now;
            messagesInSecond = 0;
        }
        return ++messagesInSecond <= limits.streamMessagesPerSecond();
    }

    private void onRequest(JsonNode request) {
        switch (request.path("method").asText()) {
            case "SUBSCRIBE" -> subscribe(request);
            case "UNSUBSCRIBE" -> unsubscribe(request);
            case "LIST_SUBSCRIPTIONS" -> list(request);
            case "SET_PROPERTY" -> setProperty(request);
            case "GET_PROPERTY" -> reply(request, Json.object().put("result", combined));
            default ->
                refuse(
                        request,
                        "unknown variant, expected one of SUBSCRIBE, UNSUBSCRIBE, LIST_SUBSCRIPTIONS,"
                                + " SET_PROPERTY, GET_PROPERTY");
        }
    }

    private void subscribe(JsonNode request) {
        List<String> names = names(request);
        Set<String> after = new LinkedHashSet<>(streams);
        after.addAll(names);
        if (names.isEmpty() || after.size() > limits.streamsPerConnection()) {
            refuse(request, names.isEmpty() ? "params must name streams" : "too many streams");
            return;
        }
        names.forEach(this::add);
        reply(request, Json.object().putNull("result"));
    }

    private void unsubscribe(JsonNode request) {
        for (String name : names(request)) {
            streams.remove(name);
            hub.unsubscribe(name, this);
        }
        reply(request, Json.object().putNull("result"));
    }

    private void list(JsonNode request) {
        ArrayNode names = Json.array();
        streams.forEach(names::add);
        ObjectNode answer = Json.object();
        answer.set("result", names);
        reply(request, answer);
    }

    private void setProperty(JsonNode request) {
        JsonNode params = request.path("params");
        if (!"combined".equals(params.path(0).asText()) || !params.path(1).isBoolean()) {
            refuse(request, "unknown property");
            return;
        }
        combined = params.path(1).asBoolean();
        reply(request, Json.object().putNull("result"));
    }

    private void add(String name) {
        streams.add(name);
        hub.subscribe(name, this);
    }

    private static List<String> names(JsonNode request) {
        List<String> names = new ArrayList<>();
        for (JsonNode name : request.path("params")) {
            if (name.isTextual() && !name.asText().isEmpty()) {
                names.add(name.asText());
            }
        }
        return names;
    }

    private void refuse(JsonNode request, String why) {
        reply(request, Json.object().put("code", INVALID_REQUEST).put("msg", "Invalid request: " + why));
    }

    private void reply(JsonNode request, ObjectNode answer) {
        if (request.has("id")) {
            answer.set("id", request.get("id"));
        }
        outlet.send(Json.write(answer));
    }
}
