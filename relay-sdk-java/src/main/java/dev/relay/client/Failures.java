package dev.relay.client;

/** Gets the client's own exception out of what futures wrap around it. */
final class Failures {
    static RelayException unwrap(Throwable thrown) {
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            if (t instanceof RelayException relay) {
                return relay;
            }
        }
        return new RelayException("CLOSED", "the call ended without an outcome: " + thrown);
    }

    private Failures() {}
}
