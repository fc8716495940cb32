package dev.relay.daemon.session;

/**
 * What one agent may send per second, and how much may wait for it; 0 is no limit of its own. Rates are buckets that hold one second's worth, filled by the monotonic clock, so that a
 * burst after silence passes; a message larger than the bucket passes when it is full and is paid off afterwards. Core thread only.
 */
public final class Quota {
    private static final long SECOND_NS = 1_000_000_000L;

    public final long messagesPerS;
    public final long bytesPerS;
    public final long mailboxMessages;
    public final long mailboxBytes;
    /** Until when what was sent is paid for, in nanoseconds of the clock: one second ahead is an empty bucket. */
    private long messagesPaidNs;

    private long bytesPaidNs;

    public Quota(long messagesPerS, long bytesPerS, long mailboxMessages, long mailboxBytes, long nowNs) {
        this.messagesPerS = messagesPerS;
        this.bytesPerS = bytesPerS;
        this.mailboxMessages = mailboxMessages;
        this.mailboxBytes = mailboxBytes;
        this.messagesPaidNs = nowNs;
        this.bytesPaidNs = nowNs;
    }

    /** Milliseconds until a message may be sent, 0 for now. */
    public int waitMs(long nowNs) {
        long waitNs = 0;
        if (messagesPerS > 0) {
            waitNs = messagesPaidNs + SECOND_NS / messagesPerS - SECOND_NS - nowNs;
        }
        if (bytesPerS > 0) {
            waitNs = Math.max(waitNs, bytesPaidNs - SECOND_NS - nowNs + 1);
        }
        return waitNs <= 0 ? 0 : (int) Math.min(Integer.MAX_VALUE, (waitNs + 999_999) / 1_000_000);
    }

    /** A message of so many bytes was accepted. */
    public void take(long nowNs, long bytes) {
        if (messagesPerS > 0) {
            messagesPaidNs = Math.max(messagesPaidNs, nowNs) + SECOND_NS / messagesPerS;
        }
        if (bytesPerS > 0) {
            bytesPaidNs = Math.max(bytesPaidNs, nowNs) + bytes * SECOND_NS / bytesPerS;
        }
    }

    public boolean isMailboxFull(long messages, long bytes) {
        return (mailboxMessages > 0 && messages >= mailboxMessages) || (mailboxBytes > 0 && bytes > mailboxBytes);
    }
}
