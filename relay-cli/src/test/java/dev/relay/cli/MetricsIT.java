package dev.relay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.client.Relay;
import dev.relay.client.SendOptions;
import dev.relay.client.TraceContext;
import dev.relay.client.Traces;
import dev.relay.protocol.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A live daemon and a live sidecar with orders against docs/metrics.md, the alarms, the dashboards and Prometheus's own check. */
class MetricsIT {
    private static final String BOTH = "Daemon and sidecar";
    private static final Pattern POINTS =
            Pattern.compile("relay_health_deduction_points\\{name=\"(\\w+)\"} (\\d+)\\.0");
    private static final Map<String, Object> ORDER =
            Map.of("symbol", "BTC-USDT", "side", "BUY", "type", "LIMIT", "price", "50000", "quantity", "0.001");

    @TempDir
    static Path dir = Path.of("");

    private static @Nullable TestFloor floor;
    private static String daemonText = "";
    private static String sidecarText = "";

    @BeforeAll
    static void start() throws Exception {
        floor = new TestFloor(dir);
        try (Relay agent = Relay.builder("agent").socket(floor().socket).connect()) {
            agent.request("sidecar", "orders.limits", Map.of(), TestFloor.PATIENCE);
        }
        daemonText = floor().ofDaemon("/metrics");
        sidecarText = floor().ofSidecar("/metrics");
    }

    @AfterAll
    static void stop() {
        floor().close();
    }

    private static TestFloor floor() {
        return Objects.requireNonNull(floor);
    }

    @Test
    void shouldExposeWhatThePageListsAndNothingElse() throws Exception {
        assertThat(MetricsPage.exposed(daemonText)).isEqualTo(MetricsPage.documented(BOTH + "|Daemon: .*"));
        assertThat(MetricsPage.exposed(sidecarText)).isEqualTo(MetricsPage.documented(BOTH + "|Sidecar: .*"));
    }

    @Test
    void shouldPassPrometheusOwnCheckOfTheExposition() throws Exception {
        if (Promtool.run(daemonText, "check", "metrics")) {
            Promtool.run(sidecarText, "check", "metrics");
        }
    }

    @Test
    void shouldExportEverySeriesThatAnAlarmOrAPanelAsksFor() throws Exception {
        Set<String> there = new TreeSet<>(MetricsPage.samples(daemonText));
        there.addAll(MetricsPage.samples(sidecarText));
        assertThat(there).containsAll(MetricsPage.askedByRules());
        assertThat(MetricsPage.dashboards()).hasSize(4);
        for (Path dashboard : MetricsPage.dashboards()) {
            assertThat(MetricsPage.queries(dashboard)).hasSizeGreaterThan(5);
            for (String query : MetricsPage.queries(dashboard)) {
                assertThat(MetricsPage.names(query))
                        .as("%s: %s", dashboard, query)
                        .isNotEmpty()
                        .isSubsetOf(there);
            }
        }
    }

    @Test
    void shouldShowEveryHistogramOnADashboard() throws Exception {
        Set<String> shown = new TreeSet<>();
        for (Path dashboard : MetricsPage.dashboards()) {
            MetricsPage.queries(dashboard).forEach(query -> shown.addAll(MetricsPage.names(query)));
        }
        assertThat(shown)
                .containsAll(MetricsPage.documented(".*").stream()
                        .filter(row -> row.endsWith(" histogram"))
                        .map(row -> row.replace(" histogram", "_bucket"))
                        .toList());
    }

    @Test
    void shouldTellTheSameHealthByHttpBusMetricsAndConsole() throws Exception {
        Map<String, Long> nothing = Map.of();
        assertThat(floor().ofDaemon("/health?verbose")).contains("\"checks\"", "storage_full", "core_stuck");
        try (Relay agent = Relay.builder("asker").socket(floor().socket).connect()) {
            tellsEverywhere(agent, nothing, nothing);
            agent.request("sidecar", "orders.kill", Map.of("reason", "test"), TestFloor.PATIENCE);
            agent.control("agents.add", Map.of("name", "late"));
            var unused = agent.send("late", "note", Map.of(), SendOptions.DEFAULT.ttl(Duration.ofMillis(1)));
            tellsEverywhere(agent, Map.of("dead_letters", 5L), Map.of("killed", 50L));
            agent.request("sidecar", "orders.release", Map.of("reason", "test"), TestFloor.PATIENCE);
            tellsEverywhere(agent, Map.of("dead_letters", 5L), nothing);
        }
    }

    private static void tellsEverywhere(Relay agent, Map<String, Long> daemon, Map<String, Long> sidecar) {
        await().atMost(TestFloor.PATIENCE).untilAsserted(() -> {
            Map<String, ?> limits = agent.request("sidecar", "orders.limits", Map.of(), TestFloor.PATIENCE)
                    .json();
            assertThat(reasons(Json.object(floor().ofDaemon("/health"))))
                    .as(floor().ofDaemon("/health?verbose"))
                    .isEqualTo(daemon);
            assertThat(reasons(agent.control("health", Map.of()))).isEqualTo(daemon);
            assertThat(reasons(picture().get("health"))).isEqualTo(daemon);
            assertThat(points(floor().ofDaemon("/metrics"))).isEqualTo(daemon);
            assertThat(reasons(Json.object(floor().ofSidecar("/health")))).isEqualTo(sidecar);
            assertThat(reasons(limits.get("health"))).isEqualTo(sidecar);
            assertThat(points(floor().ofSidecar("/metrics"))).isEqualTo(sidecar);
        });
    }

    /** Names and points; the score is what they leave of 100. */
    private static Map<String, Long> reasons(@Nullable Object health) {
        Map<?, ?> json = (Map<?, ?>) Objects.requireNonNull(health);
        Map<String, Long> reasons = new TreeMap<>();
        for (Object each : (List<?>) Objects.requireNonNull(json.get("deductions"))) {
            Map<?, ?> deduction = (Map<?, ?>) each;
            reasons.put(String.valueOf(deduction.get("name")), (Long) deduction.get("points"));
        }
        assertThat(json.get("score")).isEqualTo(100 - sum(reasons));
        return reasons;
    }

    private static long sum(Map<String, Long> reasons) {
        return reasons.values().stream().mapToLong(Long::longValue).sum();
    }

    private static Map<String, Long> points(String exposition) {
        Map<String, Long> points = new TreeMap<>();
        POINTS.matcher(exposition).results().forEach(found -> points.put(found.group(1), Long.valueOf(found.group(2))));
        assertThat(points).hasSizeGreaterThan(10);
        points.values().removeIf(Long.valueOf(0)::equals);
        assertThat(exposition).contains("relay_health_score " + (100 - sum(points)) + ".0");
        return points;
    }

    /** The first that a page of the console is sent. */
    private static Map<String, ?> picture() throws IOException {
        URL events = URI.create("http://127.0.0.1:" + floor().daemon.adminPort() + "/events")
                .toURL();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(events.openStream(), StandardCharsets.UTF_8))) {
            return Json.object(String.valueOf(lines.readLine()).substring("data: ".length()));
        }
    }

    @Test
    void shouldCarryTheTraceFromASendOverHandlersToTheExecutionReport() throws Exception {
        Path socket = floor().socket;
        String begun = TraceContext.begin();
        BlockingQueue<String> reports = new LinkedBlockingQueue<>();
        try (Relay trader = Relay.builder("trader").socket(socket).connect();
                Relay scanner = Relay.builder("scanner").socket(socket).connect()) {
            trader.on("signal", message -> {
                var unused = trader.send("sidecar", "orders.place", ORDER);
            });
            trader.on("order.event", message -> reports.add(String.valueOf(message.traceparent())));
            trader.subscribe("orders.>", false);
            trader.start();
            scanner.send("trader", "signal", Map.of(), SendOptions.DEFAULT.traceparent(begun))
                    .result(TestFloor.PATIENCE);
            String report = reports.poll(60, TimeUnit.SECONDS);
            assertThat(report).isNotNull().startsWith(begun.substring(0, 36)).isNotEqualTo(begun);
        }
    }

    @Test
    void shouldExportOneTraceWithParentsFromASendToTheExecutionReport() throws Exception {
        Path socket = floor().socket;
        try (TraceCollector collector = new TraceCollector();
                Relay trader = Relay.builder("tracer").socket(socket).connect();
                Relay scanner = Relay.builder("seer").socket(socket).connect()) {
            Traces.export(collector.endpoint(), "test", 1);
            trader.on("signal", message -> {
                var unused = trader.request("sidecar", "orders.place", ORDER, TestFloor.PATIENCE);
            });
            trader.on("order.event", message -> {});
            trader.subscribe("orders.>", false);
            trader.start();
            scanner.send("tracer", "signal", Map.of("secret", "of-the-house")).result(TestFloor.PATIENCE);
            List<String> path =
                    List.of("send tracer", "process tracer", "request sidecar", "process sidecar", "orders.place");
            await().atMost(TestFloor.PATIENCE).until(() -> reports(collector, path), Optional::isPresent);
            JsonNode report = reports(collector, path).orElseThrow();
            await().atMost(TestFloor.PATIENCE)
                    .until(() -> collector.find("process tracer", report), Optional::isPresent);
            assertThat(collector.spans())
                    .extracting(span -> span.path("traceId").asText())
                    .containsOnly(report.path("traceId").asText());
            JsonNode request = collector.find("request sidecar", null).orElseThrow();
            assertThat(request.path("kind").asInt()).isEqualTo(4);
            assertThat(TraceCollector.attribute(request, "messaging.system")).isEqualTo("relay");
            assertThat(TraceCollector.attribute(request, "messaging.operation.type"))
                    .isEqualTo("send");
            assertThat(TraceCollector.attribute(request, "messaging.destination.name"))
                    .isEqualTo("sidecar");
            assertThat(collector.spans().toString()).doesNotContain("of-the-house", "50000");
            assertThat(trader.getMetrics()).containsEntry("spans_dropped", 0L);
        } finally {
            Traces.stop();
        }
    }

    /** The execution report's publication, if every span from the first of the path to the last has the one before as its parent. */
    private static Optional<JsonNode> reports(TraceCollector collector, List<String> path) {
        Optional<JsonNode> last = Optional.empty();
        for (String name : path) {
            JsonNode parent = last.orElse(null);
            last = collector.find(name, parent);
            if (last.isEmpty()) {
                return last;
            }
        }
        JsonNode order = last.orElseThrow();
        return collector.spans().stream()
                .filter(span -> span.path("name").asText().startsWith("publish orders."))
                .filter(span -> span.path("parentSpanId")
                        .asText()
                        .equals(order.path("spanId").asText()))
                .findFirst();
    }
}
