package dev.relay.cli;

import org.jspecify.annotations.Nullable;

/** Whether a person looks at our output. The launcher says so. */
final class Tty {
    static boolean isOut() {
        return is("relay.terminal");
    }

    static boolean isErr() {
        return is("relay.terminal.err");
    }

    /** Bold headings only where somebody looks who did not say NO_COLOR (no-color.org: set and not empty). */
    static boolean isColourful() {
        return isOut() && isWelcome(System.getenv("NO_COLOR"), System.getenv("TERM"));
    }

    static boolean isWelcome(@Nullable String noColor, @Nullable String term) {
        return (noColor == null || noColor.isEmpty()) && !"dumb".equals(term);
    }

    private static boolean is(String property) {
        return Boolean.getBoolean(property);
    }

    private Tty() {}
}
