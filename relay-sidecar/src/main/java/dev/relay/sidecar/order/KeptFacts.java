package dev.relay.sidecar.order;

import dev.relay.sidecar.journal.JournalReader;
import dev.relay.sidecar.journal.SqliteJournal;
import dev.relay.sidecar.risk.SafetyWatch;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What an account's processes leave each other in the journal beside orders and fills: a ban of the venue, how far events
 * and alerts were published, the day's baseline, what each asset held. Any thread; nothing here grows.
 */
final class KeptFacts {
    private static final String BUS_CURSOR = "bus_cursor";
    private static final String ALERT_CURSOR = "alert_cursor";
    private static final String CLOSED_UNTIL = "venue_closed_until_ms";

    private final SqliteJournal journal;

    KeptFacts(SqliteJournal journal) {
        this.journal = journal;
    }

    /** The time before which the venue may be asked nothing; 0 without one. */
    long closedUntilMs() {
        return number(CLOSED_UNTIL);
    }

    void closedUntil(long untilMs) {
        journal.saveFact(CLOSED_UNTIL, Long.toString(untilMs));
    }

    long busCursor() {
        return number(BUS_CURSOR);
    }

    /** May be lost: an event that is published again is a duplicate on the bus. */
    void busCursor(long eventNo) {
        journal.offerFact(BUS_CURSOR, Long.toString(eventNo));
    }

    long alertCursor() {
        return number(ALERT_CURSOR);
    }

    /** May be lost, as {@link #busCursor(long)}. */
    void alertCursor(long alertNo) {
        journal.offerFact(ALERT_CURSOR, Long.toString(alertNo));
    }

    /** The day's baseline as {@link SafetyWatch} wrote it. */
    @Nullable
    String baseline() {
        return fact(SafetyWatch.journalName()).orElse(null);
    }

    Map<String, BigDecimal> anchors() {
        Map<String, BigDecimal> anchors = new HashMap<>();
        try (JournalReader reader = journal.reader()) {
            reader.factsOf(BalanceAnchors.PREFIX).forEach((asset, text) -> anchors.put(asset, new BigDecimal(text)));
        }
        return anchors;
    }

    /** Nobody has closed or released the kill switch of this journal yet. */
    boolean isKillUndecided() {
        return fact(SqliteJournal.KILLED).isEmpty();
    }

    /** Why the kill switch was closed last. */
    String killReason() {
        try (JournalReader reader = journal.reader()) {
            return reader.killReason().orElse("never released");
        }
    }

    private long number(String name) {
        return fact(name).map(Long::parseLong).orElse(0L);
    }

    private Optional<String> fact(String name) {
        try (JournalReader reader = journal.reader()) {
            return reader.fact(name);
        }
    }
}
