package dev.relay.client;

import dev.relay.client.internal.Inbound;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The answer to a request. Payloads are decoded when asked for. */
public final class Reply {
    private final Inbound inbound;

    Reply(Inbound inbound) {
        this.inbound = inbound;
    }

    public String sender() {
        return inbound.sender();
    }

    /** W3C trace context of the request that it answers, null without one. */
    public @Nullable String traceparent() {
        return inbound.block().length == 0 ? null : TraceContext.in(inbound.block());
    }

    public int content() {
        return inbound.content();
    }

    /** The payload itself; not to be changed. */
    public byte[] bytes() {
        return inbound.payload();
    }

    public String text() {
        return new String(inbound.payload(), StandardCharsets.UTF_8);
    }

    /** The payload as a JSON object. */
    public Map<String, @Nullable Object> json() {
        return Payloads.object(inbound.payload());
    }

    public <T> T as(Class<T> type) {
        return Payloads.decode(inbound.payload(), inbound.content(), type);
    }
}
