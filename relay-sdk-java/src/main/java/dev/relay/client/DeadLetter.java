package dev.relay.client;

import dev.relay.protocol.Json;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One dead letter as the daemon tells it; its payload is there when it was asked for alone. */
public final class DeadLetter {
    private final Map<String, @Nullable Object> fields;

    DeadLetter(Map<String, @Nullable Object> fields) {
        this.fields = fields;
    }

    /** Its number in the queue; rises with time. */
    public long no() {
        return number("no");
    }

    /** The message's id, as its sender and recipient saw it. */
    public String id() {
        return text("id");
    }

    /** Name of the agent that sent it. */
    public String sender() {
        return text("sender");
    }

    /** Name of the agent that it was for. */
    public String target() {
        return text("target");
    }

    /** The message's kind, "" when it has none. */
    public String kind() {
        return text("kind");
    }

    /** A name of {@code dead_letter_reasons}. */
    public String reason() {
        return text("reason");
    }

    /** How often a handler had it. */
    public long attempts() {
        return number("attempts");
    }

    /** What its last handler said. */
    public String error() {
        return text("error");
    }

    /** Wall clock of its death, in milliseconds. */
    public long deadAtMs() {
        return number("dead_at_ms");
    }

    /** The payload; null in a list, and when it is not kept. */
    public byte @Nullable [] payload() {
        return fields.get("payload") instanceof String base64
                ? Base64.getDecoder().decode(base64)
                : null;
    }

    /** Everything that the daemon told, by the names of the protocol. */
    public Map<String, @Nullable Object> fields() {
        return fields;
    }

    private String text(String key) {
        return fields.get(key) instanceof String value ? value : "";
    }

    private long number(String key) {
        return fields.get(key) instanceof Long value ? value : 0;
    }

    @Override
    public String toString() {
        return "DeadLetter[no=" + no() + " sender=" + sender() + " target=" + target() + " reason=" + reason() + "]";
    }

    /** Its fields by name, in the order of the alphabet. */
    String json() {
        return Json.write(new TreeMap<>(fields));
    }
}
