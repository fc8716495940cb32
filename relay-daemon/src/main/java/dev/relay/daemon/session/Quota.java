package dev.relay.daemon.session;

/**
 * What one agent may send per second, and how much may wait for it, or for a work group. Rates are buckets that hold one second's worth, filled by the monotonic clock, so that a burst after
 * silence passes; a message larger than the bucket passes when it is full and is paid off afterwards. Core thread only.
 */
public final class Quota {
    private static final long SECOND_NS = 1_000_000_000L;

    public final QuotaLimits limits;
    /** Until when what was sent is paid for, in nanoseconds of the clock: one second ahead is an empty bucket. */
    private long messagesPaidNs;

    private long bytesPaidNs;

    public Quota(QuotaLimits limits, long nowNs) {
        this.limits = limits;
        this.messagesPaidNs = nowNs;
        this.bytesPaidNs = nowNs;
    }

    /** Milliseconds until a message may be sent, 0 for now. */
    public int waitMs(long nowNs) {
        long waitNs = 0;
        if (limits.messagesPerS() > 0) {
            waitNs = messagesPaidNs + SECOND_NS / limits.messagesPerS() - SECOND_NS - nowNs;
        }
        if (limits.bytesPerS() > 0) {
            waitNs = Math.max(waitNs, bytesPaidNs - SECOND_NS - nowNs + 1);
        }
        return waitNs <= 0 ? 0 : (int) Math.min(Integer.MAX_VALUE, (waitNs + 999_999) / 1_000_000);
    }

    /** A message of so many bytes was accepted. */
    public void take(long nowNs, long bytes) {
        if (limits.messagesPerS() > 0) {
            messagesPaidNs = Math.max(messagesPaidNs, nowNs) + SECOND_NS / limits.messagesPerS();
        }
        if (limits.bytesPerS() > 0) {
            bytesPaidNs = Math.max(bytesPaidNs, nowNs) + bytes * SECOND_NS / limits.bytesPerS();
        }
    }

    public boolean isMailboxFull(long messages, long bytes) {
        return (limits.mailboxMessages() > 0 && messages >= limits.mailboxMessages())
                || (limits.mailboxBytes() > 0 && bytes > limits.mailboxBytes());
    }
}
