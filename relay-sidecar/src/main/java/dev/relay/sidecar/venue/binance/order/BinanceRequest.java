package dev.relay.sidecar.venue.binance.order;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.order.VenueAnswer;
import java.util.Map;
import java.util.function.Consumer;

/**
 * One request before signing.
 *
 * @param read turns the result of a good answer into an outcome
 * @param isRetry it was refused for its timestamp once already
 */
record BinanceRequest(
        VenueCall call, Map<String, Object> params, Reader read, Consumer<VenueAnswer> answer, boolean isRetry) {

    /** Reads the result of a good answer. */
    interface Reader {
        VenueAnswer read(JsonNode result, long serverAtMs);
    }

    BinanceRequest retry() {
        return new BinanceRequest(call, params, read, answer, true);
    }
}
