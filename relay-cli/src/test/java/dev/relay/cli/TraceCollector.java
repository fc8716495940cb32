package dev.relay.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** What an OpenTelemetry collector is to its clients: takes OTLP over HTTP in its JSON form and keeps the spans. */
final class TraceCollector implements AutoCloseable {
    private final ObjectMapper json = new ObjectMapper();
    private final List<JsonNode> spans = new CopyOnWriteArrayList<>();
    private final HttpServer server;

    TraceCollector() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v1/traces", this::take);
        server.start();
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/v1/traces");
    }

    private void take(HttpExchange exchange) throws IOException {
        JsonNode request = json.readTree(exchange.getRequestBody());
        request.findValues("spans").forEach(list -> list.forEach(spans::add));
        exchange.sendResponseHeaders(200, 2);
        exchange.getResponseBody().write(new byte[] {'{', '}'});
        exchange.close();
    }

    List<JsonNode> spans() {
        return List.copyOf(spans);
    }

    /** The first of this name under that parent; null for a parent that is not exported, or none. */
    Optional<JsonNode> find(String name, @Nullable JsonNode parent) {
        return spans.stream()
                .filter(span -> span.path("name").asText().equals(name))
                .filter(span -> parent == null
                        || span.path("parentSpanId")
                                .asText()
                                .equals(parent.path("spanId").asText()))
                .findFirst();
    }

    /** An attribute's value as text. */
    static String attribute(JsonNode span, String key) {
        for (JsonNode attribute : span.path("attributes")) {
            if (attribute.path("key").asText().equals(key)) {
                return attribute.path("value").elements().next().asText();
            }
        }
        return "";
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
