package dev.relay.protocol;

import org.jspecify.annotations.Nullable;

/** Why a message was dead-lettered: the reasons of {@code errors.json}. Numbers never change. */
public enum DeadLetterReason {
    /** Every attempt within the retry budget failed. */
    MAX_ATTEMPTS(1),
    /** The message was older than its age limit before it was handled. */
    EXPIRED(2),
    /** The handler refused it for good. */
    REFUSED_BY_HANDLER(3),
    /** The recipient has no handler for this kind. */
    NO_HANDLER(4),
    /** The recipient died six times with this message alone in flight. */
    POISON_CRASH(5),
    /** The stored bytes failed their checksum. */
    CORRUPT(6),
    /** The recipient was deleted. */
    RECIPIENT_DELETED(7),
    /** The access lists forbid it, and it may have been accepted before they did. */
    FORBIDDEN(8);

    private final int number;

    DeadLetterReason(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }

    /** The reason with this number, or null when it is unknown. */
    public static @Nullable DeadLetterReason byNumber(int number) {
        return number > 0 && number <= values().length ? values()[number - 1] : null;
    }
}
