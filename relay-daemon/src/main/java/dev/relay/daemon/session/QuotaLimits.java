package dev.relay.daemon.session;

/** What a {@link Quota} limits; 0 is no limit of its own. */
public record QuotaLimits(long messagesPerS, long bytesPerS, long mailboxMessages, long mailboxBytes) {
    public static final QuotaLimits NONE = new QuotaLimits(0, 0, 0, 0);

    public boolean isNone() {
        return equals(NONE);
    }

    /** Whether it limits what is sent, not only what waits. */
    public boolean hasRate() {
        return messagesPerS > 0 || bytesPerS > 0;
    }
}
