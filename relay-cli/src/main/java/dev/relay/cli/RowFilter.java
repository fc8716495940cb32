package dev.relay.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Which rows are shown: all of {@code key=value} and {@code key!=value} must hold; {@code *} in a value stands for any text. Immutable. */
record RowFilter(List<Condition> conditions) {
    static final RowFilter ALL = new RowFilter(List.of());

    /** One of them. */
    record Condition(String key, Pattern value, boolean isNot) {}

    static RowFilter of(List<String> texts) {
        return new RowFilter(texts.stream().map(RowFilter::condition).toList());
    }

    private static Condition condition(String text) {
        int equals = text.indexOf('=');
        boolean isNot = equals > 0 && text.charAt(equals - 1) == '!';
        String key = equals < 1 ? "" : text.substring(0, isNot ? equals - 1 : equals);
        if (key.isEmpty()) {
            throw new CliException(ExitCode.USAGE, "--filter " + text + ": expected key=value or key!=value");
        }
        String[] parts = text.substring(equals + 1).split("\\*", -1);
        String pattern =
                String.join(".*", Arrays.stream(parts).map(Pattern::quote).toList());
        return new Condition(key, Pattern.compile(pattern, Pattern.DOTALL), isNot);
    }

    /** A column that is misspelt would show nothing, or with {@code !=} everything. */
    void check(Set<String> columns) {
        for (Condition condition : conditions) {
            if (!columns.contains(condition.key())) {
                throw new CliException(
                        ExitCode.USAGE,
                        "--filter: no row has a column " + condition.key() + "; did you mean "
                                + OptionSources.nearest(condition.key(), columns) + "? There are: "
                                + String.join(", ", columns));
            }
        }
    }

    boolean matches(Map<?, ?> row) {
        return conditions.stream().allMatch(c -> {
            Object value = row.get(c.key());
            return c.value().matcher(value == null ? "" : value.toString()).matches() != c.isNot();
        });
    }
}
