package dev.relay.cli.supervisor;

import java.util.Locale;

/** When a process that ended by itself is started again. */
public enum Restart {
    NEVER,
    /** Unless it ended with exit code 0; an end that nobody saw is a failure. */
    ON_FAILURE,
    ALWAYS;

    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    boolean isWantedAfter(boolean isFailure) {
        return this == ALWAYS || (this == ON_FAILURE && isFailure);
    }
}
