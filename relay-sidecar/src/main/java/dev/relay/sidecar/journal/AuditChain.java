package dev.relay.sidecar.journal;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.function.Consumer;

/**
 * The audit table of a journal: order events with their fills, risk refusals, kill decisions. Each row has the SHA-256 of the row before it and its own fields, so that a row that was
 * changed or taken out later shows. Rows are appended in the transaction of what they tell. The writer is used by the thread "journal"; checking opens a connection of its own.
 */
public final class AuditChain {
    static final String TABLE = "CREATE TABLE IF NOT EXISTS audit(no INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL,"
            + " op TEXT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, hash BLOB NOT NULL)";
    private static final byte[] START = new byte[32];

    private final Connection connection;

    AuditChain(Connection connection) {
        this.connection = connection;
    }

    /** One row. {@code op} is order, refuse, kill or release. */
    public record Row(long no, long atMs, String op, String who, String what, String hash) {}

    /**
     * What a check found.
     *
     * @param firstBroken number of the first row that does not follow from the one before it, 0 when all do
     * @param head hash of the last row, in hex; to be kept elsewhere, because a chain cannot show that its own end was cut off
     */
    public record Verdict(long rows, long firstBroken, String head) {}

    void append(long atMs, String op, String who, String what) throws SQLException {
        try (PreparedStatement p =
                connection.prepareStatement("INSERT INTO audit(at_ms, op, who, what, hash) VALUES(?, ?, ?, ?, ?)")) {
            p.setLong(1, atMs);
            p.setString(2, op);
            p.setString(3, who);
            p.setString(4, what);
            p.setBytes(5, hash(last(), atMs, op, who, what));
            p.executeUpdate();
        }
    }

    private byte[] last() throws SQLException {
        try (Statement s = connection.createStatement();
                ResultSet r = s.executeQuery("SELECT hash FROM audit ORDER BY no DESC LIMIT 1")) {
            return r.next() ? r.getBytes(1) : START;
        }
    }

    /** Reads the whole chain of a journal's file, gives each row to {@code out}, and checks it. May run beside the sidecar. */
    public static Verdict check(Path file, Consumer<Row> out) {
        try (Connection c = JournalSchema.openReader(file);
                Statement s = c.createStatement();
                ResultSet r = s.executeQuery("SELECT no, at_ms, op, who, what, hash FROM audit ORDER BY no")) {
            byte[] previous = START;
            long rows = 0;
            long firstBroken = 0;
            while (r.next()) {
                byte[] hash = r.getBytes(6);
                byte[] expected = hash(previous, r.getLong(2), r.getString(3), r.getString(4), r.getString(5));
                boolean follows = MessageDigest.isEqual(expected, hash) && r.getLong(1) == rows + 1;
                firstBroken = firstBroken == 0 && !follows ? r.getLong(1) : firstBroken;
                out.accept(
                        new Row(r.getLong(1), r.getLong(2), r.getString(3), r.getString(4), r.getString(5), hex(hash)));
                previous = hash;
                rows++;
            }
            return new Verdict(rows, firstBroken, hex(previous));
        } catch (SQLException e) {
            throw new JournalException("the audit of the journal cannot be read, file=" + file, e);
        }
    }

    private static String hex(byte[] hash) {
        return HexFormat.of().formatHex(hash);
    }

    private static byte[] hash(byte[] previous, long atMs, String... fields) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            sha.update(previous);
            sha.update(ByteBuffer.allocate(Long.BYTES).putLong(0, atMs));
            for (String field : fields) {
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
