package dev.relay.daemon.flow;

/** A message of a lane that failed and waits for its next attempt. Owned by the core; exists only while the message is unfinished. */
public final class Failure {
    public final long epoch;
    public final long seq;
    /** Attempts that have failed. */
    public int failures;
    /** Sessions that ended abnormally with this message alone in flight. */
    public int crashes;

    public long firstFailureNs;
    public long firstAtMs;
    public long dueNs;
    /** Its next attempt would come after the budget: it dies then instead. */
    public boolean diesWhenDue;

    public String error = "";
    /** The batch that records it: the next attempt waits until it is committed (I16). */
    public long batchNo;

    public Failure(long epoch, long seq) {
        this.epoch = epoch;
        this.seq = seq;
    }
}
