package dev.relay.scenarios;

import dev.relay.client.Relay;
import java.util.Set;

/** The steps of one subject. */
abstract class Steps {
    final String prefix;
    private final Set<String> words;

    /** {@code prefix} sets the names of this scenario apart from those of others; {@code words} are its steps'. */
    Steps(String prefix, String... words) {
        this.prefix = prefix;
        this.words = Set.of(words);
    }

    final boolean knows(Step step) {
        return words.contains(step.text("do"));
    }

    final String name(Step step, String key) {
        return step.name(key, prefix);
    }

    /** Makes the step's call as this agent and checks what it gives; what the client throws is for the caller to judge. */
    abstract void run(String where, Step step, Relay relay);
}
