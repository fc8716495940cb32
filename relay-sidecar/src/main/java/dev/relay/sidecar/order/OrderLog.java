package dev.relay.sidecar.order;

import java.util.function.Consumer;

/** The journal as the executor sees it. Calls come from the thread "orders" and callbacks go back to it. */
public interface OrderLog {
    /** What became of an appended transition. */
    enum Commit {
        DONE,
        /** The intent's client order id exists already; nothing was written. */
        DUPLICATE,
        /** The intent could not be written (disk); it is not in the journal. Other transitions are retried instead. */
        FAILED
    }

    /** Appends in order; the callback runs after the commit. */
    void append(Transition transition, Consumer<Commit> onCommit);

    /** Remembers up to which trade id the venue's trade list was booked. */
    void saveCursor(String symbol, long tradeId);

    /** Remembers the kill switch; the callback runs after the commit. */
    void saveKilled(boolean isKilled, String reason, Runnable onCommit);

    /** Remembers a named value for the next start. */
    void saveFact(String name, String value);

    /** Puts a refusal for risk on record; dropped and counted when too many wait, the refusal itself stands. */
    void auditRefusal(String agent, String what);

    /** Puts on record in what this side and the venue did not agree; it gets a number and becomes an alert. */
    void saveDiscrepancy(Discrepancy discrepancy);

    /** True while commits fail; new places are refused then. */
    boolean isFailing();
}
