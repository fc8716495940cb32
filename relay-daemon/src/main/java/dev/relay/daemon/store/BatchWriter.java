package dev.relay.daemon.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Writes one batch in one transaction (rule R6). Store thread only; keeps its statements. */
final class BatchWriter {
    private final Connection connection;
    private final Map<String, PreparedStatement> statements = new HashMap<>();
    /** Lanes that may have attempt rows, so that floors of healthy lanes cost nothing more. */
    private final Set<Integer> lanesWithAttempts = new HashSet<>();

    BatchWriter(Connection connection, Iterable<Recovered.AttemptRow> attempts) {
        this.connection = connection;
        attempts.forEach(attempt -> lanesWithAttempts.add(attempt.lane()));
    }

    /** All of it or, when it throws, nothing. */
    void write(Batch batch) throws SQLException {
        try {
            names(batch);
            segment(batch);
            progress(batch);
            deadLetters(batch);
            connection.commit();
        } catch (SQLException e) {
            rollback(e);
            throw e;
        }
    }

    private void rollback(SQLException reason) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            reason.addSuppressed(e);
        }
    }

    private void names(Batch batch) throws SQLException {
        for (Recovered.AgentRow a : batch.agents) {
            run(
                    "INSERT INTO agent VALUES(?, ?, ?, ?) ON CONFLICT(namespace, name) DO UPDATE SET uid = excluded.uid,"
                            + " epoch = excluded.epoch",
                    a.namespace(),
                    a.name(),
                    a.uid(),
                    a.epoch());
        }
        for (Recovered.StreamRow s : batch.streams) {
            run(
                    "INSERT INTO stream VALUES(?, ?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET epoch = excluded.epoch,"
                            + " mark = excluded.mark",
                    s.id(),
                    s.namespace(),
                    s.sender(),
                    s.target(),
                    s.streamClass(),
                    s.epoch(),
                    s.mark());
        }
        for (Recovered.LaneRow l : batch.lanes) {
            run(
                    "INSERT INTO lane VALUES(?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET epoch = excluded.epoch,"
                            + " floor = excluded.floor, finished = excluded.finished",
                    l.id(),
                    l.namespace(),
                    l.sender(),
                    l.recipient(),
                    l.laneClass(),
                    l.epoch(),
                    l.floor(),
                    Finished.encode(l.finished()));
        }
        for (Recovered.KindRow k : batch.kinds) {
            run("INSERT INTO kind VALUES(?, ?) ON CONFLICT(id) DO NOTHING", k.id(), k.name());
        }
        for (Recovered.SubscriptionRow s : batch.subscribed) {
            run(
                    "INSERT INTO subscription VALUES(?, ?, ?) ON CONFLICT DO NOTHING",
                    s.namespace(),
                    s.agent(),
                    s.pattern());
        }
        for (Recovered.SubscriptionRow s : batch.unsubscribed) {
            run(
                    "DELETE FROM subscription WHERE namespace = ? AND agent = ? AND pattern = ?",
                    s.namespace(),
                    s.agent(),
                    s.pattern());
        }
    }

    private void segment(Batch batch) throws SQLException {
        if (batch.indexCount() > 0) {
            byte[] frames = new byte[batch.frames().position()];
            batch.frames().get(0, frames);
            byte[] entries = SegmentEntries.encode(batch);
            run("INSERT INTO segment VALUES(?, ?, ?, ?, ?)", batch.no, batch.wallMs, batch.bootNo, entries, frames);
            for (Map.Entry<Integer, long[]> last :
                    lastPositions(SegmentEntries.of(entries)).entrySet()) {
                long[] position = last.getValue();
                run("INSERT INTO segment_lane VALUES(?, ?, ?, ?)", last.getKey(), batch.no, position[0], position[1]);
            }
        }
        for (int i = 0; i < batch.emptySegmentCount(); i++) {
            run("DELETE FROM segment WHERE no = ?", batch.emptySegment(i));
            run("DELETE FROM segment_lane WHERE segment = ?", batch.emptySegment(i));
        }
    }

    private static Map<Integer, long[]> lastPositions(SegmentEntries entries) {
        Map<Integer, long[]> last = new LinkedHashMap<>();
        for (int i = 0; i < entries.count(); i++) {
            long[] position = last.computeIfAbsent(entries.lane(i), lane -> new long[2]);
            if (Finished.isAbove(entries.epoch(i), entries.seq(i), position[0], position[1])) {
                position[0] = entries.epoch(i);
                position[1] = entries.seq(i);
            }
        }
        return last;
    }

    private void progress(Batch batch) throws SQLException {
        for (Batch.Mark m : batch.marks) {
            run("UPDATE stream SET epoch = ?, mark = ? WHERE id = ?", m.epoch(), m.mark(), m.stream());
        }
        for (Recovered.AttemptRow a : batch.attempts) {
            lanesWithAttempts.add(a.lane());
            run(
                    "INSERT INTO attempt VALUES(?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(lane, epoch, seq) DO UPDATE SET"
                            + " attempts = excluded.attempts, crashes = excluded.crashes,"
                            + " due_offset_ms = excluded.due_offset_ms, first_at_ms = excluded.first_at_ms,"
                            + " error = excluded.error",
                    a.lane(),
                    a.epoch(),
                    a.seq(),
                    a.attempts(),
                    a.crashes(),
                    a.dueOffsetMs(),
                    a.firstAtMs(),
                    a.error());
        }
        for (Batch.Floor f : batch.floors) {
            floor(f);
        }
    }

    private void floor(Batch.Floor f) throws SQLException {
        run(
                "UPDATE lane SET epoch = ?, floor = ?, finished = ? WHERE id = ?",
                f.epoch(),
                f.floor(),
                Finished.encode(f.finished()),
                f.lane());
        if (!lanesWithAttempts.contains(f.lane())) {
            return;
        }
        run(
                "DELETE FROM attempt WHERE lane = ? AND (epoch < ? OR (epoch = ? AND seq <= ?))",
                f.lane(),
                f.epoch(),
                f.epoch(),
                f.floor());
        for (int i = 0; i + 1 < f.finished().length; i += 2) {
            run(
                    "DELETE FROM attempt WHERE lane = ? AND epoch = ? AND seq = ?",
                    f.lane(),
                    f.finished()[i],
                    f.finished()[i + 1]);
        }
    }

    private void deadLetters(Batch batch) throws SQLException {
        for (Batch.DeadLetter letter : batch.deadLetters) {
            DeadLetterRow d = letter.row();
            run(
                    "INSERT INTO dead_letter VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    d.no(),
                    d.lane(),
                    d.idMsb(),
                    d.idLsb(),
                    d.sender(),
                    d.target(),
                    d.laneClass(),
                    d.epoch(),
                    d.seq(),
                    d.kind(),
                    d.reason(),
                    d.attempts(),
                    d.firstAtMs(),
                    d.deadAtMs(),
                    d.error(),
                    d.bytes(),
                    d.frame());
            run(
                    "INSERT INTO dead_position VALUES(?, ?, ?, ?, ?, ?, ?)",
                    d.no(),
                    d.lane(),
                    letter.stream(),
                    d.epoch(),
                    d.seq(),
                    d.reason(),
                    d.attempts());
            run("DELETE FROM attempt WHERE lane = ? AND epoch = ? AND seq = ?", d.lane(), d.epoch(), d.seq());
        }
        for (Long no : batch.droppedDeadLetters) {
            run("DELETE FROM dead_letter WHERE no = ?", no);
        }
        for (Batch.Audit a : batch.audits) {
            run("INSERT INTO audit(at_ms, op, who, what) VALUES(?, ?, ?, ?)", a.atMs(), a.op(), a.who(), a.what());
        }
    }

    private void run(String sql, @org.jspecify.annotations.Nullable Object... values) throws SQLException {
        PreparedStatement statement = statements.get(sql);
        if (statement == null) {
            statement = connection.prepareStatement(sql);
            statements.put(sql, statement);
        }
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, values[i]);
        }
        statement.executeUpdate();
    }
}
