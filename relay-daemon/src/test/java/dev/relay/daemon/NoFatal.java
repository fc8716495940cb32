package dev.relay.daemon;

/** What a daemon in a test does when it cannot go on: it must not come to that. */
final class NoFatal {
    static final Fatal FAILS_THE_TEST = (code, reason, cause) -> {
        throw new AssertionError("fatal " + code + " " + reason, cause);
    };

    private NoFatal() {}
}
