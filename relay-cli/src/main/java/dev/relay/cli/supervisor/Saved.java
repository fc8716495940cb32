package dev.relay.cli.supervisor;

import java.util.Map;

/** A child as the run file keeps it for the next supervisor. */
record Saved(
        String template,
        String name,
        Map<String, String> args,
        Child.State state,
        Identity process,
        long restarts,
        long failures,
        String lastExit) {
    Saved {
        args = Map.copyOf(args);
    }
}
