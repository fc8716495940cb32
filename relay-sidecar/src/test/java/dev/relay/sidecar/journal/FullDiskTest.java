package dev.relay.sidecar.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.relay.sidecar.order.ClientOrderId;
import dev.relay.sidecar.order.Fill;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderLog.Commit;
import dev.relay.sidecar.order.OrderReport;
import dev.relay.sidecar.order.OrderTerms;
import dev.relay.sidecar.order.OrderTracker;
import dev.relay.sidecar.order.OrderType;
import dev.relay.sidecar.order.OrderView;
import dev.relay.sidecar.order.Side;
import dev.relay.sidecar.order.TimeInForce;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A journal whose disk is full refuses intents, forgets nothing else, and goes on by itself when there is room again. */
class FullDiskTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final String PARENT = "00112233445566778899aabbccddeeff";
    private static final Instrument BTC = Instrument.of("BTC-USDT");

    @TempDir
    Path directory;

    private final OrderTracker tracker = new OrderTracker("paper", List.of(BTC));
    private final AtomicReference<Connection> writer = new AtomicReference<>();
    private final Queue<String> accepted = new ConcurrentLinkedQueue<>();
    private final Queue<String> refused = new ConcurrentLinkedQueue<>();
    private int next;

    @Test
    void shouldRefuseIntentsAndKeepFillsUntilThereIsRoomAgain() throws Exception {
        List<String> fillsOf = new ArrayList<>();
        try (SqliteJournal journal = open()) {
            for (int i = 0; i < 20; i++) {
                place(journal);
            }
            await().atMost(PATIENCE).until(() -> accepted.size() == 20);
            limitPages(pages());
            while (refused.isEmpty()) {
                place(journal);
                await().atMost(PATIENCE).until(() -> accepted.size() + refused.size() == next);
            }
            for (String id : List.copyOf(accepted)) {
                fill(journal, id);
                fillsOf.add(id);
            }
            await().atMost(PATIENCE).until(() -> journal.failureCount() > 3);
            assertThat(journal.isFailing()).isTrue();
            limitPages(1_000_000);
            await().atMost(PATIENCE).until(() -> !journal.isFailing());
            place(journal);
            await().atMost(PATIENCE).until(() -> accepted.size() + refused.size() == next);
        }
        try (SqliteJournal again = open()) {
            JournalState state = again.state();
            assertThat(state.orders())
                    .extracting(OrderView::clientId)
                    .containsExactlyInAnyOrderElementsOf(accepted)
                    .doesNotContainAnyElementsOf(refused);
            assertThat(state.fills())
                    .extracting(booked -> booked.fill().venueOrderId())
                    .containsExactlyElementsOf(fillsOf);
        }
        AuditChain.Verdict audit = AuditChain.check(directory.resolve("orders-paper.db"), row -> {});
        assertThat(audit.firstBroken()).isZero();
        assertThat(audit.rows()).isEqualTo(accepted.size() + fillsOf.size());
    }

    /** Nothing but intents failed, and those are answered: nobody else would learn that there is room again. */
    @Test
    void shouldFailUntilItHasCommittedAgainAlsoWhenNothingWaits() throws Exception {
        try (SqliteJournal journal = open()) {
            place(journal);
            await().atMost(PATIENCE).until(() -> accepted.size() == 1);
            limitPages(pages());
            while (refused.isEmpty()) {
                place(journal);
                await().atMost(PATIENCE).until(() -> accepted.size() + refused.size() == next);
            }
            long failures = journal.failureCount();
            await().atMost(PATIENCE).until(() -> journal.failureCount() > failures + 2);
            assertThat(journal.isFailing()).isTrue();
            limitPages(1_000_000);
            await().atMost(PATIENCE).until(() -> !journal.isFailing());
        }
    }

    private SqliteJournal open() {
        return SqliteJournal.open(directory, "paper", Runnable::run, Runnable::run, event -> {}, file -> {
            Connection connection = JournalSchema.openWriter(file);
            writer.set(connection);
            return connection;
        });
    }

    private void place(SqliteJournal journal) {
        String id = ClientOrderId.child(PARENT, next++);
        OrderTerms terms =
                new OrderTerms(Side.BUY, OrderType.LIMIT, new BigDecimal("100"), new BigDecimal("2"), TimeInForce.GTC);
        journal.append(tracker.place(id, "alice", BTC.symbol(), terms, 1), commit -> {
            (commit == Commit.DONE ? accepted : refused).add(id);
            if (commit == Commit.FAILED) {
                tracker.forget(id);
            }
        });
    }

    private void fill(SqliteJournal journal, String id) {
        Fill fill = new Fill(
                BTC.symbol(), "7", id, Side.BUY, new BigDecimal("100"), BigDecimal.ONE, BigDecimal.ZERO, "USDT", 1);
        OrderReport report =
                new OrderReport(OrderReport.Source.PUSH, BTC.symbol(), id, id, null, null, fill, null, "", 1);
        var transition = tracker.apply(report, 2);
        assertThat(transition).isNotNull();
        journal.append(transition, commit -> {});
    }

    private Statement statement() throws SQLException {
        return Objects.requireNonNull(writer.get()).createStatement();
    }

    private int pages() throws SQLException {
        try (Statement statement = statement();
                ResultSet count = statement.executeQuery("PRAGMA page_count")) {
            count.next();
            return count.getInt(1);
        }
    }

    private void limitPages(int most) throws SQLException {
        try (Statement statement = statement()) {
            statement.execute("PRAGMA max_page_count=" + most);
        }
    }
}
