package dev.relay.client;

import dev.relay.client.internal.SessionCounters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a client tells about itself. Stateless. */
final class ClientStatus {
    static Health health(Engine engine, boolean isConnected) {
        List<Health.Deduction> deductions = new ArrayList<>();
        if (!isConnected) {
            deductions.add(new Health.Deduction("disconnected", 60, engine.state() + " " + engine.link.lastFailure()));
        }
        int used = engine.outboxMessages() * 100 / engine.config.maxOutboxMessages();
        if (used >= 75) {
            deductions.add(new Health.Deduction("outbox", used >= 95 ? 30 : 15, "percentFull=" + used));
        }
        int points = deductions.stream().mapToInt(Health.Deduction::points).sum();
        return new Health(Math.max(0, 100 - points), isConnected, List.copyOf(deductions));
    }

    static Map<String, Long> metrics(Engine engine) {
        Map<String, Long> m = new TreeMap<>();
        engine.lock.lock();
        try {
            SessionCounters c = engine.session.counters();
            m.put("sent", c.sentCount);
            m.put("resent", c.resentCount);
            m.put("receipts", c.receiptCount);
            m.put("refused", c.refusedCount);
            m.put("results", c.resultCount);
            m.put("delivered", c.deliveredCount);
            m.put("redelivered", c.redeliveredCount);
            m.put("duplicates", c.duplicateCount);
            m.put("late_publications", c.lateCount);
            m.put("held_back", c.heldBackCount);
            m.put("acked", c.ackedCount);
            m.put("nacked", c.nackedCount);
            m.put("skipped", c.skippedCount);
            m.put("replies", c.replyCount);
            m.put("late_replies", c.lateReplyCount);
            m.put("late_receipts", c.lateReceiptCount);
            m.put("connections", c.connectionCount);
            m.put("store_resets", c.storeResetCount);
            m.put("outbox_messages", (long) engine.session.outboxMessages());
            m.put("outbox_bytes", engine.session.outboxBytes());
            m.put("pending_requests", (long) engine.session.pendingRequests());
            m.put("inbox_queued", (long) engine.session.inboxQueued());
            m.put("silence_ms", engine.session.silenceNs() / 1_000_000);
            m.put("lanes", (long) engine.session.laneCount());
        } finally {
            engine.lock.unlock();
        }
        m.put("spans_exported", Traces.exported());
        m.put("spans_dropped", Traces.dropped());
        m.put("paused", engine.outcomes.pausedCount.sum());
        m.put("errors", engine.outcomes.errorCount.sum());
        m.put("events_lost", engine.outcomes.events.lostCount.sum());
        m.put("listener_failures", engine.outcomes.events.failedCount.sum());
        return m;
    }

    private ClientStatus() {}
}
