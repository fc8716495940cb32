package dev.relay.sidecar.journal;

import dev.relay.protocol.ChainHash;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.Consumer;

/**
 * The audit table of a journal: order events with their fills, discrepancies, risk refusals, kill decisions. Each row has
 * the SHA-256 of the row before it and its own fields, so that a row that was changed or taken out later shows. Rows are
 * appended in the transaction of what they tell. Rows past their retention leave from the front; a row of the chain itself
 * names the last one that left and its hash, so that what remains still verifies. The writer is used by the thread
 * "journal"; checking opens a connection of its own.
 */
public final class AuditChain {
    static final String TABLE = "CREATE TABLE IF NOT EXISTS audit(no INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL,"
            + " op TEXT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, hash BLOB NOT NULL)";
    /** Rows that leave in one transaction, so that orders never wait for it long. */
    static final int MOST_PRUNED = 5_000;

    private static final String PRUNE = "prune";
    private static final String HEAD = " head=";
    private static final String UP_TO = "up_to=";

    private final Connection connection;

    AuditChain(Connection connection) {
        this.connection = connection;
    }

    /** One row. {@code op} is order, discrepancy, refuse, kill, release or prune. */
    public record Row(long no, long atMs, String op, String who, String what, String hash) {}

    /**
     * What a check found.
     *
     * @param firstBroken number of the first row that does not follow from the one before it, 0 when all do
     * @param head hash of the last row, in hex; to be kept elsewhere, because a chain cannot show that its own end was cut off
     * @param prunedCount rows that left for their age
     */
    public record Verdict(long rows, long firstBroken, String head, long prunedCount) {}

    void append(long atMs, String op, String who, String what) throws SQLException {
        try (PreparedStatement p =
                connection.prepareStatement("INSERT INTO audit(at_ms, op, who, what, hash) VALUES(?, ?, ?, ?, ?)")) {
            p.setLong(1, atMs);
            p.setString(2, op);
            p.setString(3, who);
            p.setString(4, what);
            p.setBytes(5, ChainHash.next(last(), atMs, op, who, what));
            p.executeUpdate();
        }
    }

    private byte[] last() throws SQLException {
        try (Statement s = connection.createStatement();
                ResultSet r = s.executeQuery("SELECT hash FROM audit ORDER BY no DESC LIMIT 1")) {
            return r.next() ? r.getBytes(1) : ChainHash.start();
        }
    }

    /** Takes out the oldest rows of before {@code beforeMs}, at most {@value #MOST_PRUNED}. True: there may be more. */
    boolean prune(long beforeMs, long nowMs) throws SQLException {
        long upTo = lastOlder(beforeMs);
        if (upTo == 0) {
            return false;
        }
        try (PreparedStatement p = connection.prepareStatement("SELECT hash FROM audit WHERE no = ?")) {
            p.setLong(1, upTo);
            try (ResultSet r = p.executeQuery()) {
                r.next();
                append(nowMs, PRUNE, "", UP_TO + upTo + HEAD + ChainHash.text(r.getBytes(1)));
            }
        }
        try (PreparedStatement p = connection.prepareStatement("DELETE FROM audit WHERE no <= ?")) {
            p.setLong(1, upTo);
            return p.executeUpdate() == MOST_PRUNED;
        }
    }

    /** The last of the rows from the front that are all older; 0 without one. A clock that stepped back only keeps more. */
    private long lastOlder(long beforeMs) throws SQLException {
        try (PreparedStatement p =
                connection.prepareStatement("SELECT no, at_ms FROM audit ORDER BY no LIMIT " + MOST_PRUNED)) {
            long last = 0;
            try (ResultSet r = p.executeQuery()) {
                while (r.next() && r.getLong(2) < beforeMs) {
                    last = r.getLong(1);
                }
            }
            return last;
        }
    }

    /** Reads the whole chain of a journal's file, gives each row to {@code out}, and checks it. May run beside the sidecar. */
    public static Verdict check(Path file, Consumer<Row> out) {
        try (Connection c = JournalSchema.openReader(file);
                Statement s = c.createStatement()) {
            s.execute("BEGIN"); // one moment, though rows come and go
            Base base = base(s);
            try (ResultSet r = s.executeQuery("SELECT no, at_ms, op, who, what, hash FROM audit ORDER BY no")) {
                return check(r, base, out);
            }
        } catch (SQLException e) {
            throw new JournalException("the audit of the journal cannot be read, file=" + file, e);
        }
    }

    private record Base(long no, byte[] hash) {}

    /** Where the newest prune says that the chain begins now. */
    private static Base base(Statement s) throws SQLException {
        try (ResultSet r =
                s.executeQuery("SELECT what FROM audit WHERE op = '" + PRUNE + "' ORDER BY no DESC LIMIT 1")) {
            if (!r.next()) {
                return new Base(0, ChainHash.start());
            }
            String what = r.getString(1);
            int head = what.indexOf(HEAD);
            return new Base(
                    Long.parseLong(what, UP_TO.length(), head, 10),
                    ChainHash.parse(what.substring(head + HEAD.length())));
        }
    }

    private static Verdict check(ResultSet r, Base base, Consumer<Row> out) throws SQLException {
        byte[] previous = base.hash();
        long rows = 0;
        long firstBroken = 0;
        while (r.next()) {
            byte[] hash = r.getBytes(6);
            byte[] expected = ChainHash.next(previous, r.getLong(2), r.getString(3), r.getString(4), r.getString(5));
            boolean follows = MessageDigest.isEqual(expected, hash) && r.getLong(1) == base.no() + rows + 1;
            firstBroken = firstBroken == 0 && !follows ? r.getLong(1) : firstBroken;
            out.accept(new Row(
                    r.getLong(1), r.getLong(2), r.getString(3), r.getString(4), r.getString(5), ChainHash.text(hash)));
            previous = hash;
            rows++;
        }
        return new Verdict(rows, firstBroken, ChainHash.text(previous), base.no());
    }
}
