package dev.relay.daemon.config;

/** The quota of every agent that has none of its own: what it may send per second, and what may wait for it; 0 is no limit. */
public record QuotaConfig(long messagesPerS, long bytesPerS, long mailboxMessages, long mailboxBytes) {
    public static final QuotaConfig NONE = new QuotaConfig(0, 0, 0, 0);

    public QuotaConfig {
        Mistakes mistakes = new Mistakes();
        mistakes.range(ConfigKey.QUOTA_MESSAGES_PER_S, messagesPerS);
        mistakes.range(ConfigKey.QUOTA_BYTES_PER_S, bytesPerS);
        mistakes.range(ConfigKey.QUOTA_MAILBOX_MESSAGES, mailboxMessages);
        mistakes.range(ConfigKey.QUOTA_MAILBOX_BYTES, mailboxBytes);
        mistakes.throwIfAny();
    }
}
