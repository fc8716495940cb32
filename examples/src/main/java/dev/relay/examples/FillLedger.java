package dev.relay.examples;

import dev.relay.client.Message;
import dev.relay.client.Relay;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CountDownLatch;

/** Books every fill exactly once in SQLite, whatever dies when: the row and the message's position are one transaction. */
public final class FillLedger {
    private final Connection db;

    private FillLedger(Connection db) throws SQLException {
        this.db = db;
        try (Statement statement = db.createStatement()) {
            statement.execute("CREATE TABLE IF NOT EXISTS fill (symbol TEXT, quantity TEXT)");
            db.commit();
        }
    }

    /** Arguments: socket, database file. Runs until SIGTERM. */
    public static void main(String[] args) throws InterruptedException, SQLException {
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(ended::countDown));
        try (Connection db = DriverManager.getConnection("jdbc:sqlite:" + args[1])) {
            try (Statement statement = db.createStatement()) {
                statement.execute("PRAGMA journal_mode=WAL");
                statement.execute("PRAGMA synchronous=NORMAL");
            }
            db.setAutoCommit(false);
            FillLedger ledger = new FillLedger(db);
            try (Relay relay = Relay.builder("ledger")
                    .socket(Path.of(args[0]))
                    .inbox(new SqliteInbox(db))
                    .connect()) {
                relay.on("fill", ledger::book).start();
                System.out.println("ready agent=ledger");
                ended.await();
            }
        }
    }

    /** Lanes run in parallel, the connection takes one transaction at a time. */
    private void book(Message fill) throws SQLException {
        synchronized (db) {
            try (PreparedStatement insert = db.prepareStatement("INSERT INTO fill VALUES (?, ?)")) {
                insert.setString(1, String.valueOf(fill.json().get("symbol")));
                insert.setString(2, String.valueOf(fill.json().get("quantity")));
                insert.executeUpdate();
                fill.done();
                db.commit();
            } catch (SQLException | RuntimeException e) {
                db.rollback();
                throw e;
            }
        }
    }
}
