package dev.relay.sidecar.order;

import dev.relay.sidecar.journal.JournalReader;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the journal's discrepancies on {@code alerts.<account>}, kind {@value #KIND}, each with an id made from its
 * number, so that a repeat after a crash is a duplicate. Thread "orders-bus"; looks only when the journal has a newer one,
 * and at the first call. What the bus does not take stays in the journal and is tried again.
 */
final class BusAlerts {
    static final String KIND = "reconcile.alert";
    private static final int PAGE = 100;

    private final String account;
    private final String journalId;
    private final OrderBus bus;
    private final Supplier<JournalReader> readers;
    private final LongSupplier savedCount;
    private final LongConsumer remember;
    private @Nullable JournalReader reader;
    private long publishedNo;
    private long seenCount = -1;

    /**
     * @param publishedNo up to which number a former process published
     * @param savedCount grows with each discrepancy that the journal committed
     */
    BusAlerts(
            String account,
            String journalId,
            OrderBus bus,
            Supplier<JournalReader> readers,
            long publishedNo,
            LongSupplier savedCount,
            LongConsumer remember) {
        this.account = account;
        this.journalId = journalId;
        this.bus = bus;
        this.readers = readers;
        this.publishedNo = publishedNo;
        this.savedCount = savedCount;
        this.remember = remember;
    }

    void publish() {
        long saved = savedCount.getAsLong();
        if (saved == seenCount) {
            return;
        }
        List<JournalReader.KeptDiscrepancy> page;
        do {
            page = reader().discrepanciesAfter(publishedNo, PAGE);
            page.forEach(this::publish);
        } while (page.size() == PAGE);
        seenCount = saved;
        remember.accept(publishedNo);
    }

    private void publish(JournalReader.KeptDiscrepancy found) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("account", account);
        body.put("no", found.no());
        body.putAll(found.discrepancy().toFields());
        byte[] id = ClientOrderId.ofEvent(account + '/' + journalId + "/alert", found.no());
        bus.publish("alerts." + account, KIND, id, body);
        publishedNo = found.no();
    }

    private JournalReader reader() {
        if (reader == null) {
            reader = readers.get();
        }
        return reader;
    }

    void close() {
        if (reader != null) {
            reader.close();
        }
    }
}
