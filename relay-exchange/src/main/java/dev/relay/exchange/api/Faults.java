package dev.relay.exchange.api;

import java.util.HashSet;
import java.util.Set;

/** Faults a test has asked for; each happens once. Owned by the exchange loop. */
public final class Faults {
    private final Set<String> dropDepth = new HashSet<>();
    private int timeouts;

    /** The next depth event of this symbol is not sent to anyone. */
    public void dropNextDepthEvent(String symbol) {
        dropDepth.add(symbol);
    }

    /** The next accepted order is answered with -1007 although it is live. */
    public void timeoutNextPlace() {
        timeouts++;
    }

    public boolean takeDepthDrop(String symbol) {
        return dropDepth.remove(symbol);
    }

    public boolean takeTimeout() {
        if (timeouts == 0) {
            return false;
        }
        timeouts--;
        return true;
    }
}
