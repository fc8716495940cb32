package dev.relay.sidecar.venue.binance.order;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.relay.sidecar.net.RestCalls;
import dev.relay.sidecar.net.RestResponse;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URLEncoder;
import java.net.http.HttpConnectTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Signed REST requests, the way out while the socket is down. Called on "orders"; answers come back on it. */
final class OrderRest implements AutoCloseable {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final RestCalls client;
    private final Signer signer;
    private final String apiKey;
    private final Executor orders;

    /** What came back. {@code wasWritten} false: the connection was never made. */
    record Answer(int status, JsonNode body, boolean wasWritten, String error, long retryAfterSeconds, Used used) {}

    /** The venue's own counts, -1 where it told none. */
    record Used(int weight, int orders10s, int ordersDay) {
        static final Used UNTOLD = new Used(-1, -1, -1);
    }

    OrderRest(RestCalls client, Signer signer, String apiKey, Executor orders) {
        this.client = client;
        this.signer = signer;
        this.apiKey = apiKey;
        this.orders = orders;
    }

    void send(VenueCall call, Map<String, Object> params, boolean isSigned, Consumer<Answer> onAnswer) {
        String query = params.entrySet().stream()
                .map(e -> e.getKey() + '=' + URLEncoder.encode(e.getValue().toString(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        String signed = isSigned ? query + "&signature=" + signer.sign(query) : query;
        String path = signed.isEmpty() ? call.path : call.path + '?' + signed;
        CompletableFuture<RestResponse> answer = client.send(call.verb, path, Map.of("X-MBX-APIKEY", apiKey), null);
        var unused =
                answer.whenComplete((response, error) -> orders.execute(() -> onAnswer.accept(read(response, error))));
    }

    private static Answer read(@Nullable RestResponse response, @Nullable Throwable error) {
        if (response == null) {
            Throwable cause =
                    error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
            boolean neverConnected = cause instanceof ConnectException || cause instanceof HttpConnectTimeoutException;
            return new Answer(0, MissingNode.getInstance(), !neverConnected, String.valueOf(cause), 0, Used.UNTOLD);
        }
        long retryAfter = response.header("Retry-After").map(OrderRest::seconds).orElse(0L);
        Used used = new Used(
                count(response, "X-MBX-USED-WEIGHT-1M"),
                count(response, "X-MBX-ORDER-COUNT-10S"),
                count(response, "X-MBX-ORDER-COUNT-1D"));
        try {
            return new Answer(response.status(), MAPPER.readTree(response.body()), true, "", retryAfter, used);
        } catch (IOException e) {
            return new Answer(
                    response.status(), MissingNode.getInstance(), true, "unreadable answer", retryAfter, used);
        }
    }

    private static int count(RestResponse response, String header) {
        return response.header(header).map(text -> (int) seconds(text)).orElse(-1);
    }

    private static long seconds(String text) {
        return text.matches("[0-9]{1,9}") ? Long.parseLong(text) : 0;
    }

    @Override
    public void close() {
        client.close();
    }
}
