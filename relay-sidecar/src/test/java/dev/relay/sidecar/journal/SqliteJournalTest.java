package dev.relay.sidecar.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.relay.sidecar.order.Discrepancy;
import dev.relay.sidecar.order.Fill;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderEvent;
import dev.relay.sidecar.order.OrderLog.Commit;
import dev.relay.sidecar.order.OrderReport;
import dev.relay.sidecar.order.OrderState;
import dev.relay.sidecar.order.OrderTerms;
import dev.relay.sidecar.order.OrderTracker;
import dev.relay.sidecar.order.OrderType;
import dev.relay.sidecar.order.Side;
import dev.relay.sidecar.order.TimeInForce;
import dev.relay.sidecar.order.Transition;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteJournalTest {
    private static final String ID = "00112233445566778899aabbccddeeff";

    @TempDir
    Path directory;

    private final OrderTracker tracker = new OrderTracker("paper", List.of(Instrument.of("BTC-USDT")));
    private final List<OrderEvent> committed = new CopyOnWriteArrayList<>();

    @Test
    void shouldGiveBackOrdersFillsCursorsAndKillStateAfterReopening() throws Exception {
        try (SqliteJournal journal = open()) {
            append(journal, place());
            append(journal, apply(trade("7")));
            journal.saveCursor("BTC-USDT", 7);
            CompletableFuture<Boolean> killed = new CompletableFuture<>();
            journal.saveKilled(true, "test", () -> killed.complete(true));
            assertThat(killed.get(5, TimeUnit.SECONDS)).isTrue();
        }
        try (SqliteJournal journal = open()) {
            JournalState state = journal.state();
            assertThat(state.isKilled()).isTrue();
            assertThat(state.lastEventNo()).isEqualTo(2);
            assertThat(state.cursors()).containsEntry("BTC-USDT", 7L);
            OrderTracker restored = new OrderTracker("paper", List.of(Instrument.of("BTC-USDT")));
            state.orders().forEach(restored::restoreOrder);
            state.fills().forEach(booked -> restored.restoreFill(booked.fill(), booked.eventNo()));
            assertThat(restored.positions()).hasSize(1);
            assertThat(restored.positions().get(0).toFields())
                    .isEqualTo(tracker.positions().get(0).toFields());
            assertThat(Objects.requireNonNull(restored.find(ID)).state()).isEqualTo(OrderState.PARTIALLY_FILLED);
            assertThat(restored.apply(trade("7"), 9)).isNull();
        }
    }

    @Test
    void shouldTellEventsAgainExactlyAsTheyWereCommitted() throws Exception {
        try (SqliteJournal journal = open();
                JournalReader reader = journal.reader()) {
            append(journal, place());
            append(journal, apply(trade("7")));
            assertThat(committed).hasSize(2);
            assertThat(reader.eventsAfter(0, 10)).isEqualTo(committed);
            assertThat(reader.eventsAfter(1, 10)).hasSize(1);
            assertThat(reader.positions()).hasSize(1);
            assertThat(reader.openOrders()).hasSize(1);
        }
    }

    @Test
    void shouldRefuseASecondIntentWithTheSameClientId() throws Exception {
        try (SqliteJournal journal = open()) {
            assertThat(append(journal, place())).isEqualTo(Commit.DONE);
            OrderTracker forgetful = new OrderTracker("paper", List.of(Instrument.of("BTC-USDT")));
            forgetful.restoreEventNo(1);
            Transition again = forgetful.place(ID, "alice", "BTC-USDT", terms(), 5);
            assertThat(append(journal, again)).isEqualTo(Commit.DUPLICATE);
            assertThat(committed).hasSize(1);
        }
    }

    @Test
    void aWriterThatDiedOfABugIsAFailingJournal() {
        try (SqliteJournal journal = SqliteJournal.open(directory, "paper", Runnable::run, event -> {
            throw new IllegalStateException("a bug");
        })) {
            journal.append(place(), commit -> {});
            await().atMost(Duration.ofSeconds(20)).until(journal::isFailing);
        }
    }

    @Test
    void I44_shouldWriteAKillBeforeWhatWaitsAndAReleaseBehindIt() throws Exception {
        List<String> order = new CopyOnWriteArrayList<>();
        CompletableFuture<Boolean> last = new CompletableFuture<>();
        try (SqliteJournal journal = open()) {
            for (int i = 0; i < 2_000; i++) {
                journal.saveFact("n" + i, "x");
            }
            journal.saveKilled(true, "drill", () -> order.add("kill with waiting=" + (journal.waitingCount() > 0)));
            journal.saveKilled(false, "operator", () -> {
                order.add("release");
                last.complete(true);
            });
            assertThat(last.get(20, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(order).containsExactly("kill with waiting=true", "release");
        try (SqliteJournal journal = open()) {
            assertThat(journal.state().isKilled()).isFalse();
        }
    }

    @Test
    void shouldChainEventsRefusalsAndKillsSoThatAChangeShows() throws Exception {
        try (SqliteJournal journal = open()) {
            append(journal, place());
            append(journal, apply(trade("7")));
            long before = journal.commitCount();
            journal.auditRefusal("bob", "too large");
            await().until(() -> journal.commitCount() > before); // a kill goes before what waits
            CompletableFuture<Boolean> killed = new CompletableFuture<>();
            journal.saveKilled(true, "drill", () -> killed.complete(true));
            assertThat(killed.get(5, TimeUnit.SECONDS)).isTrue();
        }
        Path file = directory.resolve("orders-paper.db");
        List<String> ops = new ArrayList<>();
        AuditChain.Verdict whole = AuditChain.check(file, row -> ops.add(row.op() + " " + row.who()));
        assertThat(ops).containsExactly("order alice", "order alice", "refuse bob", "kill ");
        assertThat(whole.firstBroken()).isZero();
        assertThat(whole.head()).hasSize(64);
        assertThat(brokenAfter(file, "UPDATE audit SET what = replace(what, '0.5', '0.1') WHERE no = 2"))
                .isEqualTo(2);
        assertThat(brokenAfter(file, "DELETE FROM audit WHERE no = 1")).isEqualTo(2);
    }

    @Test
    void rowsPastTheirRetentionLeaveTheAuditAndTheRestStillVerifies() throws Exception {
        Path file = directory.resolve("orders-paper.db");
        int rows = AuditChain.MOST_PRUNED + 500;
        try (SqliteJournal journal = open()) {
            for (int i = 1; i <= rows; i++) {
                journal.saveDiscrepancy(new Discrepancy(
                        Discrepancy.Kind.MISSED_FILL, i, "BTC-USDT", "id", Integer.toString(i), "trade_id=" + i));
            }
            journal.pruneAudit(rows - 9L);
            await().until(() -> AuditChain.check(file, row -> {}).prunedCount() >= rows - 10);
        }
        List<String> ops = new ArrayList<>();
        AuditChain.Verdict verdict = AuditChain.check(file, row -> ops.add(row.op()));
        assertThat(verdict.firstBroken()).isZero();
        assertThat(verdict.prunedCount()).isEqualTo(rows - 10);
        assertThat(ops).hasSize(10 + 2).contains("discrepancy", "prune");
        try (JournalReader reader = JournalReader.open(file)) {
            assertThat(reader.discrepanciesAfter(rows - 1L, 2))
                    .as("the report keeps them")
                    .extracting(JournalReader.KeptDiscrepancy::no)
                    .containsExactly((long) rows);
        }
        assertThat(brokenAfter(file, "DELETE FROM audit WHERE no = " + (rows - 9)))
                .as("a row taken out by hand shows")
                .isEqualTo(rows - 8L);
    }

    private static long brokenAfter(Path file, String tampering) throws Exception {
        try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement s = c.createStatement()) {
            assertThat(s.executeUpdate(tampering)).isEqualTo(1);
        }
        return AuditChain.check(file, row -> {}).firstBroken();
    }

    @Test
    void shouldKeepASecondOwnerOut() {
        try (SqliteJournal journal = open()) {
            assertThat(journal.isFailing()).isFalse();
            assertThatThrownBy(this::open).isInstanceOf(JournalException.class).hasMessageContaining("in use");
        }
    }

    @Test
    void shouldBeReleasedWhenFresh() {
        try (SqliteJournal journal = open()) {
            assertThat(journal.state().isKilled()).isFalse();
            assertThat(journal.state().journalId()).isNotBlank();
        }
    }

    private SqliteJournal open() {
        return SqliteJournal.open(directory, "paper", Runnable::run, committed::add);
    }

    private static Commit append(SqliteJournal journal, Transition transition) throws Exception {
        CompletableFuture<Commit> done = new CompletableFuture<>();
        journal.append(transition, done::complete);
        return done.get(5, TimeUnit.SECONDS);
    }

    private Transition place() {
        return tracker.place(ID, "alice", "BTC-USDT", terms(), 1);
    }

    private Transition apply(OrderReport report) {
        return Objects.requireNonNull(tracker.apply(report, 2));
    }

    private static OrderTerms terms() {
        return new OrderTerms(
                Side.BUY, OrderType.LIMIT, new BigDecimal("64000.10"), new BigDecimal("2"), TimeInForce.GTC);
    }

    private static OrderReport trade(String tradeId) {
        Fill fill = new Fill(
                "BTC-USDT",
                tradeId,
                "42",
                Side.BUY,
                new BigDecimal("64000.10"),
                new BigDecimal("0.5"),
                new BigDecimal("0.0005"),
                "BTC",
                3);
        return new OrderReport(
                OrderReport.Source.PUSH, "BTC-USDT", ID, "42", OrderState.PARTIALLY_FILLED, null, fill, null, "", 3);
    }
}
