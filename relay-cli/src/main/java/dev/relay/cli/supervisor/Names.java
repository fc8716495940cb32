package dev.relay.cli.supervisor;

/** Who is on the bus, as last heard. */
interface Names {
    /** False while the daemon is away: what is said of agents is old then. */
    boolean isKnown();

    boolean isConnected(String agent);

    /** Rises with every change of that agent; 0 when it was never there. */
    long version(String agent);
}
