package dev.relay.daemon.config;

import java.util.List;

/** Every mistake of a configuration at once, each with key, value and range. */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<String> mistakes;

    public ConfigException(List<String> mistakes) {
        super("configuration refused: " + String.join("; ", mistakes));
        this.mistakes = List.copyOf(mistakes);
    }

    public List<String> mistakes() {
        return mistakes;
    }
}
