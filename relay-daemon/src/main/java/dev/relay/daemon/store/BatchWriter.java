package dev.relay.daemon.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Writes one batch in one transaction (rule R6). Store thread only; keeps its statements. */
final class BatchWriter {
    /** Key in {@code meta} of the newest batch's number, which tells at the next start whether anything is missing. */
    static final String LAST_BATCH = "last_batch";

    private static final int DELETES = 64;

    private final Connection connection;
    /** Segments to delete: what one batch may leave over. */
    private final Set<Long> emptied = new LinkedHashSet<>();

    private final List<Long> deleted = new ArrayList<>();
    private final AuditChain audit;
    private final RowWriter writer;
    /** Lanes that may have attempt rows, so that floors of healthy lanes cost nothing more. */
    private final Set<Integer> lanesWithAttempts = new HashSet<>();

    private final KeptTables kept;

    BatchWriter(Connection connection, Iterable<Recovered.AttemptRow> attempts, KeptTables kept) {
        this.connection = connection;
        this.writer = new RowWriter(connection);
        this.audit = new AuditChain(connection);
        this.kept = kept;
        attempts.forEach(attempt -> lanesWithAttempts.add(attempt.lane()));
    }

    /** All of it or, when it throws, nothing. */
    void write(Batch batch) throws SQLException {
        inTransaction(() -> {
            writer.run(
                    "UPDATE meta SET value = ?, sum = ? WHERE key = ?",
                    batch.no,
                    RowSum.of(LAST_BATCH, batch.no),
                    LAST_BATCH);
            names(batch);
            segment(batch);
            progress(batch);
            deadLetters(batch);
            kept.write(batch);
        });
    }

    private void inTransaction(Transaction.Body body) throws SQLException {
        try {
            Transaction.run(connection, body);
        } catch (SQLException e) {
            emptied.addAll(deleted);
            throw e;
        } finally {
            deleted.clear();
        }
    }

    private void names(Batch batch) throws SQLException {
        for (Recovered.AgentRow a : batch.agents) {
            writer.runSummed(
                    "INSERT INTO agent VALUES(?, ?, ?, ?, ?) ON CONFLICT(namespace, name) DO UPDATE SET uid = excluded.uid,"
                            + " epoch = excluded.epoch, sum = excluded.sum",
                    a.namespace(),
                    a.name(),
                    a.uid(),
                    a.epoch());
        }
        for (Recovered.StreamRow s : batch.streams) {
            writer.run(
                    "INSERT INTO stream VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET"
                            + " epoch = excluded.epoch, mark = excluded.mark, sum = excluded.sum",
                    s.id(),
                    s.namespace(),
                    s.sender(),
                    s.target(),
                    s.streamClass(),
                    s.epoch(),
                    s.mark(),
                    RowSum.of(s.id(), s.namespace(), s.sender(), s.target(), s.streamClass()),
                    RowSum.of(s.id(), s.epoch(), s.mark()));
        }
        for (Recovered.LaneRow l : batch.lanes) {
            byte[] finished = Finished.encode(l.finished());
            writer.run(
                    "INSERT INTO lane VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET"
                            + " epoch = excluded.epoch, floor = excluded.floor, finished = excluded.finished,"
                            + " sum = excluded.sum",
                    l.id(),
                    l.namespace(),
                    l.sender(),
                    l.recipient(),
                    l.laneClass(),
                    l.epoch(),
                    l.floor(),
                    finished,
                    RowSum.of(l.id(), l.namespace(), l.sender(), l.recipient(), l.laneClass()),
                    RowSum.of(l.id(), l.epoch(), l.floor(), finished));
        }
        for (Recovered.KindRow k : batch.kinds) {
            writer.runSummed("INSERT INTO kind VALUES(?, ?, ?) ON CONFLICT(id) DO NOTHING", k.id(), k.name());
        }
        for (Recovered.SubscriptionRow s : batch.subscribed) {
            writer.runSummed(
                    "INSERT INTO subscription VALUES(?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    s.namespace(),
                    s.agent(),
                    s.pattern());
        }
        for (Recovered.SubscriptionRow s : batch.unsubscribed) {
            writer.run(
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
            writer.run(
                    "INSERT INTO segment VALUES(?, ?, ?, ?, ?, ?)",
                    batch.no,
                    batch.wallMs,
                    batch.bootNo,
                    entries,
                    frames,
                    RowSum.of(batch.no, batch.wallMs, batch.bootNo, entries));
            for (Map.Entry<Integer, long[]> last :
                    lastPositions(SegmentEntries.of(entries)).entrySet()) {
                long[] position = last.getValue();
                writer.run(
                        "INSERT INTO segment_lane VALUES(?, ?, ?, ?)",
                        last.getKey(),
                        batch.no,
                        position[0],
                        position[1]);
            }
        }
        for (int i = 0; i < batch.emptySegmentCount(); i++) {
            emptied.add(batch.emptySegment(i));
        }
        deleteEmptied();
    }

    /** A chunk of them, so that the end of a long backlog holds nobody up; what a crash leaves over is found empty at the next start. */
    private void deleteEmptied() throws SQLException {
        for (int i = 0; i < DELETES && !emptied.isEmpty(); i++) {
            long no = emptied.iterator().next();
            emptied.remove(no);
            writer.run("DELETE FROM segment WHERE no = ?", no);
            writer.run("DELETE FROM segment_lane WHERE segment = ?", no);
            deleted.add(no);
        }
    }

    /** Deletes more of what is empty, in a transaction of its own; false when there was nothing. */
    boolean deleteMore() throws SQLException {
        if (emptied.isEmpty()) {
            return false;
        }
        inTransaction(this::deleteEmptied);
        return true;
    }

    /** Per lane of a segment, epoch and seq of its last frame. */
    static Map<Integer, long[]> lastPositions(SegmentEntries entries) {
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
            writer.run(
                    "UPDATE stream SET epoch = ?, mark = ?, sum = ? WHERE id = ?",
                    m.epoch(),
                    m.mark(),
                    RowSum.of(m.stream(), m.epoch(), m.mark()),
                    m.stream());
        }
        for (Recovered.AttemptRow a : batch.attempts) {
            lanesWithAttempts.add(a.lane());
            writer.runSummed(
                    "INSERT INTO attempt VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(lane, epoch, seq) DO UPDATE SET"
                            + " attempts = excluded.attempts, crashes = excluded.crashes,"
                            + " due_offset_ms = excluded.due_offset_ms, first_at_ms = excluded.first_at_ms,"
                            + " error = excluded.error, sum = excluded.sum",
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
        byte[] finished = Finished.encode(f.finished());
        writer.run(
                "UPDATE lane SET epoch = ?, floor = ?, finished = ?, sum = ? WHERE id = ?",
                f.epoch(),
                f.floor(),
                finished,
                RowSum.of(f.lane(), f.epoch(), f.floor(), finished),
                f.lane());
        if (!lanesWithAttempts.contains(f.lane())) {
            return;
        }
        writer.run(
                "DELETE FROM attempt WHERE lane = ? AND (epoch < ? OR (epoch = ? AND seq <= ?))",
                f.lane(),
                f.epoch(),
                f.epoch(),
                f.floor());
        for (int i = 0; i + 1 < f.finished().length; i += 2) {
            writer.run(
                    "DELETE FROM attempt WHERE lane = ? AND epoch = ? AND seq = ?",
                    f.lane(),
                    f.finished()[i],
                    f.finished()[i + 1]);
        }
    }

    private void deadLetters(Batch batch) throws SQLException {
        for (Batch.DeadLetter letter : batch.deadLetters) {
            DeadLetterRow d = letter.row();
            writer.run(
                    "INSERT INTO dead_letter VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
                    d.frame(),
                    sum(d),
                    RowSum.of(d.no(), d.frame()));
            writer.runSummed(
                    "INSERT INTO dead_position VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
                    d.no(),
                    d.lane(),
                    letter.stream(),
                    d.epoch(),
                    d.seq(),
                    d.reason(),
                    d.attempts());
            writer.run("DELETE FROM attempt WHERE lane = ? AND epoch = ? AND seq = ?", d.lane(), d.epoch(), d.seq());
            audit.append(AuditChain.of(d));
        }
        for (Long no : batch.droppedDeadLetters) {
            writer.run("DELETE FROM dead_letter WHERE no = ?", no);
        }
        for (Batch.Audit a : batch.audits) {
            audit.append(a);
        }
    }

    private static long sum(DeadLetterRow d) {
        return RowSum.of(
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
                d.bytes());
    }
}
