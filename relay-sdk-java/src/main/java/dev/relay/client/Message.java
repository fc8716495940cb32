package dev.relay.client;

import dev.relay.client.internal.Inbound;
import dev.relay.client.internal.MessageClass;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A delivered message as its handler sees it. Payloads are decoded when asked for. Safe for any thread. */
public final class Message {
    private final Inbound inbound;
    private final Engine engine;

    Message(Inbound inbound, Engine engine) {
        this.inbound = inbound;
        this.engine = engine;
    }

    Inbound inbound() {
        return inbound;
    }

    public String kind() {
        return inbound.kind();
    }

    public String sender() {
        return inbound.sender();
    }

    /** The topic that it was published on, null for a direct message. */
    public @Nullable String topic() {
        return inbound.topic();
    }

    /** Travels with the message from the call that sent it. */
    public UUID id() {
        return new UUID(inbound.idMsb(), inbound.idLsb());
    }

    /** 1 for the first delivery. */
    public int attempt() {
        return inbound.attempt();
    }

    /** True when it may have been delivered before. */
    public boolean isRedelivered() {
        return inbound.isRedelivered();
    }

    /** True when the sender waits for an answer. */
    public boolean isRequest() {
        return inbound.isRequest();
    }

    /** True when it was published on a topic. */
    public boolean isPublication() {
        return inbound.messageClass() == MessageClass.TOPIC;
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

    /** The payload as the given type: records, maps, lists and scalars, and whatever a codec on the class path knows. */
    public <T> T as(Class<T> type) {
        return Payloads.decode(inbound.payload(), inbound.content(), type);
    }

    /** Acks by hand; needed with {@link AckMode#MANUAL} only, harmless when repeated. */
    public void ack() {
        engine.ack(inbound);
    }

    /** Answers a request by hand; its ack goes with the answer. At most one answer; a second throws {@link RelayRefused}. */
    public void respond(@Nullable Object value) {
        engine.respond(inbound, value);
    }

    @Override
    public String toString() {
        return "Message[sender=" + sender() + " kind=" + kind() + " seq=" + inbound.seq() + " bytes="
                + inbound.payload().length + "]";
    }
}
