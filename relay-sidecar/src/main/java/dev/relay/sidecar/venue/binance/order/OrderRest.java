package dev.relay.sidecar.venue.binance.order;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.venue.order.JsonRest;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Signed REST requests, the way out while the socket is down. Called on "orders"; answers come back on it. */
final class OrderRest implements AutoCloseable {
    private final JsonRest rest;
    private final Signer signer;
    private final String apiKey;

    /** What came back. {@code wasWritten} false: the connection was never made. */
    record Answer(int status, JsonNode body, boolean wasWritten, String error, long retryAfterSeconds, Used used) {}

    /** The venue's own counts, -1 where it told none. */
    record Used(int weight, int orders10s, int ordersDay) {}

    OrderRest(JsonRest rest, Signer signer, String apiKey) {
        this.rest = rest;
        this.signer = signer;
        this.apiKey = apiKey;
    }

    void send(VenueCall call, Map<String, Object> params, boolean isSigned, Consumer<Answer> onAnswer) {
        String query = params.entrySet().stream()
                .map(e -> e.getKey() + '=' + URLEncoder.encode(e.getValue().toString(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        String signed = isSigned ? query + "&signature=" + signer.sign(query) : query;
        String path = signed.isEmpty() ? call.path : call.path + '?' + signed;
        rest.send(call.verb, path, Map.of("X-MBX-APIKEY", apiKey), null, reply -> onAnswer.accept(read(reply)));
    }

    private static Answer read(JsonRest.Reply reply) {
        return new Answer(
                reply.status(),
                reply.body(),
                reply.wasWritten(),
                reply.problem(),
                Math.max(0, reply.count("Retry-After")),
                new Used((int) reply.count("X-MBX-USED-WEIGHT-1M"), (int) reply.count("X-MBX-ORDER-COUNT-10S"), (int)
                        reply.count("X-MBX-ORDER-COUNT-1D")));
    }

    @Override
    public void close() {
        rest.close();
    }
}
