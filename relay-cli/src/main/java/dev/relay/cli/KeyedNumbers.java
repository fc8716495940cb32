package dev.relay.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads the numbers of an option {@code KEY=VALUE,…}; every mistake is reported at once. One thread, one use. */
final class KeyedNumbers {
    private final String option;
    private final Map<String, String> given;
    private final List<String> mistakes = new ArrayList<>();

    KeyedNumbers(String option, Set<String> known, Map<String, String> given) {
        this.option = option;
        this.given = given;
        given.keySet().stream()
                .filter(key -> !known.contains(key))
                .sorted()
                .forEach(key -> mistake("unknown key " + key + ", known: "
                        + String.join(" ", known.stream().sorted().toList())));
    }

    void mistake(String what) {
        mistakes.add(what);
    }

    long number(String key, long fallback, long least, long most) {
        String text = given.get(key);
        if (text == null) {
            return fallback;
        }
        try {
            long value = Long.parseLong(text);
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // said below, with the range
        }
        mistake(key + "=" + text + ": must be a whole number from " + least + " to " + most);
        return fallback;
    }

    /** @throws CliException with every mistake, if there is one */
    void refuseMistakes() {
        if (!mistakes.isEmpty()) {
            throw new CliException(ExitCode.USAGE, option + ": " + String.join("; ", mistakes));
        }
    }
}
