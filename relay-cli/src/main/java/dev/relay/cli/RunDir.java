package dev.relay.cli;

import com.sun.security.auth.module.UnixSystem;
import java.nio.file.Path;

/** The default run directory of this user: {@code $XDG_RUNTIME_DIR/relay}, else {@code /tmp/relay-<uid>}. */
public final class RunDir {
    public static Path standard() {
        String runtime = System.getenv("XDG_RUNTIME_DIR");
        return runtime != null && !runtime.isBlank() ? Path.of(runtime, "relay") : Path.of("/tmp", "relay-" + uid());
    }

    private static long uid() {
        return new UnixSystem().getUid();
    }

    private RunDir() {}
}
