package dev.relay.cli.torture;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Arguments of an agent process, {@code key=value} each; the same for both languages. */
record Settings(Map<String, String> values) {
    static Settings of(String[] arguments) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("not key=value: " + argument);
            }
            values.put(argument.substring(0, equals), argument.substring(equals + 1));
        }
        return new Settings(values);
    }

    String text(String key) {
        String value = values.get(key);
        if (value == null) {
            throw new IllegalArgumentException("missing: " + key + "=");
        }
        return value;
    }

    boolean has(String key) {
        return values.containsKey(key);
    }

    Path path(String key) {
        return Path.of(text(key));
    }

    int number(String key) {
        return Integer.parseInt(text(key));
    }

    /** Name and life of this process: what a history calls a session. */
    String session() {
        return text("name") + "." + text("life");
    }
}
