package dev.relay.client.redis;

/** A read that would have shown something that cannot be vouched for. Nothing is wrong with the call: retry, or act without. */
public final class ReadRefused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Code {
        /** The sidecar's liveness key is gone: stopped, or it cannot write. */
        SIDECAR_DOWN,
        /** Nothing stands under that symbol. */
        NO_SUCH_BOOK,
        /** The book is synchronising; usually milliseconds. */
        BOOK_SYNCING,
        /** The feed is disconnected, or its last proof of life is older than the limit. */
        BOOK_STALE,
        /** Counts or texts are not what the sidecar writes; read again, then report. */
        BOOK_MALFORMED,
        /** Redis answered with an error, for example out of memory; its text is in the message. */
        REDIS_ERROR,
        NO_SUCH_ORDER,
        NO_SUCH_POSITION
    }

    private final Code code;

    ReadRefused(Code code, String detail) {
        super(code + ": " + detail);
        this.code = code;
    }

    public Code code() {
        return code;
    }
}
