package dev.relay.daemon.session;

/** What waits for an agent, or for a work group: the partitions of a group share one. Core thread only. */
public final class Mailbox {
    private long messages;
    private long bytes;

    public void add(long moreMessages, long moreBytes) {
        messages += moreMessages;
        bytes += moreBytes;
    }

    public long messages() {
        return messages;
    }

    public long bytes() {
        return bytes;
    }
}
