package dev.relay.examples;

import dev.relay.client.AlreadyDone;
import dev.relay.client.InboxPosition;
import dev.relay.client.InboxStore;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * An inbox in the application's own database: {@code Message.done()} inside a transaction commits the effect and the message's position together, so that no
 * crash has an effect happen twice. The connection is the application's, with auto-commit off; who works on it holds its monitor.
 */
public final class SqliteInbox implements InboxStore {
    private final Connection db;

    public SqliteInbox(Connection db) throws SQLException {
        this.db = db;
        try (Statement statement = db.createStatement()) {
            statement.execute(
                    "CREATE TABLE IF NOT EXISTS relay_inbox (store TEXT, sender TEXT, class TEXT, epoch INTEGER, seq INTEGER,"
                            + " PRIMARY KEY (store, sender, class)) WITHOUT ROWID");
            db.commit();
        }
    }

    @Override
    public List<InboxPosition> load() {
        List<InboxPosition> found = new ArrayList<>();
        synchronized (db) {
            try (Statement statement = db.createStatement();
                    ResultSet rows =
                            statement.executeQuery("SELECT store, sender, class, epoch, seq FROM relay_inbox")) {
                while (rows.next()) {
                    found.add(new InboxPosition(
                            rows.getString(1), rows.getString(2), rows.getString(3), rows.getLong(4), rows.getLong(5)));
                }
            } catch (SQLException e) {
                throw new IllegalStateException("cannot read the inbox table", e);
            }
        }
        return found;
    }

    /** Part of the caller's transaction. The condition keeps a paused old process from applying what its successor has applied. */
    @Override
    public void done(InboxPosition position, byte[] state) {
        synchronized (db) {
            try (PreparedStatement upsert = db.prepareStatement("INSERT INTO relay_inbox VALUES (?, ?, ?, ?, ?)"
                    + " ON CONFLICT DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq"
                    + " WHERE (epoch, seq) < (excluded.epoch, excluded.seq)")) {
                upsert.setString(1, position.store());
                upsert.setString(2, position.sender());
                upsert.setString(3, position.laneClass());
                upsert.setLong(4, position.epoch());
                upsert.setLong(5, position.seq());
                if (upsert.executeUpdate() == 0) {
                    throw new AlreadyDone(position);
                }
            } catch (SQLException e) {
                throw new IllegalStateException("cannot write the inbox table", e);
            }
        }
    }
}
