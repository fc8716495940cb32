package dev.relay.cli.supervisor;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What may be started: only what stands in the file, and of its arguments only the values that {@code params} names, each matching its
 * pattern as a whole. A value fills its {@code ${…}} inside one argument; there is no shell that could read it.
 *
 * @param command the program and its first arguments, as they are
 * @param args more arguments, with {@code ${param}} in them
 * @param params names of values and the patterns that they match
 */
public record Template(
        String name,
        List<String> command,
        List<String> args,
        Map<String, String> params,
        Map<String, String> env,
        Restart restart,
        Map<TemplateNumber, Long> numbers) {
    /** The agent's own name is a value that every template has. */
    static final String NAME = "name";

    private static final int MAX_VALUE = 256;

    public Template {
        command = List.copyOf(command);
        args = List.copyOf(args);
        params = Map.copyOf(params);
        env = Map.copyOf(env);
        numbers = Map.copyOf(numbers);
    }

    /** Of a process that runs although its template has left the file: it is not started again. */
    static Template absent(String name) {
        return new Template(name, List.of(), List.of(), Map.of(), Map.of(), Restart.NEVER, Map.of());
    }

    long number(TemplateNumber which) {
        return Objects.requireNonNullElse(numbers.get(which), which.fallback());
    }

    /** Program and arguments with these values; a {@link Refusal} BAD_REQUEST says which value is wrong. */
    List<String> commandLine(String agent, Map<String, String> values) {
        if (command.isEmpty()) {
            throw new Refusal("NOT_FOUND", "the template has left the configuration: template=" + name);
        }
        values.keySet().stream()
                .filter(key -> !params.containsKey(key))
                .findFirst()
                .ifPresent(key -> {
                    throw new Refusal(
                            "BAD_REQUEST", "template=" + name + " takes no argument of that name: " + plain(key));
                });
        params.forEach((key, pattern) -> check(key, pattern, values.get(key)));
        List<String> line = new ArrayList<>(command);
        Map<String, String> all = new TreeMap<>(values);
        all.put(NAME, agent);
        args.forEach(arg -> line.add(fill(arg, all)));
        return line;
    }

    private void check(String key, String pattern, @Nullable String value) {
        if (value == null) {
            throw new Refusal("BAD_REQUEST", "template=" + name + " needs the argument " + key);
        }
        if (value.length() > MAX_VALUE || !Pattern.matches(pattern, value)) {
            throw new Refusal("BAD_REQUEST", "template=" + name + " argument " + key + " must match " + pattern);
        }
    }

    private static String fill(String arg, Map<String, String> values) {
        StringBuilder filled = new StringBuilder();
        int from = 0;
        for (int at = arg.indexOf("${"); at >= 0; at = arg.indexOf("${", from)) {
            int end = arg.indexOf('}', at);
            String value = end < 0 ? null : values.get(arg.substring(at + 2, end));
            if (value == null) {
                filled.append(arg, from, at + 2);
                from = at + 2;
            } else {
                filled.append(arg, from, at).append(value);
                from = end + 1;
            }
        }
        return filled.append(arg, from, arg.length()).toString();
    }

    private static String plain(String text) {
        return text.substring(0, Math.min(64, text.length())).replaceAll("\\p{Cntrl}", "?");
    }
}
