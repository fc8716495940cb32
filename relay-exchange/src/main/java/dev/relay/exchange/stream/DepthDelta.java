package dev.relay.exchange.stream;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.relay.exchange.api.Json;
import dev.relay.exchange.engine.Scaled;
import dev.relay.exchange.engine.Side;
import java.util.Map;
import java.util.TreeMap;

/**
 * What changed in one book since the last event: the newest quantity of each touched level and the range of update ids.
 * Consecutive events therefore chain: U is the previous u plus one.
 */
final class DepthDelta {
    private final TreeMap<Long, Long> bids = new TreeMap<>((a, b) -> Long.compare(b, a));
    private final TreeMap<Long, Long> asks = new TreeMap<>();
    private long firstId;
    private long lastId;

    void add(Side side, long price, long qty, long updateId) {
        if (isEmpty()) {
            firstId = updateId;
        }
        lastId = updateId;
        (side == Side.BUY ? bids : asks).put(price, qty);
    }

    boolean isEmpty() {
        return bids.isEmpty() && asks.isEmpty();
    }

    ObjectNode event(String symbol, long nowMs) {
        ObjectNode node = Json.object()
                .put("e", "depthUpdate")
                .put("E", nowMs)
                .put("s", symbol)
                .put("U", firstId)
                .put("u", lastId);
        node.set("b", levels(bids));
        node.set("a", levels(asks));
        return node;
    }

    void clear() {
        bids.clear();
        asks.clear();
    }

    private static ArrayNode levels(Map<Long, Long> side) {
        ArrayNode array = Json.array();
        side.forEach((price, qty) -> array.addArray().add(Scaled.format(price)).add(Scaled.format(qty)));
        return array;
    }
}
