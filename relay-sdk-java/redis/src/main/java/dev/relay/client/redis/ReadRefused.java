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
        /** The sidecar's quality gate holds the book back; its verdict (PRICE_JUMP, SILENT …) is in the message. */
        BOOK_HELD,
        /** Counts or texts are not what the sidecar writes; read again, then report. */
        BOOK_MALFORMED,
        /** Redis answered with an error, for example out of memory; its text is in the message. */
        REDIS_ERROR,
        /** A watch waited its time and the book stayed as it was; it was believable when last read. */
        NO_CHANGE,
        /** No ticker of that symbol has come yet, or the venue sends none. */
        NO_SUCH_TICKER,
        NO_SUCH_ORDER,
        NO_SUCH_POSITION
    }

    private final Code code;

    ReadRefused(Code code, String detail) {
        super(code + ": " + detail);
        this.code = code;
    }

    /** Why, for the caller to decide by. */
    public Code code() {
        return code;
    }
}
