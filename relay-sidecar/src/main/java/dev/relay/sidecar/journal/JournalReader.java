package dev.relay.sidecar.journal;

import dev.relay.sidecar.order.Discrepancy;
import dev.relay.sidecar.order.Fill;
import dev.relay.sidecar.order.OrderEvent;
import dev.relay.sidecar.order.OrderView;
import dev.relay.sidecar.order.Side;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Reads a journal beside its writer. One connection, owned by the thread that uses the reader; every list has a limit but
 * the fills, which are all needed to fold the positions.
 */
public final class JournalReader implements AutoCloseable {
    private final Path file;
    private final Connection connection;

    JournalReader(Path file) {
        this.file = file;
        try {
            this.connection = JournalSchema.openReader(file);
        } catch (SQLException e) {
            throw new JournalException("journal cannot be read, file=" + file, e);
        }
    }

    /** Reads a journal from outside of its sidecar, running or not. */
    public static JournalReader open(Path file) {
        return new JournalReader(file);
    }

    /** Events with a higher number, lowest first. Numbers may have holes. */
    public List<OrderEvent> eventsAfter(long eventNo, int limit) {
        return list(
                "SELECT event_no, order_fields, event_fields, position_fields FROM events"
                        + " WHERE event_no > ? ORDER BY event_no LIMIT ?",
                rows -> {
                    String position = rows.getString(4);
                    return new OrderEvent(
                            rows.getLong(1),
                            FieldsJson.read(rows.getString(2)),
                            FieldsJson.read(rows.getString(3)),
                            position == null ? null : FieldsJson.read(position));
                },
                eventNo,
                limit);
    }

    /** Fields of the orders that have not ended. */
    public List<Map<String, String>> openOrders() {
        return list("SELECT fields FROM orders WHERE is_open = 1 ORDER BY event_no", JournalReader::fields);
    }

    /** Fields of the ended orders that changed last, oldest first. */
    public List<Map<String, String>> endedOrders(int limit) {
        return list(
                "SELECT fields FROM (SELECT fields, event_no FROM orders WHERE is_open = 0"
                        + " ORDER BY event_no DESC LIMIT ?) ORDER BY event_no",
                JournalReader::fields,
                limit);
    }

    public List<Map<String, String>> positions() {
        return list("SELECT fields FROM positions ORDER BY symbol", JournalReader::fields);
    }

    /** Discrepancies with a higher number, lowest first. */
    public List<KeptDiscrepancy> discrepanciesAfter(long no, int limit) {
        return list(
                "SELECT no, kind, at_ms, symbol, client_id, venue_id, detail FROM discrepancies"
                        + " WHERE no > ? ORDER BY no LIMIT ?",
                rows -> new KeptDiscrepancy(
                        rows.getLong(1),
                        new Discrepancy(
                                Discrepancy.Kind.valueOf(rows.getString(2)),
                                rows.getLong(3),
                                rows.getString(4),
                                rows.getString(5),
                                rows.getString(6),
                                rows.getString(7))),
                no,
                limit);
    }

    /** A discrepancy and its number in the journal. */
    public record KeptDiscrepancy(long no, Discrepancy discrepancy) {}

    /** Facts whose name begins so, by the rest of the name. */
    public Map<String, String> factsOf(String prefix) {
        Map<String, String> found = new TreeMap<>();
        list(
                        "SELECT name, value FROM facts WHERE substr(name, 1, length(?1)) = ?1",
                        rows -> Map.entry(rows.getString(1).substring(prefix.length()), rows.getString(2)),
                        prefix)
                .forEach(entry -> found.put(entry.getKey(), entry.getValue()));
        return found;
    }

    public long lastEventNo() {
        return list("SELECT coalesce(max(event_no), 0) FROM events", rows -> rows.getLong(1))
                .get(0);
    }

    public Optional<String> fact(String name) {
        return list("SELECT value FROM facts WHERE name = ?", rows -> rows.getString(1), name).stream()
                .findFirst();
    }

    /** Why the kill switch was closed last; empty when it never was. */
    public Optional<String> killReason() {
        return list(
                        "SELECT reason FROM kills WHERE is_killed = 1 ORDER BY rowid DESC LIMIT 1",
                        rows -> rows.getString(1))
                .stream()
                .findFirst();
    }

    JournalState state(int maxEnded) {
        List<OrderView> orders = new ArrayList<>();
        endedOrders(maxEnded).forEach(fields -> orders.add(OrderView.fromFields(fields)));
        openOrders().forEach(fields -> orders.add(OrderView.fromFields(fields)));
        Map<String, Long> cursors = new HashMap<>();
        list("SELECT symbol, trade_id FROM cursors", rows -> Map.entry(rows.getString(1), rows.getLong(2)))
                .forEach(entry -> cursors.put(entry.getKey(), entry.getValue()));
        boolean isKilled = !fact(SqliteJournal.KILLED).orElse("0").equals("0");
        return new JournalState(
                fact(SqliteJournal.JOURNAL_ID).orElseThrow(), lastEventNo(), orders, fills(), cursors, isKilled);
    }

    private List<JournalState.BookedFill> fills() {
        return list(
                "SELECT symbol, trade_id, venue_order_id, side, price, quantity, commission, commission_asset,"
                        + " at_ms, event_no FROM fills ORDER BY event_no",
                rows -> new JournalState.BookedFill(
                        new Fill(
                                rows.getString(1),
                                rows.getString(2),
                                rows.getString(3),
                                Side.valueOf(rows.getString(4)),
                                new BigDecimal(rows.getString(5)),
                                new BigDecimal(rows.getString(6)),
                                new BigDecimal(rows.getString(7)),
                                rows.getString(8),
                                rows.getLong(9)),
                        rows.getLong(10)));
    }

    private static Map<String, String> fields(ResultSet rows) throws SQLException {
        return FieldsJson.read(rows.getString(1));
    }

    /** One row of an answer. */
    private interface Row<T> {
        T read(ResultSet rows) throws SQLException;
    }

    private <T> List<T> list(String sql, Row<T> row, Object... parameters) {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            List<T> result = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    result.add(row.read(rows));
                }
            }
            return result;
        } catch (SQLException e) {
            throw new JournalException("journal cannot be read, file=" + file, e);
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new JournalException("journal reader cannot be closed, file=" + file, e);
        }
    }
}
