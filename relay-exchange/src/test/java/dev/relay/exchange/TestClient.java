package dev.relay.exchange;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.relay.exchange.account.ApiKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A plain client on the JDK's own HTTP and WebSocket stack. */
final class TestClient {
    static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newHttpClient();
    private final RelayExchange exchange;
    private final String key;
    private final String secret;

    TestClient(RelayExchange exchange, String account) {
        this.exchange = exchange;
        this.key = "relay-" + account + "-key";
        this.secret = "relay-" + account + "-secret";
    }

    record Answer(int status, JsonNode body, java.net.http.HttpHeaders headers) {
        String header(String name) {
            return headers.firstValue(name).orElse("");
        }
    }

    String key() {
        return key;
    }

    Answer get(String pathAndQuery) {
        return call("GET", pathAndQuery);
    }

    Answer signed(String method, String path, String query) {
        String full = query + (query.isEmpty() ? "" : "&") + "timestamp=" + System.currentTimeMillis();
        return call(method, path + "?" + full + "&signature=" + ApiKey.Hmac.sign(secret, full));
    }

    Answer call(String method, String pathAndQuery) {
        HttpRequest request = HttpRequest.newBuilder(exchange.restUri().resolve(pathAndQuery))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .header("X-MBX-APIKEY", key)
                .build();
        try {
            HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
            return new Answer(response.statusCode(), JSON.readTree(response.body()), response.headers());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Parameters of a WebSocket API request, signed. */
    String wsParams(String... namesAndValues) {
        TreeMap<String, String> params = new TreeMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            params.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        params.put("apiKey", key);
        params.put("timestamp", Long.toString(System.currentTimeMillis()));
        StringBuilder payload = new StringBuilder();
        params.forEach((name, value) -> payload.append(payload.isEmpty() ? "" : "&")
                .append(name)
                .append('=')
                .append(value));
        params.put("signature", ApiKey.Hmac.sign(secret, payload.toString()));
        return JSON.valueToTree(params).toString();
    }

    Socket open(URI uri) {
        Socket socket = new Socket();
        http.newWebSocketBuilder().buildAsync(uri, socket).join();
        return socket;
    }

    /** Keeps every text message it gets. */
    static final class Socket implements WebSocket.Listener {
        final List<JsonNode> messages = new CopyOnWriteArrayList<>();
        private final StringBuilder partial = new StringBuilder();
        volatile boolean closed;
        final AtomicInteger pings = new AtomicInteger();
        private final CompletableFuture<WebSocket> ws = new CompletableFuture<>();

        void send(String text) {
            ws.join().sendText(text, true).join();
        }

        /** For a peer that may have hung up; whether it did is asserted elsewhere. */
        void trySend(String text) {
            ws.join().sendText(text, true).handle((sent, failed) -> true).join();
        }

        @Override
        public void onOpen(WebSocket webSocket) {
            ws.complete(webSocket);
            webSocket.request(1);
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            partial.append(data);
            if (last) {
                try {
                    messages.add(JSON.readTree(partial.toString()));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                partial.setLength(0);
            }
            webSocket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onPing(WebSocket webSocket, java.nio.ByteBuffer message) {
            pings.incrementAndGet();
            return WebSocket.Listener.super.onPing(webSocket, message);
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket webSocket, int statusCode, String reason) {
            closed = true;
            return null;
        }

        @Override
        public void onError(WebSocket webSocket, Throwable error) {
            closed = true;
        }
    }
}
