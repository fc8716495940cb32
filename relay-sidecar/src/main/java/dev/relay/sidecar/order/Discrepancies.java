package dev.relay.sidecar.order;

import dev.relay.sidecar.order.Discrepancy.Kind;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notes in what this side and the venue did not agree: each once, counted, logged and handed to the journal. Thread
 * "orders".
 *
 * <p>A poll may be quicker than the push of the same news. What a poll tells first is therefore kept for
 * {@value #PUSH_WAIT_MS} ms, and is a discrepancy only when no push of it came meanwhile. Bounded: {@value #MOST_KEPT}
 * such news, what comes above it is noted at once; of what was noted the newest {@value #MOST_KEPT} are remembered.
 */
final class Discrepancies {
    static final long PUSH_WAIT_MS = 2_000;
    static final int MOST_KEPT = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(Discrepancies.class);

    private final OrderLog log;
    private final OrderClock clock;
    private final Map<Kind, Long> counts = new EnumMap<>(Kind.class);
    private final Set<String> noted = new LinkedHashSet<>();
    private final Map<String, Polled> polled = new LinkedHashMap<>();

    private record Polled(Kind kind, OrderView order, String detail, long dueMs) {}

    Discrepancies(OrderLog log, OrderClock clock) {
        this.log = log;
        this.clock = clock;
    }

    /** {@code what} tells this one from others of its kind; the same again is not noted again. */
    void note(Kind kind, String what, String symbol, String clientId, String venueOrderId, String detail) {
        if (!noted.add(kind + " " + what)) {
            return;
        }
        if (noted.size() > MOST_KEPT) {
            Iterator<String> oldest = noted.iterator();
            oldest.next();
            oldest.remove();
        }
        counts.merge(kind, 1L, Long::sum);
        LOG.warn(
                "discrepancy kind={} symbol={} client_order_id={} venue_order_id={} {}",
                kind,
                symbol,
                clientId,
                venueOrderId,
                detail);
        log.saveDiscrepancy(new Discrepancy(kind, clock.wallMs(), symbol, clientId, venueOrderId, detail));
    }

    void note(Kind kind, OrderView order, String detail) {
        note(kind, order.clientId(), order.symbol(), order.clientId(), order.venueOrderId(), detail);
    }

    /** A poll changed this order; {@code fill} where it told a new one. */
    void onPolled(Transition transition) {
        OrderView order = transition.order();
        Fill fill = transition.fill();
        if (fill != null) {
            String detail = "trade_id=" + fill.tradeId() + " quantity=" + Decimals.text(fill.quantity()) + " price="
                    + Decimals.text(fill.price()) + " venue_at_ms=" + fill.atMs();
            await(fillKey(fill), new Polled(Kind.MISSED_FILL, order, detail, dueMs()));
        } else if (order.state().isTerminal() && !order.isExternal()) {
            await(
                    orderKey(order.symbol(), order.venueOrderId()),
                    new Polled(Kind.MISSED_REPORT, order, "state=" + order.state(), dueMs()));
        }
    }

    private long dueMs() {
        return clock.monotonicMs() + PUSH_WAIT_MS;
    }

    private void await(String key, Polled news) {
        if (polled.size() >= MOST_KEPT) {
            note(
                    news.kind(),
                    key,
                    news.order().symbol(),
                    news.order().clientId(),
                    news.order().venueOrderId(),
                    news.detail());
        } else {
            polled.putIfAbsent(key, news);
        }
    }

    /** The push of it came after all. */
    void onPushed(OrderReport report) {
        if (polled.isEmpty()) {
            return;
        }
        Fill fill = report.fill();
        if (fill != null) {
            polled.remove(fillKey(fill));
        }
        OrderState state = report.state();
        if (state != null && state.isTerminal()) {
            polled.remove(orderKey(report.symbol(), report.venueOrderId()));
        }
    }

    void tick(long nowMs) {
        Iterator<Map.Entry<String, Polled>> oldest = polled.entrySet().iterator();
        while (oldest.hasNext()) {
            Map.Entry<String, Polled> next = oldest.next();
            Polled news = next.getValue();
            if (news.dueMs() > nowMs) {
                return; // in the order of their times
            }
            oldest.remove();
            OrderView order = news.order();
            note(news.kind(), next.getKey(), order.symbol(), order.clientId(), order.venueOrderId(), news.detail());
        }
    }

    private static String fillKey(Fill fill) {
        return "fill " + fill.symbol() + ' ' + fill.tradeId() + ' ' + fill.venueOrderId();
    }

    private static String orderKey(String symbol, String venueOrderId) {
        return "order " + symbol + ' ' + venueOrderId;
    }

    /** How many of each kind, by the name of the meter. */
    Map<String, Long> counts() {
        return named(counts);
    }

    /** Zero of each kind. */
    static Map<String, Long> none() {
        return named(Map.of());
    }

    private static Map<String, Long> named(Map<Kind, Long> counts) {
        Map<String, Long> all = new LinkedHashMap<>();
        for (Kind kind : Kind.values()) {
            all.put(kind.name().toLowerCase(Locale.ROOT), counts.getOrDefault(kind, 0L));
        }
        return all;
    }
}
