package dev.relay.sidecar.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.relay.sidecar.journal.SqliteJournal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each discrepancy of the journal is published once, after a refusal and after a restart too. */
class BusAlertsTest {
    @TempDir
    Path dir = Path.of("");

    private final List<String> published = new ArrayList<>();
    private final List<String> ids = new ArrayList<>();
    private boolean isBusDown;
    private long cursor;

    private void onBus(String topic, String kind, byte[] id, Map<String, Object> event) {
        if (isBusDown) {
            throw new IllegalStateException("bus down");
        }
        published.add(topic + " " + kind + " " + event.get("no") + " " + event.get("kind"));
        ids.add(HexFormat.of().formatHex(id));
    }

    @Test
    void alertsWaitInTheJournalForTheBusAndKeepTheirIds() {
        try (SqliteJournal journal = SqliteJournal.open(dir, "paper", Runnable::run, event -> {})) {
            BusAlerts alerts = alerts(journal);
            alerts.publish();
            journal.saveDiscrepancy(found(Discrepancy.Kind.EXTERNAL_ORDER));
            journal.saveDiscrepancy(found(Discrepancy.Kind.MISSED_FILL));
            await().until(() -> journal.discrepancyCount() == 2);
            isBusDown = true;
            assertThatThrownBy(alerts::publish).hasMessage("bus down");
            isBusDown = false;
            alerts.publish();
            alerts.publish();
            alerts.close();
        }
        assertThat(published)
                .containsExactly(
                        "alerts.paper reconcile.alert 1 EXTERNAL_ORDER", "alerts.paper reconcile.alert 2 MISSED_FILL");
        List<String> before = List.copyOf(ids);
        cursor = 1; // what the crash left of it
        try (SqliteJournal journal = SqliteJournal.open(dir, "paper", Runnable::run, event -> {})) {
            BusAlerts alerts = alerts(journal);
            alerts.publish();
            alerts.close();
        }
        assertThat(ids).hasSize(3);
        assertThat(ids.get(2)).as("a repeat is a duplicate").isEqualTo(before.get(1));
        assertThat(cursor).isEqualTo(2);
    }

    private BusAlerts alerts(SqliteJournal journal) {
        return new BusAlerts(
                "paper",
                journal.state().journalId(),
                this::onBus,
                journal::reader,
                cursor,
                journal::discrepancyCount,
                no -> cursor = no);
    }

    private static Discrepancy found(Discrepancy.Kind kind) {
        return new Discrepancy(kind, 1, "BTC-USDT", "id", "1", "");
    }
}
