package dev.relay.cli.demo;

import dev.relay.protocol.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;

/** Asks the local exchange for its own books and accounts, beside the venue's protocol: what the verdict compares with. */
final class Truth {
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private final URI base;

    Truth(URI base) {
        this.base = base;
    }

    /** Stops or restarts the exchange's own order flow. */
    void pauseFlow(boolean isPaused) {
        get("/relay/flow?paused=" + isPaused);
    }

    /** {@code lastUpdateId}, {@code bids}, {@code asks}: lists of price and quantity texts, best first. */
    Map<String, ?> book(String symbol, int limit) {
        return get("/relay/truth/book?symbol=" + symbol + "&limit=" + limit);
    }

    /** {@code trades}, {@code balances}, {@code openOrders} of an account. */
    Map<String, ?> account(String apiKey) {
        return get("/relay/truth/account?apiKey=" + apiKey);
    }

    private Map<String, ?> get(String path) {
        HttpRequest request = HttpRequest.newBuilder(base.resolve(path))
                .timeout(Duration.ofSeconds(5))
                .build();
        try {
            HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new IllegalStateException(
                        "the exchange answered status=" + answer.statusCode() + " path=" + path + ": " + answer.body());
            }
            return Json.object(answer.body());
        } catch (IOException e) {
            throw new IllegalStateException("the exchange did not answer: path=" + path + ": " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
