package dev.relay.sidecar;

import dev.relay.client.Message;
import dev.relay.client.Relay;
import dev.relay.client.SendHandle;
import dev.relay.client.SendOptions;
import dev.relay.client.Span;
import dev.relay.client.TraceContext;
import dev.relay.client.Traces;
import dev.relay.sidecar.order.OrderRequests;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The trace of each order: the context of the request that placed it goes with every execution report, and one line is logged for each
 * request and each report, with ids and without payload. Called by handler threads and the thread "orders-bus". Bounded: the {@value #MOST}
 * orders that were placed last; reports of older ones, and those after a restart, have no context.
 */
final class OrderTraces {
    private static final Logger LOG = LoggerFactory.getLogger("dev.relay.orders");
    private static final String REPORT = "order.event";
    private static final int MOST = 10_000;
    private static final Placed UNKNOWN = new Placed("", null);

    /** What placed an order. */
    private record Placed(String messageId, @Nullable String context) {}

    private final Map<String, Placed> byOrder = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Placed> eldest) {
            return size() > MOST;
        }
    };

    /** A request came; an order that names no id has the message's. Called by its handler. Returns the span until its answer, null when none is exported. */
    @Nullable
    Span requested(Message request, byte[] id, Map<String, Object> body) {
        Span span = Traces.begin(Span.Kind.CLIENT, request.kind(), TraceContext.current());
        if (request.kind().equals(OrderRequests.PLACE)) {
            String order = String.valueOf(
                    body.getOrDefault("client_order_id", HexFormat.of().formatHex(id)));
            String context = span != null ? span.context() : TraceContext.current();
            synchronized (byOrder) {
                byOrder.put(order, new Placed(request.id().toString(), context));
            }
        }
        return span;
    }

    /** Its answer is on its way back. */
    void answered(Message request, Map<String, Object> answer, long tookNs, @Nullable Span span) {
        if (span != null) {
            span.attribute("relay.order.result", String.valueOf(answer.get("result")))
                    .attribute("relay.order.code", String.valueOf(answer.getOrDefault("code", "")))
                    .end();
        }
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

    /**
     * Publishes an execution report under its order's context, or what belongs to no order. The id is the same in every life of this
     * process, so that nothing is delivered twice.
     */
    SendHandle publish(Relay bus, String topic, String kind, byte[] eventId, Map<String, Object> event) {
        String id = HexFormat.of().formatHex(eventId);
        SendOptions options = SendOptions.DEFAULT.appId(id);
        return kind.equals(REPORT)
                ? TraceContext.within(reported(id, event), () -> bus.publish(topic, kind, event, options))
                : bus.publish(topic, kind, event, options);
    }

    private @Nullable String reported(String id, Map<String, Object> event) {
        String order = String.valueOf(event.get("client_order_id"));
        Placed placed;
        synchronized (byOrder) {
            placed = byOrder.getOrDefault(order, UNKNOWN);
        }
        LOG.atInfo()
                .addKeyValue("symbol", event.get("symbol"))
                .addKeyValue("state", event.get("state"))
                .addKeyValue("client_order_id", order)
                .addKeyValue("event_id", id)
                .addKeyValue("correlation_id", placed.messageId())
                .addKeyValue("trace_id", traceId(placed.context()))
                .log("order_event");
        return placed.context();
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
