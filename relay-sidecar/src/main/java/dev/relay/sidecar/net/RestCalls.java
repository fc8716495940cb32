package dev.relay.sidecar.net;

import java.util.concurrent.CompletableFuture;

/** Requests to one base URI; see {@link RestClient}. Tests bring their own. */
public interface RestCalls extends AutoCloseable {
    CompletableFuture<RestResponse> get(String pathAndQuery);

    /** Sends one JSON document. */
    default CompletableFuture<RestResponse> post(String path, String json) {
        return CompletableFuture.failedFuture(new UnsupportedOperationException("no POST here, path=" + path));
    }

    @Override
    void close();
}
