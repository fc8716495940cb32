package dev.relay.client;

import java.util.Map;
import java.util.UUID;

/**
 * Names one message of this agent for {@link Relay#fate}: its stream, its place in it, and the id that it carries end to end.
 *
 * @param targetKind {@code agent} or {@code topics}
 * @param target the agent's name, empty for topics
 * @param streamClass {@code message}, {@code reply} or {@code express}
 */
public record MessageRef(String targetKind, String target, String streamClass, long epoch, long seq, UUID id) {
    Map<String, Object> arguments() {
        return Map.of(
                "target_kind", targetKind,
                "target", target,
                "class", streamClass,
                "epoch", epoch,
                "seq", seq,
                "id", id.toString());
    }
}
