package dev.relay.daemon.routing;

/** Ends the process when the disk can no longer be trusted (invariant I30). Called once, on the core thread; no receipt is given after it. */
@FunctionalInterface
public interface FailStop {
    void failStop(String reason);
}
