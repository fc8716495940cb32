package dev.relay.daemon.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Which columns of which table a checksum column covers. A table whose rows are partly rewritten has two: one for what never changes, one for the rest, so that an
 * update needs no read.
 *
 * @param key how many of the first columns are the row's key
 */
record SummedTable(String table, String sumColumn, int key, List<String> columns) {
    static final SummedTable META = of("meta", "sum", 1, "key", "value");
    static final SummedTable AGENT = of("agent", "sum", 2, "namespace", "name", "uid", "epoch");
    static final SummedTable STREAM_NAMES = of("stream", "name_sum", 1, "id", "namespace", "sender", "target", "class");
    static final SummedTable STREAM_MARK = of("stream", "sum", 1, "id", "epoch", "mark");
    static final SummedTable LANE_NAMES = of("lane", "name_sum", 1, "id", "namespace", "sender", "recipient", "class");
    static final SummedTable LANE_FLOOR = of("lane", "sum", 1, "id", "epoch", "floor", "finished");
    static final SummedTable KIND = of("kind", "sum", 1, "id", "name");
    static final SummedTable SUBSCRIPTION = of("subscription", "sum", 3, "namespace", "agent", "pattern");
    static final SummedTable SEGMENT = of("segment", "sum", 1, "no", "wall_ms", "boot_no", "entries");
    static final SummedTable ATTEMPT = of(
            "attempt",
            "sum",
            3,
            "lane",
            "epoch",
            "seq",
            "attempts",
            "crashes",
            "due_offset_ms",
            "first_at_ms",
            "error");
    static final SummedTable DEAD_LETTER = of(
            "dead_letter",
            "sum",
            1,
            "no",
            "lane",
            "id_msb",
            "id_lsb",
            "sender",
            "target",
            "class",
            "epoch",
            "seq",
            "kind",
            "reason",
            "attempts",
            "first_at_ms",
            "dead_at_ms",
            "error",
            "bytes");
    static final SummedTable DEAD_POSITION =
            of("dead_position", "sum", 1, "no", "lane", "stream", "epoch", "seq", "reason", "attempts");

    static final SummedTable KEPT = of("kept", "sum", 1, "key", "value");
    static final SummedTable LANE_OPTION = of(
            "lane_option",
            "sum",
            1,
            "lane",
            "on_dead_letter",
            "overflow",
            "released_epoch",
            "released_seq",
            "revived_no");
    static final SummedTable APP_ID =
            of("app_id", "sum", 1, "no", "stream", "epoch", "seq", "high", "low", "content", "at_ms");
    static final SummedTable JOURNAL = of(
            "journal",
            "sum",
            1,
            "no",
            "at_ms",
            "namespace",
            "sender",
            "target",
            "class",
            "epoch",
            "seq",
            "id_msb",
            "id_lsb",
            "frame");

    static final SummedTable DOCUMENT = of("document", "sum", 3, "desk", "namespace", "key", "body");

    /** The payload of a dead letter: damage to it harms nothing else. */
    static final SummedTable DEAD_LETTER_FRAME = of("dead_letter", "frame_sum", 1, "no", "frame");

    /** Damage in any of these is damage of the store. */
    static final List<SummedTable> STATE = List.of(
            META,
            AGENT,
            STREAM_NAMES,
            STREAM_MARK,
            LANE_NAMES,
            LANE_FLOOR,
            KIND,
            SUBSCRIPTION,
            SEGMENT,
            ATTEMPT,
            DEAD_LETTER,
            DEAD_POSITION,
            KEPT,
            LANE_OPTION,
            APP_ID,
            DOCUMENT);

    /** Damage in these harms nobody but who reads them. */
    static final List<SummedTable> ASIDE = List.of(DEAD_LETTER_FRAME, JOURNAL);

    private static SummedTable of(String table, String sumColumn, int key, String... columns) {
        return new SummedTable(table, sumColumn, key, List.of(columns));
    }

    /** Tells of each row whose values do not match its sum: its table and key. */
    void verify(Connection c, Consumer<String> onDamage) throws SQLException {
        int width = columns.size();
        try (Statement s = c.createStatement();
                ResultSet r =
                        s.executeQuery("SELECT " + String.join(", ", columns) + ", " + sumColumn + " FROM " + table)) {
            while (r.next()) {
                if (sum(r) != r.getLong(width + 1)) {
                    onDamage.accept(table + "(" + keyOf(r) + ")");
                }
            }
        }
    }

    private long sum(ResultSet r) throws SQLException {
        RowSum sum = new RowSum();
        for (int i = 1; i <= columns.size(); i++) {
            sum.add(r.getObject(i));
        }
        return sum.value();
    }

    private String keyOf(ResultSet r) throws SQLException {
        StringBuilder text = new StringBuilder();
        for (int i = 1; i <= key; i++) {
            text.append(i == 1 ? "" : " ")
                    .append(columns.get(i - 1))
                    .append('=')
                    .append(r.getString(i));
        }
        return text.toString();
    }

    /** Gives rows of a store without sums theirs. */
    void fill(Connection c) throws SQLException {
        List<String> keys = columns.subList(0, key);
        String where = String.join(" AND ", keys.stream().map(k -> k + " IS ?").toList());
        try (Statement s = c.createStatement();
                ResultSet r = s.executeQuery("SELECT " + String.join(", ", columns) + " FROM " + table);
                PreparedStatement p =
                        c.prepareStatement("UPDATE " + table + " SET " + sumColumn + " = ? WHERE " + where)) {
            while (r.next()) {
                p.setLong(1, sum(r));
                for (int i = 1; i <= key; i++) {
                    @Nullable Object value = r.getObject(i);
                    p.setObject(i + 1, value);
                }
                p.addBatch();
            }
            p.executeBatch();
        }
    }
}
