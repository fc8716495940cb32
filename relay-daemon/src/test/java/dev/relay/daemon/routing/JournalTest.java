package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

/** Messages kept for audit. */
class JournalTest extends HeartTest {
    private static final long DAY_MS = 86_400_000;

    private long rows() throws SQLException {
        try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + dir.resolve("relay.db"));
                Statement s = c.createStatement();
                ResultSet r = s.executeQuery("SELECT count(*) FROM journal")) {
            return r.next() ? r.getLong(1) : -1;
        }
    }

    @Test
    void shouldWriteAMessageThatWasAckedAtOnceAndKeepItForSevenDays() throws SQLException {
        Peer sender = heart.join("sender");
        Peer recipient = heart.join("recipient");
        sender.bind(1, "recipient");
        recipient.credit(10);
        sender.send(1, 1, 0, "not for the journal");
        sender.send(1, 2, Flags.JOURNAL, "order");
        recipient.deliveries().forEach(recipient::ack);
        heart.advanceMs(100);
        assertThat(sender.take(FrameType.SENT)).isNotEmpty();
        assertThat(rows()).isEqualTo(1);
        heart.clock.advanceMs(6 * DAY_MS);
        heart.crash();
        heart.join("sender");
        heart.advanceMs(11_000);
        assertThat(rows()).isEqualTo(1);
        heart.clock.advanceMs(2 * DAY_MS);
        heart.join("other");
        heart.advanceMs(11_000);
        assertThat(rows()).isZero();
    }
}
