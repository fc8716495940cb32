package dev.relay.client.internal;

/** Plain counters of one session, written by its owner; a reader on another thread may see them late, never torn beyond one field. */
public final class SessionCounters {
    public long sentCount;
    public long resentCount;
    public long receiptCount;
    public long refusedCount;
    public long resultCount;
    public long deliveredCount;
    public long redeliveredCount;
    /** DELIVERs of positions that are running, finished or held back: answered, not run. */
    public long duplicateCount;
    /** DELIVERs above a failed position, dropped until it comes again. */
    public long heldBackCount;
    /** Publications older than one that was started, first delivered after a crash of the daemon: answered, not run. */
    public long lateCount;

    public long ackedCount;
    public long nackedCount;
    public long skippedCount;
    public long replyCount;
    /** Replies that nobody waited for any more. */
    public long lateReplyCount;
    /** REFUSED, RESULT or MATCHED for a message that is resolved already. */
    public long lateReceiptCount;

    public long connectionCount;
    public long storeResetCount;
}
