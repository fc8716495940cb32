package dev.relay.protocol;

import org.jspecify.annotations.Nullable;

/** The codes of {@code errors.json}: why something was refused, and what its caller does about it. Numbers never change. */
public enum ErrorCode {
    QUEUE_FULL(1, true, false, "Wait for receipts, then send again."),
    MAILBOX_FULL(2, true, false, "Wait until the recipient has caught up, or raise its quota."),
    STORAGE_FULL(3, true, false, "Free disk space; the daemon takes messages again by itself."),
    TOO_LARGE(4, false, false, "Send less, or a reference to the data."),
    RATE_LIMITED(5, true, false, "Send again after retry_after_ms."),
    NO_SUCH_RECIPIENT(6, false, false, "Check the name; connect the agent once, or run: relay agents add NAME."),
    RECIPIENT_OFFLINE(7, true, false, "Send durably, or when the agent is there."),
    BAD_NAME(8, false, false, "Use lower-case letters, digits, dot, dash and underscore, at most 64."),
    BAD_HANDLE(9, false, false, "Send BIND or KIND first; this is an error of the client library."),
    UNAUTHORIZED(10, false, true, "Check the user id, or present the name's token."),
    NAME_IN_USE(11, false, true, "Stop the other process, or choose another name."),
    STALE_EPOCH(12, false, true, "Stop this process."),
    PRECEDING_REFUSED(13, true, false, "Handle the first refusal, then send again."),
    KILLED(14, false, false, "Release the kill switch."),
    SHUTTING_DOWN(15, true, false, "Reconnect and send again; if it stays, see the daemon's health."),
    BAD_FRAME(16, false, false, "This is an error of the client library; see the message."),
    NO_PENDING_REQUEST(17, false, false, "Drop the reply."),
    REQUESTER_GONE(18, false, false, "Drop the reply."),
    PROTOCOL_VERSION(19, false, true, "Upgrade the older of the two."),
    HANDSHAKE_TIMEOUT(20, true, true, "Send HELLO at once after connecting."),
    FENCED(21, false, true, "Stop this process, or reconnect with the resume token if the takeover was its own."),
    BAD_REQUEST(22, false, false, "See the message."),
    NOT_FOUND(23, false, false, "List what exists first."),
    OVERLOADED(24, true, true, "Connect again later, with backoff."),
    NOT_OWNER(25, false, false, "Drop what the handler did: the partition's new owner handles its messages.");

    private static final @Nullable ErrorCode[] BY_NUMBER = new @Nullable ErrorCode[values().length + 1];

    static {
        for (ErrorCode code : values()) {
            BY_NUMBER[code.number] = code;
        }
    }

    private final int number;
    private final boolean retryable;
    private final boolean fatal;
    private final String action;

    ErrorCode(int number, boolean retryable, boolean fatal, String action) {
        this.number = number;
        this.retryable = retryable;
        this.fatal = fatal;
        this.action = action;
    }

    public int number() {
        return number;
    }

    /** True when the same call can succeed later. */
    public boolean isRetryable() {
        return retryable;
    }

    /** True when the connection closes behind it and the client must not reconnect in a loop. */
    public boolean isFatal() {
        return fatal;
    }

    /** What the caller does about it, one sentence. */
    public String action() {
        return action;
    }

    /** The code with this number, or null when a newer daemon knows one that we do not. */
    public static @Nullable ErrorCode byNumber(int number) {
        return number > 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : null;
    }
}
