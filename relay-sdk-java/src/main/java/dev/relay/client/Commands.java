package dev.relay.client;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The commands that an agent takes, by name; an unknown one is answered with an error. Any thread; as many as the agent registers. */
final class Commands implements Handler {
    private final Map<String, Command> commands = new ConcurrentHashMap<>();

    boolean isEmpty() {
        return commands.isEmpty();
    }

    void add(String name, Command command) {
        commands.put(name, command);
    }

    @Override
    public @Nullable Object handle(Message message) throws Exception {
        Map<String, ?> body = message.json();
        Command command = commands.get(String.valueOf(body.get("command")));
        if (command == null) {
            throw new IllegalArgumentException(
                    "unknown command: " + body.get("command") + "; there are " + commands.keySet());
        }
        return command.run(body.get("args") instanceof Map<?, ?> arguments ? cast(arguments) : Map.of());
    }

    @SuppressWarnings("unchecked")
    private static Map<String, ?> cast(Map<?, ?> arguments) {
        return (Map<String, ?>) arguments;
    }
}
