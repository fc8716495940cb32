package dev.relay.daemon.routing;

import dev.relay.protocol.OpenFiles;

/**
 * What the core cannot see without touching the file system, told by a thread that may.
 *
 * @param isSocketThere the path that agents connect to still is our socket; nobody new comes when somebody has removed it
 */
public record Surroundings(OpenFiles files, boolean isSocketThere) {
    /** Nothing is known to be wrong. */
    public static final Surroundings FINE = new Surroundings(OpenFiles.UNKNOWN, true);
}
