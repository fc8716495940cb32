package dev.relay.cli;

import dev.relay.client.Relay;
import java.io.ByteArrayOutputStream;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One dead letter with all of its payload, which comes in pieces.
 *
 * @param fields what {@code dlq.show} tells but the piece
 */
record DeadLetterPayload(Map<String, @Nullable Object> fields, byte[] bytes) {
    static DeadLetterPayload read(Relay relay, long no) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Map<String, @Nullable Object> piece;
        do {
            piece = relay.control("dlq.show", Map.of("no", no, "offset", bytes.size()));
            bytes.writeBytes(Base64.getDecoder().decode(String.valueOf(piece.getOrDefault("payload", ""))));
        } while (Boolean.TRUE.equals(piece.get("more")));
        Map<String, @Nullable Object> fields = new LinkedHashMap<>(piece);
        fields.keySet().removeAll(Set.of("ref", "ok", "more", "payload"));
        return new DeadLetterPayload(fields, bytes.toByteArray());
    }

    /** With the payload in base64. */
    Map<String, @Nullable Object> asJson() {
        Map<String, @Nullable Object> json = new LinkedHashMap<>(fields);
        json.put("payload", Base64.getEncoder().encodeToString(bytes));
        return json;
    }
}
