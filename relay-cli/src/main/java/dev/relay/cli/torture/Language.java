package dev.relay.cli.torture;

/** Whose SDK the agents use. */
enum Language {
    JAVA,
    PYTHON,
    /** Every other agent. */
    BOTH
}
