package dev.relay.client;

import dev.relay.client.internal.Inbound;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What came from another agent: bytes with a content type, decoded when asked for. Safe for any thread. */
public abstract sealed class Payload permits Message, Reply {
    final Inbound inbound;

    Payload(Inbound inbound) {
        this.inbound = inbound;
    }

    /** Name of the agent that sent it. */
    public String sender() {
        return inbound.sender();
    }

    /** W3C trace context of a message's sender, or of the request that a reply answers; null without one. What a handler sends carries it on. */
    public @Nullable String traceparent() {
        return inbound.block().length == 0 ? null : TraceContext.in(inbound.block());
    }

    /** The number of its content type: 0 bytes, 1 JSON, 2 UTF-8 text, 3 MessagePack, 128 to 255 the application's. */
    public int content() {
        return inbound.content();
    }

    /** The payload itself; not to be changed. */
    public byte[] bytes() {
        return inbound.payload();
    }

    /** The payload as UTF-8 text. */
    public String text() {
        return new String(inbound.payload(), StandardCharsets.UTF_8);
    }

    /** The payload as a JSON object. */
    public Map<String, @Nullable Object> json() {
        return Payloads.object(inbound.payload());
    }

    /** The payload as the given type: records, maps, lists and scalars, and whatever a codec on the class path knows. */
    public <T> T as(Class<T> type) {
        return Payloads.decode(inbound.payload(), inbound.content(), type);
    }
}
