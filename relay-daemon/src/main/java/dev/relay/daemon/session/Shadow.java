package dev.relay.daemon.session;

import java.util.List;

/**
 * Who is given copies of what one agent gets and sends. Core thread only.
 */
public final class Shadow {
    public final Agent watcher;
    public final boolean isIncoming;
    public final boolean isOutgoing;
    /** Kinds of messages that are copied, empty for all. */
    public final List<String> kinds;
    /** Copies given, and those for which there was no room. */
    public long copied;

    public long refused;

    public Shadow(Agent watcher, boolean isIncoming, boolean isOutgoing, List<String> kinds) {
        this.watcher = watcher;
        this.isIncoming = isIncoming;
        this.isOutgoing = isOutgoing;
        this.kinds = List.copyOf(kinds);
    }

    public boolean wants(boolean incoming, String kind) {
        return (incoming ? isIncoming : isOutgoing) && (kinds.isEmpty() || kinds.contains(kind));
    }
}
