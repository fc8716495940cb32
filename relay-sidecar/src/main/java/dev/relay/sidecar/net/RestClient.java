package dev.relay.sidecar.net;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * Asynchronous HTTP to one base URI. Any thread may call; futures end on this client's own threads, so a caller that owns
 * state hands the result to its own thread. Bounded: time per request and size of an answer; both end the future with the
 * cause. It neither retries nor limits: those are decisions of the venue adapter.
 */
public final class RestClient implements RestCalls {
    private static final int MAX_BODY_BYTES = 64 << 20;
    private static final int THREADS = 2;

    private final URI base;
    private final Duration timeout;
    private final ExecutorService threads;
    private final HttpClient http;

    public RestClient(URI base, Duration timeout) {
        this.base = base;
        this.timeout = timeout;
        this.threads = Executors.newFixedThreadPool(THREADS, task -> {
            Thread thread = new Thread(task, "sidecar-rest");
            thread.setDaemon(true);
            return thread;
        });
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(timeout)
                .executor(threads)
                .build();
    }

    @Override
    public CompletableFuture<RestResponse> get(String pathAndQuery) {
        return send("GET", pathAndQuery, Map.of(), null);
    }

    @Override
    public CompletableFuture<RestResponse> post(String path, String json) {
        return send("POST", path, Map.of("Content-Type", "application/json"), json);
    }

    @Override
    public CompletableFuture<RestResponse> send(
            String method, String pathAndQuery, Map<String, String> headers, @Nullable String body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + pathAndQuery))
                .timeout(timeout)
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        headers.forEach(request::header);
        return http.sendAsync(request.build(), info -> new BoundedBody(MAX_BODY_BYTES))
                .thenApply(answer ->
                        new RestResponse(answer.statusCode(), answer.headers().map(), answer.body()));
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
