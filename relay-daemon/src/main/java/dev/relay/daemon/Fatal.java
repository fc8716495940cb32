package dev.relay.daemon;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What happens when the daemon cannot go on: an exception escaped the core, or the disk can no longer be trusted. Restart is a tested path, a guess is not. */
@FunctionalInterface
public interface Fatal {
    /** Exit code when the core met what it cannot handle. */
    int SOFTWARE = 70;
    /** Exit code when the store failed. */
    int IO_ERROR = 74;

    /** Logs and halts: no shutdown hook runs, so that nothing more is promised or written. */
    Fatal HALT = (exitCode, reason, cause) -> {
        Logger log = LoggerFactory.getLogger(Fatal.class);
        log.error("daemon_stops exit_code={} reason={}", exitCode, reason, cause);
        Runtime.getRuntime().halt(exitCode);
    };

    void stop(int exitCode, String reason, @Nullable Throwable cause);
}
