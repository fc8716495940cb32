package dev.relay.daemon.presence;

import dev.relay.daemon.routing.Arguments;
import dev.relay.daemon.session.Agent;
import dev.relay.protocol.Json;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What an agent says of itself. Immutable. */
record Declaration(Map<String, @Nullable Object> metadata, List<String> capabilities) {
    static final int MAX_BYTES = 4_096;
    static final int MAX_CAPABILITIES = 32;
    private static final int MAX_CAPABILITY_LETTERS = 64;

    /** What is wrong with it as JSON, or null. */
    static @Nullable String mistake(Map<String, @Nullable Object> json) {
        Object metadata = json.get("metadata");
        List<String> capabilities = Arguments.texts(json, "capabilities");
        if (metadata != null && !(metadata instanceof Map)) {
            return "metadata is a JSON object";
        }
        if (metadata != null && bytes(metadata).length > MAX_BYTES) {
            return "metadata has at most " + MAX_BYTES + " bytes of JSON";
        }
        if (capabilities == null
                || capabilities.size() > MAX_CAPABILITIES
                || !capabilities.stream().allMatch(c -> !c.isEmpty() && c.length() <= MAX_CAPABILITY_LETTERS)) {
            return "capabilities is a list of at most " + MAX_CAPABILITIES + " texts of 1 to " + MAX_CAPABILITY_LETTERS
                    + " letters";
        }
        return null;
    }

    static byte[] bytes(Object json) {
        return Json.write(json).getBytes(StandardCharsets.UTF_8);
    }

    static Declaration of(Agent agent) {
        return new Declaration(agent.metadata, agent.capabilities);
    }

    /** What is given takes the place of what was said before; the rest stays. */
    @SuppressWarnings("unchecked")
    Declaration with(Map<String, @Nullable Object> json) {
        List<String> texts = Arguments.texts(json, "capabilities");
        return new Declaration(
                json.get("metadata") instanceof Map<?, ?> map
                        ? new LinkedHashMap<>((Map<String, @Nullable Object>) map)
                        : metadata,
                json.get("capabilities") == null || texts == null ? capabilities : List.copyOf(texts));
    }

    void giveTo(Agent agent) {
        agent.metadata = metadata;
        agent.capabilities = capabilities;
    }

    /** The row that is kept; null for nothing said. */
    byte @Nullable [] row() {
        return metadata.isEmpty() && capabilities.isEmpty()
                ? null
                : bytes(Map.of("metadata", metadata, "capabilities", capabilities));
    }
}
