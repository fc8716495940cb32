package dev.relay.cli;

import picocli.CommandLine.IVersionProvider;

/** The version from the jar's manifest; {@code dev} when run from class folders. */
final class Version implements IVersionProvider {
    static String text() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "dev" : version;
    }

    @Override
    public String[] getVersion() {
        return new String[] {"relay " + text()};
    }
}
