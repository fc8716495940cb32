package dev.relay.sidecar.venue;

/**
 * What the venue allows, and how soon it must speak.
 *
 * @param symbolsPerConnection books on one socket; more open further sockets
 * @param sendPauseMs least time between two requests on one socket
 * @param pingEveryMs interval of the venue's own ping message, 0 if it has none
 * @param snapshotTimeoutMs how long a snapshot in the stream may take before it is called for again
 * @param refreshEveryMs interval after which a book whose proof does not cover it whole is begun anew, 0 for never
 * @param weightPerMinute request weight of REST when the venue states none
 */
public record VenueLimits(
        int symbolsPerConnection,
        int sendPauseMs,
        int pingEveryMs,
        int snapshotTimeoutMs,
        int refreshEveryMs,
        int weightPerMinute) {
    public VenueLimits {
        if (symbolsPerConnection < 1 || sendPauseMs < 0 || snapshotTimeoutMs < 1 || weightPerMinute < 1) {
            throw new IllegalArgumentException("venue limits out of range, symbolsPerConnection=" + symbolsPerConnection
                    + " snapshotTimeoutMs=" + snapshotTimeoutMs);
        }
    }
}
