package dev.relay.daemon.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes rows by statements that it prepares once; as many as there are texts in the code. Store thread only. */
final class RowWriter {
    private final Connection connection;
    private final Map<String, PreparedStatement> statements = new HashMap<>();

    RowWriter(Connection connection) {
        this.connection = connection;
    }

    void run(String sql, @Nullable Object... values) throws SQLException {
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

    /** The same with one value more, the {@link RowSum} of all these. */
    void runSummed(String sql, @Nullable Object... values) throws SQLException {
        @Nullable Object[] summed = Arrays.copyOf(values, values.length + 1);
        summed[values.length] = RowSum.of(values);
        run(sql, summed);
    }
}
