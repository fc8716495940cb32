package dev.relay.daemon.transport;

/** Who is at the other end, told by the kernel; {@code pid} is 0 where the platform does not say. */
record Peer(int uid, int pid) {
    /** Somebody on loopback TCP: the kernel does not say who. */
    static final Peer UNKNOWN = new Peer(-1, -1);
}
