package dev.relay.daemon.config;

import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with a configuration, so that a user sees all of it at once. Confined to one build. */
final class Mistakes {
    private final List<String> found = new ArrayList<>();

    void add(String mistake) {
        found.add(mistake);
    }

    void range(ConfigKey key, long value) {
        if (value < key.min() || value > key.max()) {
            add(key.key() + "=" + value + ": must be between " + key.min() + " and " + key.max());
        }
    }

    void below(ConfigKey low, long lowValue, ConfigKey high, long highValue) {
        if (lowValue >= highValue) {
            add(low.key() + "=" + lowValue + ": must be below " + high.key() + "=" + highValue);
        }
    }

    void throwIfAny() {
        if (!found.isEmpty()) {
            throw new ConfigException(found);
        }
    }
}
