package dev.relay.sidecar.net;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Requests to one base URI; see {@link RestClient}. Tests bring their own. */
public interface RestCalls extends AutoCloseable {
    CompletableFuture<RestResponse> get(String pathAndQuery);

    /** Sends one JSON document. */
    default CompletableFuture<RestResponse> post(String path, String json) {
        return CompletableFuture.failedFuture(new UnsupportedOperationException("no POST here, path=" + path));
    }

    /** Any method; {@code pathAndQuery} is appended to the base as it stands (already encoded and signed). */
    default CompletableFuture<RestResponse> send(
            String method, String pathAndQuery, Map<String, String> headers, @Nullable String body) {
        return CompletableFuture.failedFuture(new UnsupportedOperationException("no " + method + " here"));
    }

    @Override
    void close();
}
