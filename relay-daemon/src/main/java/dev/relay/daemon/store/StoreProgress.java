package dev.relay.daemon.store;

/** Told how far work on a whole store is; on the thread that works, often. */
public interface StoreProgress {
    StoreProgress NONE = (what, done, total) -> {};

    /** So much of {@code total} of the part that is named is done; 0 is a total that is not known. */
    void at(String what, long done, long total);
}
