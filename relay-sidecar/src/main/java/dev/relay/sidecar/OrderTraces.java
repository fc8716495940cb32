package dev.relay.sidecar;

import dev.relay.client.Message;
import dev.relay.client.SendOptions;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The trace of each order: the context of the request that placed it goes with every execution report, and one line is logged for each request and each report, with ids and without
 * payload. Called by handler threads and the thread "orders-bus". Bounded: the {@value #MOST} orders that were placed last; reports of older ones, and those after a restart, have no
 * context.
 */
final class OrderTraces {
    private static final Logger LOG = LoggerFactory.getLogger("dev.relay.orders");
    private static final String REPORT = "order.event";
    private static final int MOST = 10_000;

    private final Map<String, String> byOrder = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > MOST;
        }
    };

    /** A request came; an order that names no id has the message's. */
    void requested(Message request, byte[] id, Map<String, Object> body) {
        String trace = request.traceparent();
        if (trace != null) {
            String order = String.valueOf(
                    body.getOrDefault("client_order_id", HexFormat.of().formatHex(id)));
            synchronized (byOrder) {
                byOrder.put(order, trace);
            }
        }
    }

    /** Its answer is on its way back. */
    void answered(Message request, Map<String, Object> answer, long tookNs) {
        LOG.atInfo()
                .addKeyValue("kind", request.kind())
                .addKeyValue("sender", request.sender())
                .addKeyValue("result", answer.get("result"))
                .addKeyValue("code", answer.getOrDefault("code", ""))
                .addKeyValue("took_us", tookNs / 1_000)
                .addKeyValue("message_id", request.id())
                .addKeyValue("trace_id", traceId(request.traceparent()))
                .log("order_request");
    }

    /** Options of a publication: an execution report, or what belongs to no order. */
    SendOptions publishing(String kind, byte[] eventId, Map<String, Object> event) {
        String id = HexFormat.of().formatHex(eventId);
        return kind.equals(REPORT) ? reporting(id, event) : SendOptions.DEFAULT.appId(id);
    }

    private SendOptions reporting(String id, Map<String, Object> event) {
        String order = String.valueOf(event.get("client_order_id"));
        String trace;
        synchronized (byOrder) {
            trace = byOrder.get(order);
        }
        LOG.atInfo()
                .addKeyValue("symbol", event.get("symbol"))
                .addKeyValue("state", event.get("state"))
                .addKeyValue("client_order_id", order)
                .addKeyValue("event_id", id)
                .addKeyValue("trace_id", traceId(trace))
                .log("order_event");
        SendOptions options = SendOptions.DEFAULT.appId(id);
        return trace == null ? options : options.traceparent(trace);
    }

    static byte[] bytes(Message request) {
        return ByteBuffer.allocate(16)
                .putLong(request.id().getMostSignificantBits())
                .putLong(request.id().getLeastSignificantBits())
                .array();
    }

    private static String traceId(@Nullable String context) {
        return context == null ? "" : context.substring(3, 35);
    }
}
