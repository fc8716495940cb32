package dev.relay.daemon.store;

import dev.relay.protocol.ChainHash;
import dev.relay.protocol.DeadLetterReason;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * The audit table: every dead letter and every act of an operator, each row with the SHA-256 of the row before it and its own fields, so that a row that was changed or taken out later shows. Appended in
 * the transaction of the act itself. Rows of the time before the chain have no hash and stay outside of it. Store thread only.
 */
final class AuditChain {
    private final Connection connection;

    AuditChain(Connection connection) {
        this.connection = connection;
    }

    /** That a message died. */
    static Batch.Audit of(DeadLetterRow dead) {
        DeadLetterReason reason = DeadLetterReason.byNumber(dead.reason());
        return new Batch.Audit(
                dead.deadAtMs(),
                "dead_letter",
                dead.sender(),
                "no=" + dead.no() + " id=" + new UUID(dead.idMsb(), dead.idLsb()) + " target=" + dead.target()
                        + " reason=" + reason + " attempts=" + dead.attempts());
    }

    void append(Batch.Audit audit) throws SQLException {
        try (PreparedStatement p =
                connection.prepareStatement("INSERT INTO audit(at_ms, op, who, what, hash) VALUES(?, ?, ?, ?, ?)")) {
            p.setLong(1, audit.atMs());
            p.setString(2, audit.op());
            p.setString(3, audit.who());
            p.setString(4, audit.what());
            p.setBytes(5, hash(last(), audit));
            p.executeUpdate();
        }
    }

    private byte[] last() throws SQLException {
        try (Statement s = connection.createStatement();
                ResultSet r = s.executeQuery("SELECT hash FROM audit ORDER BY no DESC LIMIT 1")) {
            byte[] last = r.next() ? r.getBytes(1) : null;
            return last == null ? ChainHash.start() : last;
        }
    }

    /** Number of the first row that does not follow from the one before it, 0 when all do. */
    static long firstBroken(Connection c) throws SQLException {
        return check(c, row -> {}).firstBroken();
    }

    /** Gives each row of the chain to {@code out} and checks it. */
    static StoreAudit.Verdict check(Connection c, Consumer<StoreAudit.Row> out) throws SQLException {
        byte[] previous = ChainHash.start();
        long rows = 0;
        long firstBroken = 0;
        try (Statement s = c.createStatement();
                ResultSet r = s.executeQuery(
                        "SELECT no, at_ms, op, who, what, hash FROM audit WHERE hash IS NOT NULL ORDER BY no")) {
            while (r.next()) {
                Batch.Audit act = new Batch.Audit(r.getLong(2), r.getString(3), r.getString(4), r.getString(5));
                byte[] hash = r.getBytes(6);
                if (firstBroken == 0 && !MessageDigest.isEqual(hash(previous, act), hash)) {
                    firstBroken = r.getLong(1);
                }
                out.accept(new StoreAudit.Row(
                        r.getLong(1), act.atMs(), act.op(), act.who(), act.what(), ChainHash.text(hash)));
                previous = hash;
                rows++;
            }
        }
        return new StoreAudit.Verdict(rows, firstBroken, ChainHash.text(previous));
    }

    private static byte[] hash(byte[] previous, Batch.Audit audit) {
        return ChainHash.next(previous, audit.atMs(), audit.op(), audit.who(), audit.what());
    }
}
