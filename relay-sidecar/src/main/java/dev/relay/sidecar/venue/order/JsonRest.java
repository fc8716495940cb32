package dev.relay.sidecar.venue.order;

import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.relay.sidecar.net.RestCalls;
import dev.relay.sidecar.net.RestResponse;
import dev.relay.sidecar.order.RefusalCode;
import dev.relay.sidecar.order.VenueAnswer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * JSON by REST, whichever venue it is: what came back, or whether anything can have been done without an answer. Called on
 * the thread "orders"; replies come back on it, each once. Numbers are read and written as exact decimals.
 */
public final class JsonRest implements AutoCloseable {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
            .build();

    private final RestCalls client;
    private final Executor orders;
    private final Runnable onAnswer;

    /** @param onAnswer hears that the venue has answered, before the reply is handed on */
    public JsonRest(RestCalls client, Executor orders, Runnable onAnswer) {
        this.client = client;
        this.orders = orders;
        this.onAnswer = onAnswer;
    }

    /**
     * What became of a request.
     *
     * @param status 0 without an answer
     * @param body missing where it was empty or no JSON
     * @param problem why there is no body to read; empty when there is nothing wrong
     * @param wasWritten false: no connection was made, so nothing can have been done
     */
    public record Reply(
            int status,
            JsonNode body,
            String problem,
            boolean wasWritten,
            @Nullable RestResponse response) {
        public boolean isAnswered() {
            return status != 0;
        }

        public boolean isReadable() {
            return isAnswered() && problem.isEmpty();
        }

        /** What a request without a readable answer came to. */
        public VenueAnswer failure() {
            return wasWritten
                    ? new VenueAnswer.InDoubt("REST: " + problem)
                    : new VenueAnswer.NotSent(RefusalCode.VENUE_UNAVAILABLE.name(), "REST is unreachable: " + problem);
        }

        /** A header that counts something; -1 without it. */
        public long count(String header) {
            return response == null
                    ? -1
                    : response.header(header)
                            .filter(text -> text.matches("[0-9]{1,10}"))
                            .map(Long::valueOf)
                            .orElse(-1L);
        }
    }

    public void send(
            String method, String path, Map<String, String> headers, @Nullable String body, Consumer<Reply> reply) {
        var unused = client.send(method, path, headers, body)
                .whenComplete((response, error) -> orders.execute(() -> {
                    Reply read = response == null ? unanswered(error) : answered(response);
                    if (read.isAnswered()) {
                        onAnswer.run();
                    }
                    reply.accept(read);
                }));
    }

    private static Reply unanswered(@Nullable Throwable error) {
        Throwable cause = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        boolean neverConnected = cause instanceof ConnectException || cause instanceof HttpConnectTimeoutException;
        return new Reply(0, MissingNode.getInstance(), String.valueOf(cause), !neverConnected, null);
    }

    private static Reply answered(RestResponse response) {
        JsonNode body = MissingNode.getInstance();
        String problem = "";
        try {
            body = response.body().length == 0 ? body : MAPPER.readTree(response.body());
        } catch (IOException notJson) {
            problem = "unreadable answer, status=" + response.status();
        }
        return new Reply(response.status(), body, problem, true, response);
    }

    /** The text of a request. */
    public static String json(Map<String, Object> fields) {
        try {
            return MAPPER.writeValueAsString(fields);
        } catch (IOException e) {
            throw new IllegalStateException("a request could not become JSON", e);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
