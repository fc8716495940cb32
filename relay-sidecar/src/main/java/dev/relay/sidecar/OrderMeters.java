package dev.relay.sidecar;

import dev.relay.client.Message;
import dev.relay.sidecar.order.Discrepancy;
import dev.relay.sidecar.order.OrderSide;
import dev.relay.sidecar.order.RefusalCode;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The one list of the order half's meters: name, meaning and the fact that they show. Labels have few values: a kind of request, a code.
 * Facts are the snapshots of the thread "orders", read at each scrape; requests are measured from the handler to their answer. Any thread.
 */
final class OrderMeters {
    private static final Duration[] ANSWER_BUCKETS = {
        Duration.ofMillis(1),
        Duration.ofMillis(2),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofSeconds(1),
        Duration.ofSeconds(5),
        Duration.ofSeconds(30)
    };

    private final MeterRegistry registry;
    private final OrderSide side;
    private final Map<String, Timer> answers = new HashMap<>();
    private final Map<RefusalCode, Counter> refusals = new EnumMap<>(RefusalCode.class);

    OrderMeters(MeterRegistry registry, OrderSide side, List<String> kinds) {
        this.registry = registry;
        this.side = side;
        kinds.forEach(kind -> answers.put(
                kind,
                Timer.builder("relay.orders.request")
                        .description("from an order request's arrival to its answer, by kind")
                        .tag("kind", kind)
                        .serviceLevelObjectives(ANSWER_BUCKETS)
                        .register(registry)));
        for (RefusalCode code : RefusalCode.values()) {
            refusals.put(
                    code,
                    Counter.builder("relay.orders.refused")
                            .description("order requests refused, by code")
                            .tag("code", code.name())
                            .register(registry));
        }
        state();
        flow();
        limits();
        journal();
        projections();
        venue();
        discrepancies();
    }

    private void venue() {
        gauge("relay.orders.venue.key.refused", "venue_key_refused", "1 while the venue refuses the key");
        counter("relay.orders.venue.key.refusals", "venue_key_refusals_total", "requests refused for their key");
        counter("relay.orders.venue.clock.refusals", "venue_clock_refusals_total", "requests refused for their time");
        counter("relay.orders.venue.requests", "venue_requests_total", "requests to the venue over its socket");
        counter("relay.orders.venue.rest.requests", "venue_rest_requests_total", "requests to the venue by REST");
        counter("relay.orders.venue.timeouts", "venue_timeouts_total", "requests to the venue without an answer");
        counter("relay.orders.venue.unreadable", "venue_unreadable_total", "messages of the venue that cannot be read");
    }

    private void discrepancies() {
        for (Discrepancy.Kind kind : Discrepancy.Kind.values()) {
            String word = kind.name().toLowerCase(Locale.ROOT);
            FunctionCounter.builder(
                            "relay.orders.discrepancies", side, s -> number(s, "discrepancies_" + word + "_total", 0))
                    .description("in what the sidecar and the venue did not agree, by kind")
                    .tag("kind", word)
                    .register(registry);
        }
    }

    private void state() {
        gauge("relay.orders.live", "live", "1 while the venue agrees with the tracker");
        gauge("relay.orders.killed", "killed", "1 while the kill switch is on");
        gauge("relay.orders.live.money", "live_money", "1 when orders go to a live address");
        gauge("relay.orders.crashed", "crashed", "1 after the order thread met an unexpected error and stopped");
        gauge("relay.orders.open", "open_orders", "orders open at the venue");
        gauge("relay.orders.doubts", "doubts", "orders whose outcome is being found out");
        gauge("relay.orders.cancels.waiting", "cancels_waiting", "cancels that wait to be written");
        gauge("relay.orders.places.waiting", "places_waiting", "places that wait to be written; 200 at most");
        gauge("relay.orders.places.paused", "places_paused", "1 while no more places are taken from the bus");
        gauge("relay.orders.inbox.highest", "inbox_highest", "most urgent tasks that ever waited for the order thread");
        gauge("relay.orders.equity", "equity", "worth of the account in its quote asset; NaN when not known");
        gauge("relay.orders.day.baseline", "day_baseline", "equity that the day's loss is measured from");
    }

    private void flow() {
        counter("relay.orders.places.written", "places_written_total", "places written to the venue");
        counter("relay.orders.places.queue.full", "places_queue_full_total", "places refused because 200 wait");
        counter("relay.orders.doubt.queries", "doubt_queries_total", "questions about orders without a known outcome");
        counter("relay.orders.vanished", "orders_vanished_total", "orders that the venue does not know any more");
        counter("relay.orders.stale.reports", "stale_reports_total", "reports older than what is known");
        counter("relay.orders.repeated.fills", "repeated_fills_total", "fills told again; counted once");
        counter("relay.orders.external", "external_orders_total", "orders of the account that others placed");
        counter("relay.orders.late.fills", "late_fills_total", "fills that came after their order's end");
        counter("relay.orders.foreign.reports", "foreign_reports_total", "reports on symbols that are not configured");
        counter("relay.orders.reconciliations", "reconciliations_total", "comparisons with the venue that agreed");
        counter(
                "relay.orders.reconciliations.failed",
                "reconciliations_failed_total",
                "comparisons with the venue that could not be made");
        counter("relay.orders.venue.disconnects", "venue_disconnects_total", "ends of the order connection");
        counter("relay.orders.risk.refused", "risk_refused_total", "places refused by a risk limit");
    }

    private void limits() {
        gauge("relay.orders.budget.weight.left", "budget_weight_left", "request weight left in this minute");
        gauge("relay.orders.budget.orders.10s.left", "budget_orders_10s_left", "orders left in these ten seconds");
        gauge("relay.orders.budget.orders.day.left", "budget_orders_day_left", "orders left today");
        Gauge.builder("relay.orders.budget.closed.seconds", side, s -> number(s, "budget_closed_for_ms", 0) / 1e3)
                .description("how long nothing may be asked of the venue, after a limit or ban")
                .register(registry);
        counter("relay.orders.budget.limited", "budget_limited_total", "answers 429 and 418 of the venue");
        counter("relay.orders.budget.held", "budget_held_total", "requests held back for want of budget");
    }

    private void journal() {
        gauge("relay.orders.journal.failing", "journal_failing", "1 while the journal cannot commit");
        gauge("relay.orders.journal.waiting", "journal_waiting", "records that wait for their commit");
        gauge("relay.orders.journal.event", "journal_event", "number of the newest order event in the journal");
        counter("relay.orders.journal.commits", "journal_commits_total", "commits of the journal");
        counter("relay.orders.journal.failures", "journal_failures_total", "commits that failed and are repeated");
        counter("relay.orders.journal.unaudited", "journal_unaudited_total", "rows that the audit chain lacks");
    }

    private void projections() {
        gauge("relay.orders.redis.up", "redis_up", "1 while order state reaches Redis");
        gauge("relay.orders.redis.event", "redis_event", "number of the newest order event in Redis");
        counter("relay.orders.redis.failures", "redis_failures_total", "failed writes of order state to Redis");
        counter(
                "relay.orders.redis.queue.full",
                "redis_queue_full_total",
                "order events for Redis read from the journal: too many waited");
        counter("relay.orders.redis.republished", "redis_republished_total", "whole rewrites of order state in Redis");
        gauge("relay.orders.bus.up", "bus_up", "1 while order events reach the bus");
        gauge("relay.orders.bus.event", "bus_event", "number of the newest order event on the bus");
        counter("relay.orders.bus.failures", "bus_failures_total", "failed publications of order events");
        counter(
                "relay.orders.bus.queue.full",
                "bus_queue_full_total",
                "order events for the bus read from the journal: too many waited");
    }

    /** An answer is on its way back. */
    void answered(Message request, long tookNs, Map<String, Object> answer) {
        Timer timer = answers.get(request.kind());
        if (timer != null) {
            timer.record(tookNs, TimeUnit.NANOSECONDS);
        }
        if (answer.get("code") instanceof String code) {
            count(code);
        }
    }

    private void count(String code) {
        for (Map.Entry<RefusalCode, Counter> refusal : refusals.entrySet()) {
            if (refusal.getKey().name().equals(code)) {
                refusal.getValue().increment();
            }
        }
    }

    private void gauge(String name, String fact, String meaning) {
        Gauge.builder(name, side, s -> number(s, fact, Double.NaN))
                .description(meaning)
                .register(registry);
    }

    private void counter(String name, String fact, String meaning) {
        FunctionCounter.builder(name, side, s -> number(s, fact, 0))
                .description(meaning)
                .register(registry);
    }

    private static double number(OrderSide side, String fact, double absent) {
        return number(side.health().get(fact), absent);
    }

    static double number(@Nullable Object value, double absent) {
        if (value instanceof Boolean holds) {
            return holds ? 1 : 0;
        }
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        return value instanceof String text && !text.isEmpty() ? new BigDecimal(text).doubleValue() : absent;
    }
}
