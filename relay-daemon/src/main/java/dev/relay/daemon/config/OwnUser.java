package dev.relay.daemon.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The user that this process runs as. */
public final class OwnUser {
    private static final Path SELF = Path.of("/proc/self");

    private OwnUser() {}

    public static int uid() {
        try {
            return (int) Files.getAttribute(SELF, "unix:uid");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the user id of this process from " + SELF, e);
        }
    }
}
