package dev.relay.cli;

/** What a JVM has used: bytes allocated, collections and the time they stopped it. */
public record JvmUsage(long allocatedBytes, long collections, long pausedMs) {
    public JvmUsage minus(JvmUsage before) {
        return new JvmUsage(
                allocatedBytes - before.allocatedBytes, collections - before.collections, pausedMs - before.pausedMs);
    }
}
