package dev.relay.cli;

import dev.relay.protocol.Json;
import dev.relay.protocol.JsonException;
import org.jspecify.annotations.Nullable;

/** A payload on the command line: JSON when it is JSON, else text. */
final class Payload {
    static @Nullable Object of(String text) {
        try {
            return Json.parse(text);
        } catch (JsonException e) {
            return text;
        }
    }

    private Payload() {}
}
