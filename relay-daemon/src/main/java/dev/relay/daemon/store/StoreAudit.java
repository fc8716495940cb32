package dev.relay.daemon.store;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.function.Consumer;

/** The audit chain of a store, for a look from outside: dead letters and what operators did. Changes nothing; one thread. */
public final class StoreAudit {
    private StoreAudit() {}

    /** One row. {@code op} is dead_letter, or the operation of an operator. */
    public record Row(long no, long atMs, String op, String who, String what, String hash) {}

    /**
     * What a check found.
     *
     * @param firstBroken number of the first row that does not follow from the one before it, 0 when all do
     * @param head hash of the last row, in hex
     */
    public record Verdict(long rows, long firstBroken, String head) {}

    /** Checks the chain of the store in a data directory, with or without a daemon on it. */
    public static Verdict check(Path dataDir, Consumer<Row> out) throws StoreException {
        try (StoreView view = StoreView.open(dataDir)) {
            return AuditChain.check(view.connection(), out);
        } catch (SQLException e) {
            throw new StoreException(StoreException.Cause.CORRUPT, "cannot read the audit: " + e.getMessage(), e);
        }
    }
}
