package dev.relay.exchange.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.Map;

/** One HTTP answer, free of Netty. */
public record RestAnswer(int status, Map<String, String> headers, JsonNode body) {
    /** Fault: the sender hears nothing. */
    public static final RestAnswer NONE = new RestAnswer(0, Map.of(), MissingNode.getInstance());

    public boolean isNone() {
        return status == 0;
    }

    public static RestAnswer ok(JsonNode body) {
        return new RestAnswer(200, Map.of(), body);
    }
}
