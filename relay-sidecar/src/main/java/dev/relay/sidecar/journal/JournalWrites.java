package dev.relay.sidecar.journal;

import dev.relay.sidecar.order.Discrepancy;
import dev.relay.sidecar.order.Fill;
import dev.relay.sidecar.order.OrderEvent;
import dev.relay.sidecar.order.OrderView;
import dev.relay.sidecar.order.Transition;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The statements of the writer thread; each call is part of its open transaction. */
final class JournalWrites implements AutoCloseable {
    private final PreparedStatement newOrder;
    private final PreparedStatement order;
    private final PreparedStatement event;
    private final PreparedStatement fill;
    private final PreparedStatement position;
    private final PreparedStatement cursor;
    private final PreparedStatement fact;
    private final PreparedStatement kill;
    private final PreparedStatement discrepancy;
    private final AuditChain audit;

    JournalWrites(Connection connection) throws SQLException {
        newOrder = connection.prepareStatement(
                "INSERT OR IGNORE INTO orders(client_id, event_no, is_open, fields) VALUES(?,?,?,?)");
        order = connection.prepareStatement(
                "INSERT OR REPLACE INTO orders(client_id, event_no, is_open, fields) VALUES(?,?,?,?)");
        event = connection.prepareStatement(
                "INSERT INTO events(event_no, order_fields, event_fields, position_fields) VALUES(?,?,?,?)");
        fill = connection.prepareStatement("INSERT OR IGNORE INTO fills VALUES(?,?,?,?,?,?,?,?,?,?,?,?)");
        position =
                connection.prepareStatement("INSERT OR REPLACE INTO positions(symbol, event_no, fields) VALUES(?,?,?)");
        cursor = connection.prepareStatement("INSERT OR REPLACE INTO cursors(symbol, trade_id) VALUES(?,?)");
        fact = connection.prepareStatement("INSERT OR REPLACE INTO facts(name, value) VALUES(?,?)");
        discrepancy = connection.prepareStatement(
                "INSERT INTO discrepancies(at_ms, kind, symbol, client_id, venue_id, detail) VALUES(?,?,?,?,?,?)");
        audit = new AuditChain(connection);
        kill = connection.prepareStatement("INSERT INTO kills(at_ms, is_killed, reason) VALUES(?,?,?)");
    }

    /** False: the intent's client id exists already and nothing was written. */
    boolean transition(Transition transition, OrderEvent text) throws SQLException {
        OrderView view = transition.order();
        PreparedStatement target = transition.isNew() ? newOrder : order;
        String orderFields = FieldsJson.write(text.order());
        target.setString(1, view.clientId());
        target.setLong(2, transition.eventNo());
        target.setInt(3, view.state().isTerminal() ? 0 : 1);
        target.setString(4, orderFields);
        if (target.executeUpdate() == 0) {
            return false;
        }
        Fill booked = transition.fill();
        if (booked != null) {
            fill(booked, view, transition.eventNo());
        }
        String eventFields = FieldsJson.write(text.event());
        event.setLong(1, transition.eventNo());
        event.setString(2, orderFields);
        event.setString(3, eventFields);
        event.setString(4, position(text, view.symbol(), transition.eventNo()));
        event.executeUpdate();
        audit.append(transition.atMs(), "order", view.agent(), eventFields);
        return true;
    }

    /** The position after the event as it is written; null when the event leaves it as it was. */
    private @Nullable String position(OrderEvent event, String symbol, long eventNo) throws SQLException {
        Map<String, String> fields = event.position();
        if (fields == null) {
            return null;
        }
        String written = FieldsJson.write(fields);
        position.setString(1, symbol);
        position.setLong(2, eventNo);
        position.setString(3, written);
        position.executeUpdate();
        return written;
    }

    private void fill(Fill booked, OrderView view, long eventNo) throws SQLException {
        fill.setString(1, view.account());
        fill.setString(2, booked.symbol());
        fill.setString(3, booked.tradeId());
        fill.setString(4, booked.venueOrderId());
        fill.setString(5, view.clientId());
        fill.setString(6, booked.side().name());
        fill.setString(7, booked.price().toPlainString());
        fill.setString(8, booked.quantity().toPlainString());
        fill.setString(9, booked.commission().toPlainString());
        fill.setString(10, booked.commissionAsset());
        fill.setLong(11, booked.atMs());
        fill.setLong(12, eventNo);
        fill.executeUpdate();
    }

    void cursor(String symbol, long tradeId) throws SQLException {
        cursor.setString(1, symbol);
        cursor.setLong(2, tradeId);
        cursor.executeUpdate();
    }

    void fact(String name, String value) throws SQLException {
        fact.setString(1, name);
        fact.setString(2, value);
        fact.executeUpdate();
    }

    void kill(boolean isKilled, String reason, long atMs) throws SQLException {
        fact(SqliteJournal.KILLED, isKilled ? "1" : "0");
        kill.setLong(1, atMs);
        kill.setInt(2, isKilled ? 1 : 0);
        kill.setString(3, reason);
        kill.executeUpdate();
        audit.append(atMs, isKilled ? "kill" : "release", "", reason);
    }

    void discrepancy(Discrepancy found) throws SQLException {
        discrepancy.setLong(1, found.atMs());
        discrepancy.setString(2, found.kind().name());
        discrepancy.setString(3, found.symbol());
        discrepancy.setString(4, found.clientId());
        discrepancy.setString(5, found.venueOrderId());
        discrepancy.setString(6, found.detail());
        discrepancy.executeUpdate();
        audit.append(found.atMs(), "discrepancy", "", FieldsJson.write(found.toFields()));
    }

    /** True: there may be more. */
    boolean prune(long beforeMs, long nowMs) throws SQLException {
        return audit.prune(beforeMs, nowMs);
    }

    void refusal(String agent, String what, long atMs) throws SQLException {
        audit.append(atMs, "refuse", agent, what);
    }

    @Override
    public void close() throws SQLException {
        for (PreparedStatement statement :
                new PreparedStatement[] {newOrder, order, event, fill, position, cursor, fact, kill, discrepancy}) {
            statement.close();
        }
    }
}
