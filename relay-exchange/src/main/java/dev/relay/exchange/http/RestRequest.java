package dev.relay.exchange.http;

import org.jspecify.annotations.Nullable;

/**
 * One HTTP request, free of Netty. {@code rawQuery} and {@code body} are exactly as sent: they are what was signed. {@code apiSecret}
 * is what proves the key where it goes in a header: the secret itself, or a signature.
 */
public record RestRequest(
        String method,
        String path,
        String rawQuery,
        String body,
        @Nullable String apiKey,
        @Nullable String apiSecret,
        String ip) {
    /** Of a venue that signs requests and never sends the secret. */
    public RestRequest(String method, String path, String rawQuery, String body, @Nullable String apiKey, String ip) {
        this(method, path, rawQuery, body, apiKey, null, ip);
    }

    @Override
    public String toString() {
        return method + " " + path;
    }
}
