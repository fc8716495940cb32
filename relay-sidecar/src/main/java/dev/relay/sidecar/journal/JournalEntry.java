package dev.relay.sidecar.journal;

import dev.relay.sidecar.order.Discrepancy;
import dev.relay.sidecar.order.OrderEvent;
import dev.relay.sidecar.order.OrderLog.Commit;
import dev.relay.sidecar.order.Transition;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** One thing that waits for the journal, and how it is written. Made on any thread, written on the thread "journal". */
sealed interface JournalEntry {
    /** Writes it into the open transaction; what is true once that is committed goes into the results. */
    void write(JournalWrites writes, Results results) throws SQLException;

    /** What one commit makes true, in the order written. Nothing of it is told when the commit fails. */
    final class Results {
        final List<Runnable> done = new ArrayList<>();
        final List<OrderEvent> events = new ArrayList<>();
        int found;
    }

    /** A step of an order. */
    record Append(Transition transition, Consumer<Commit> onCommit) implements JournalEntry {
        @Override
        public void write(JournalWrites writes, Results results) throws SQLException {
            OrderEvent event = OrderEvent.of(transition);
            boolean isWritten = writes.transition(transition, event);
            if (isWritten) {
                results.events.add(event);
            }
            results.done.add(() -> onCommit.accept(isWritten ? Commit.DONE : Commit.DUPLICATE));
        }
    }

    /** The last trade of a symbol that is booked. */
    record Cursor(String symbol, long tradeId) implements JournalEntry {
        @Override
        public void write(JournalWrites writes, Results results) throws SQLException {
            writes.cursor(symbol, tradeId);
        }
    }

    /** The kill switch, set or released. */
    record Kill(boolean isKilled, String reason, long atMs, Runnable onCommit) implements JournalEntry {
        @Override
        public void write(JournalWrites writes, Results results) throws SQLException {
            writes.kill(isKilled, reason, atMs);
            results.done.add(onCommit);
        }
    }

    /** Takes room and gives it back, to learn whether there is any. */
    record Probe(String filling) implements JournalEntry {
        private static final String NAME = "probe";

        @Override
        public void write(JournalWrites writes, Results results) throws SQLException {
            writes.fact(NAME, filling);
            writes.fact(NAME, "");
        }
    }

    /** In what the sidecar and the venue did not agree. */
    record Found(Discrepancy discrepancy) implements JournalEntry {
        @Override
        public void write(JournalWrites writes, Results results) throws SQLException {
            writes.discrepancy(discrepancy);
            results.found++;
        }
    }

    /** An audit row of a request that was refused. */
    record Refusal(String agent, String what, long atMs) implements JournalEntry {
        @Override
        public void write(JournalWrites writes, Results results) throws SQLException {
            writes.refusal(agent, what, atMs);
        }
    }

    /** Lets some audit rows go; {@code again} when there are more. */
    record Prune(long beforeMs, Runnable again) implements JournalEntry {
        @Override
        public void write(JournalWrites writes, Results results) throws SQLException {
            if (writes.prune(beforeMs, System.currentTimeMillis())) {
                results.done.add(again);
            }
        }
    }

    /** A named value. */
    record Fact(String name, String value) implements JournalEntry {
        @Override
        public void write(JournalWrites writes, Results results) throws SQLException {
            writes.fact(name, value);
        }
    }
}
