package dev.relay.daemon.store;

/**
 * Sizes of a store as of a moment ago.
 *
 * @param databaseBytes length of the database file
 * @param usedBytes of it, without pages that are free
 * @param logBytes length of the write-ahead log
 * @param isLogTooLong the log has passed its alarm and has not come back yet
 * @param rewrittenSegments sparse segments that were rewritten since the start
 */
public record StoreFacts(
        long databaseBytes, long usedBytes, long logBytes, boolean isLogTooLong, long rewrittenSegments) {
    /** Of a store that has no file. */
    public static final StoreFacts NONE = new StoreFacts(0, 0, 0, false, 0);
}
