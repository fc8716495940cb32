package dev.relay.cli;

import dev.relay.client.Relay;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Asks the daemon and keeps what a person wants to see: its answer without the fields of the protocol. */
final class Control {
    static Map<String, @Nullable Object> ask(Relay relay, String op, Map<String, ?> arguments) {
        Map<String, @Nullable Object> answer = new LinkedHashMap<>(relay.control(op, arguments));
        answer.remove("ref");
        answer.remove("ok");
        return answer;
    }

    private Control() {}
}
