package dev.relay.daemon.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The audit table: every act of an operator, each row with the SHA-256 of the row before it and its own fields, so that a row that was changed or taken out later shows. Appended in
 * the transaction of the act itself. Rows of the time before the chain have no hash and stay outside of it. Store thread only.
 */
final class AuditChain {
    private static final byte[] START = new byte[32];

    private final Connection connection;

    AuditChain(Connection connection) {
        this.connection = connection;
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
            return last == null ? START : last;
        }
    }

    /** Number of the first row that does not follow from the one before it, 0 when all do. */
    static long firstBroken(Connection c) throws SQLException {
        byte[] previous = START;
        try (Statement s = c.createStatement();
                ResultSet r = s.executeQuery(
                        "SELECT no, at_ms, op, who, what, hash FROM audit WHERE hash IS NOT NULL ORDER BY no")) {
            while (r.next()) {
                byte[] expected =
                        hash(previous, new Batch.Audit(r.getLong(2), r.getString(3), r.getString(4), r.getString(5)));
                if (!MessageDigest.isEqual(expected, r.getBytes(6))) {
                    return r.getLong(1);
                }
                previous = expected;
            }
        }
        return 0;
    }

    private static byte[] hash(byte[] previous, Batch.Audit audit) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            sha.update(previous);
            sha.update(ByteBuffer.allocate(Long.BYTES).putLong(0, audit.atMs()));
            for (String field : new String[] {audit.op(), audit.who(), audit.what()}) {
                byte[] bytes = field.getBytes(StandardCharsets.UTF_8);
                sha.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, bytes.length));
                sha.update(bytes);
            }
            return sha.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every JDK", e);
        }
    }
}
