package dev.relay.client;

/**
 * What an agent may send per second, and how much may wait for it; 0 is no limit. Immutable; start from {@link #NONE} and say what differs: {@code
 * Quota.NONE.messagesPerS(5_000).mailboxMessages(100_000)}.
 */
public record Quota(long messagesPerS, long bytesPerS, long mailboxMessages, long mailboxBytes) {
    /** No limit. */
    public static final Quota NONE = new Quota(0, 0, 0, 0);

    public Quota messagesPerS(long limit) {
        return new Quota(limit, bytesPerS, mailboxMessages, mailboxBytes);
    }

    public Quota bytesPerS(long limit) {
        return new Quota(messagesPerS, limit, mailboxMessages, mailboxBytes);
    }

    /** Unfinished messages of one recipient. */
    public Quota mailboxMessages(long limit) {
        return new Quota(messagesPerS, bytesPerS, limit, mailboxBytes);
    }

    public Quota mailboxBytes(long limit) {
        return new Quota(messagesPerS, bytesPerS, mailboxMessages, limit);
    }
}
