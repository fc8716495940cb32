package dev.relay.daemon;

import java.util.Objects;

/** The version of this build, from the jar's manifest; "dev" when run from class files. */
public final class Version {
    private Version() {}

    public static String text() {
        return Objects.requireNonNullElse(Version.class.getPackage().getImplementationVersion(), "dev");
    }
}
