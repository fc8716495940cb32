package dev.relay.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The line that a long-running command prints when it serves: {@code ready component=daemon socket=/run/x.sock admin=http://127.0.0.1:9000}. */
public final class ReadyLine {
    private static final String WORD = "ready";

    /** Values must not contain blanks; paths with blanks are refused at configuration. */
    public static String of(Map<String, ? extends @Nullable Object> fields) {
        StringBuilder line = new StringBuilder(WORD);
        fields.forEach((key, value) -> line.append(' ').append(key).append('=').append(value));
        return line.toString();
    }

    /** Says where the admin server listens, when there is one. */
    static void admin(Map<String, Object> fields, int port) {
        if (port >= 0) {
            fields.put("admin", "http://127.0.0.1:" + port);
        }
    }

    public static Map<String, String> parse(String line) {
        Map<String, String> fields = new LinkedHashMap<>();
        for (String part : line.split(" ", -1)) {
            int equals = part.indexOf('=');
            if (equals > 0) {
                fields.put(part.substring(0, equals), part.substring(equals + 1));
            }
        }
        return fields;
    }

    private ReadyLine() {}
}
