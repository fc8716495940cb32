package dev.relay.sidecar.order;

/** The last gate before order bytes: closed at once from any thread, read by the thread "orders" before each place. */
public final class KillGate {
    private volatile boolean isClosed;

    public KillGate(boolean isClosed) {
        this.isClosed = isClosed;
    }

    public void close() {
        isClosed = true;
    }

    /** Only an explicit release does this. */
    public void release() {
        isClosed = false;
    }

    public boolean isClosed() {
        return isClosed;
    }
}
