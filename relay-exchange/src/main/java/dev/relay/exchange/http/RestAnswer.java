package dev.relay.exchange.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/** One HTTP answer, free of Netty. */
public record RestAnswer(int status, Map<String, String> headers, JsonNode body) {
    public static RestAnswer ok(JsonNode body) {
        return new RestAnswer(200, Map.of(), body);
    }
}
