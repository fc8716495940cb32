package dev.relay.daemon.sim;

/** The far end of a connection to the simulated daemon. */
interface SimPeer {
    void onBytes(SimConnection connection, byte[] frames);

    void onCut(SimConnection connection);

    /** User id that the daemon sees. */
    default int uid() {
        return 1000;
    }

    /** Connects and says nothing. */
    static SimPeer silent() {
        return new SimPeer() {
            @Override
            public void onBytes(SimConnection connection, byte[] frames) {}

            @Override
            public void onCut(SimConnection connection) {}
        };
    }
}
