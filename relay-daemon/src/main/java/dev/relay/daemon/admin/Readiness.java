package dev.relay.daemon.admin;

/**
 * Where the daemon stands in its life, for load balancers and supervisors. Written by the thread that starts and stops the daemon, read by
 * the admin thread.
 */
public final class Readiness {
    /** What a daemon is doing. */
    enum Phase {
        /** The store is read, nobody can connect yet. */
        STARTING,
        /** The socket is bound. */
        SERVING,
        /** It takes no more connections and stores what it has. */
        DRAINING
    }

    private volatile Phase phase = Phase.STARTING;

    public void serving() {
        phase = Phase.SERVING;
    }

    /** Before anything else of a stop, so that no more work is sent here. */
    public void draining() {
        phase = Phase.DRAINING;
    }

    Phase phase() {
        return phase;
    }
}
