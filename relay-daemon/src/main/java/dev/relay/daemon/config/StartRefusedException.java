package dev.relay.daemon.config;

import org.jspecify.annotations.Nullable;

/** The daemon will not start: what was found, why that is refused, what to do. Raised before anything is served. */
public final class StartRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StartRefusedException(String message) {
        super(message);
    }

    public StartRefusedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
