package dev.relay.daemon.admin;

import dev.relay.daemon.Version;
import dev.relay.daemon.routing.BusSnapshot;
import dev.relay.daemon.routing.Counter;
import dev.relay.daemon.routing.HealthRules;
import dev.relay.daemon.session.CloseReason;
import dev.relay.daemon.store.MessageStore;
import dev.relay.daemon.store.StoreFacts;
import dev.relay.daemon.transport.TransportCounts;
import dev.relay.protocol.DeadLetterReason;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.HealthScore;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The one list of the daemon's meters: name, unit and meaning. Counters are those of {@link Counter} under {@code relay_<name>_total}; labels have few values: a code, a reason, a
 * state. Values come from the newest snapshot; nothing here is touched by the core. Admin thread.
 */
public final class Meters {
    private static final Duration[] COMMIT_BUCKETS = {
        Duration.ofNanos(200_000),
        Duration.ofNanos(500_000),
        Duration.ofMillis(1),
        Duration.ofMillis(2),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(50),
        Duration.ofMillis(200),
        Duration.ofSeconds(1),
        Duration.ofSeconds(5)
    };
    /** Agents with meters of their own; the others are counted in {@code relay_agents_unlisted}. */
    private static final int MAX_AGENTS = 200;

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final AgentMeters agents = new AgentMeters(registry, MAX_AGENTS);
    private volatile HealthScore health = HealthScore.of(List.of());

    private final Timer commits;
    private final DistributionSummary batches;

    /** Registers everything; the core is asked for nothing before the first scrape. */
    public Meters() {
        commits = Timer.builder("relay.store.commit")
                .description("time from handing a batch to the store until it is durable")
                .serviceLevelObjectives(COMMIT_BUCKETS)
                .register(registry);
        batches = DistributionSummary.builder("relay.store.batch.messages")
                .description("messages in one batch")
                .serviceLevelObjectives(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000)
                .register(registry);
        Gauge.builder("relay.info", () -> 1)
                .description("always 1, with the version of the program")
                .tag("version", Version.text())
                .register(registry);
        health();
    }

    public MeterRegistry registry() {
        return registry;
    }

    private void health() {
        Gauge.builder("relay.health.score", this, m -> m.health.score())
                .description("health from 0 to 100; the deductions name what is missing")
                .register(registry);
        for (String name : HealthRules.NAMES) {
            Gauge.builder("relay.health.deduction.points", this, m -> m.health.points(name))
                    .description("points subtracted from the health score, by reason; 0 when fine")
                    .tag("name", name)
                    .register(registry);
        }
    }

    /** The core exists: its facts become meters. Once. */
    void bind(CoreView core, TransportCounts transport) {
        counters(core);
        gauges(core);
        transport(transport);
    }

    /** A batch became durable or failed. Any thread. */
    void committed(long tookNs, int messages) {
        commits.record(tookNs, TimeUnit.NANOSECONDS);
        batches.record(messages);
    }

    /** Prometheus text, with the health that was judged for it. Admin thread. */
    synchronized String scrape(HealthScore judged, @Nullable BusSnapshot facts) {
        health = judged;
        agents.show(facts == null ? List.of() : facts.agents());
        return registry.scrape();
    }

    private void counters(CoreView core) {
        plainCounters(core);
        for (ErrorCode code : ErrorCode.values()) {
            labelled(
                    core,
                    "relay.refused",
                    "code",
                    code.name(),
                    "refusals told to a client, by code",
                    BusSnapshot::refused);
        }
        for (DeadLetterReason reason : DeadLetterReason.values()) {
            labelled(
                    core,
                    "relay.dead.lettered",
                    "reason",
                    reason.name(),
                    "messages moved to the dead letters, by reason",
                    BusSnapshot::deadByReason);
        }
    }

    private void plainCounters(CoreView core) {
        for (Counter counter : Counter.values()) {
            if (counter != Counter.REFUSED && counter != Counter.DEAD_LETTERED) {
                String word = counter.name().toLowerCase(Locale.ROOT);
                count(
                        core,
                        "relay." + word.replace('_', '.'),
                        Tags.empty(),
                        CounterMeanings.of(counter),
                        facts -> facts.counters().getOrDefault(word, 0L));
            }
        }
    }

    private void labelled(
            CoreView core,
            String name,
            String label,
            String value,
            String meaning,
            Function<BusSnapshot, Map<String, Long>> counts) {
        count(
                core,
                name,
                Tags.of(label, value),
                meaning,
                facts -> counts.apply(facts).getOrDefault(value, 0L));
    }

    private void gauges(CoreView core) {
        gauge(core, "relay.sessions", "agents connected", BusSnapshot::sessions);
        gauge(core, "relay.sessions.suspect", "sessions silent for 3 s", BusSnapshot::suspects);
        gauge(core, "relay.streams", "streams with a mark", BusSnapshot::streams);
        gauge(core, "relay.lanes", "lanes", BusSnapshot::lanes);
        gauge(core, "relay.queued.messages", "messages accepted and not finished", BusSnapshot::queuedMessages);
        gauge(core, "relay.queued.bytes", "their bytes", BusSnapshot::queuedBytes);
        gauge(core, "relay.spilled.messages", "messages that wait in the store only", BusSnapshot::spilledMessages);
        gauge(core, "relay.unacked.messages", "messages delivered and not acked", BusSnapshot::unackedMessages);
        gauge(core, "relay.dead.letters", "dead letters kept", BusSnapshot::deadLetters);
        gauge(core, "relay.store.oldest.batch.seconds", "age of the commit under way", f -> f.oldestBatchMs() / 1e3);
        gauge(core, "relay.uptime.seconds", "time since the start", f -> f.uptimeMs() / 1e3);
        for (BusSnapshot.StoreState state : BusSnapshot.StoreState.values()) {
            Gauge.builder("relay.store.state", core, c -> read(c, f -> f.store() == state ? 1 : 0))
                    .description("1 for the state that the store is in")
                    .tag("state", state.name())
                    .register(registry);
        }
    }

    /** Adds the sizes of a store that is open. */
    void bind(MessageStore store) {
        size(store, "relay.store.database.bytes", "length of the database file", StoreFacts::databaseBytes);
        size(store, "relay.store.used.bytes", "of it, without pages that are free", StoreFacts::usedBytes);
        size(store, "relay.store.log.bytes", "length of the write-ahead log", StoreFacts::logBytes);
        size(
                store,
                "relay.store.log.too.long",
                "1 while the write-ahead log is above its alarm: somebody reads for too long",
                f -> f.isLogTooLong() ? 1 : 0);
        FunctionCounter.builder(
                        "relay.store.rewritten.segments", store, s -> s.facts().rewrittenSegments())
                .description("sparse segments that were rewritten")
                .register(registry);
    }

    private void size(MessageStore store, String name, String meaning, ToDoubleFunction<StoreFacts> value) {
        Gauge.builder(name, store, s -> value.applyAsDouble(s.facts()))
                .description(meaning)
                .register(registry);
    }

    private void transport(TransportCounts transport) {
        Gauge.builder("relay.connections", transport, TransportCounts::open)
                .description("open connections, before and after HELLO")
                .register(registry);
        FunctionCounter.builder("relay.connections.accepted", transport, TransportCounts::accepted)
                .description("connections taken")
                .register(registry);
        FunctionCounter.builder("relay.peers.refused", transport, TransportCounts::refusedPeers)
                .description("connections of a user id that may not connect")
                .register(registry);
        FunctionCounter.builder("relay.connections.evicted", transport, TransportCounts::evictedSilent)
                .description("connections without HELLO that made room for a newcomer")
                .register(registry);
        FunctionCounter.builder("relay.connections.turned.away", transport, TransportCounts::overloaded)
                .description("connections above max_connections")
                .register(registry);
        for (CloseReason reason : CloseReason.values()) {
            FunctionCounter.builder("relay.connections.closed", transport, t -> t.closedFor(reason))
                    .description("connections that ended, by reason")
                    .tag("reason", reason.name())
                    .register(registry);
        }
    }

    private void count(CoreView core, String name, Tags tags, String meaning, ToDoubleFunction<BusSnapshot> value) {
        FunctionCounter.builder(name, core, c -> read(c, value))
                .description(meaning)
                .tags(tags)
                .register(registry);
    }

    private void gauge(CoreView core, String name, String meaning, ToDoubleFunction<BusSnapshot> value) {
        Gauge.builder(name, core, c -> read(c, value)).description(meaning).register(registry);
    }

    private static double read(CoreView core, ToDoubleFunction<BusSnapshot> value) {
        BusSnapshot facts = core.newest();
        return facts == null ? 0 : value.applyAsDouble(facts);
    }
}
