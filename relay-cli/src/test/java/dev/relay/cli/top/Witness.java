package dev.relay.cli.top;

import static org.awaitility.Awaitility.await;

import dev.relay.cli.FiringRules;
import dev.relay.cli.ProcessFloor;
import dev.relay.protocol.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;

/** Looks at health, screen and metrics until they show a fault as its row says, and keeps how long that took. One thread. */
final class Witness {
    private static final Duration OFTEN = Duration.ofMillis(10);
    private static final Duration SCRAPE = Duration.ofMillis(300);

    private final ProcessFloor floor;
    private final Sources top;
    private final Map<String, FaultRow> open = FaultRow.ofRunbooks();
    private final FiringRules rules = new FiringRules();
    private final List<String> figures = new ArrayList<>();

    Witness(ProcessFloor floor, Sources top) throws IOException {
        this.floor = floor;
        this.top = top;
    }

    /** What is done to the floor. */
    interface Act {
        void run() throws IOException, InterruptedException;
    }

    void fault(String fault, Act act) throws IOException, InterruptedException {
        fault(fault, act, () -> {});
    }

    /** {@code nudge} runs at each look, for what nobody notices while nothing is asked for. */
    void fault(String fault, Act act, Act nudge) throws IOException, InterruptedException {
        FaultRow row = Objects.requireNonNull(open.remove(fault), fault);
        Map<String, String> before = scrape(SCRAPE);
        long startNs = System.nanoTime();
        act.run();
        long[] tookMs = {0, 0};
        until(() -> {
            nudge.run();
            note(tookMs, 0, startNs, isNamed(row));
            note(tookMs, 1, startNs, sees(row.seen()));
            return tookMs[0] > 0 && tookMs[1] > 0;
        });
        String figure =
                Json.write(Map.of("fault", fault, "cause", row.cause(), "health_ms", tookMs[0], "top_ms", tookMs[1]));
        checkReadiness(row);
        System.out.println("cause: " + figure);
        figures.add(figure);
        rules.add(fault, before, atTheFault(row), row.alarms());
    }

    /** Ready all the same; or not any more, at once for this cause, later whatever it has become. */
    private void checkReadiness(FaultRow row) {
        switch (row.readiness()) {
            case "ready" -> until(() -> readyz(row).equals("ready\n"));
            case "not ready" -> until(() -> readyz(row).matches("not ready: .*\\b" + row.cause() + "\\b.*\n"));
            case "later not ready" ->
                until(() -> !CausesIT.IS_ALL || readyz(row).startsWith("not ready: "));
            case "comes and goes" -> {}
            default -> throw new AssertionError(row);
        }
    }

    private String readyz(FaultRow row) {
        return floor.page(row.witness(), "/readyz");
    }

    private static void note(long[] tookMs, int at, long startNs, boolean isThere) {
        if (isThere && tookMs[at] == 0) {
            tookMs[at] = Math.max(1, (System.nanoTime() - startNs) / 1_000_000);
        }
    }

    /** A deduction of that name; one about agents says which. */
    private boolean isNamed(FaultRow row) {
        String health = floor.page(row.witness(), "/health?verbose");
        if (!health.isEmpty() && Json.object(health).get("deductions") instanceof List<?> deductions) {
            String who = row.cause().startsWith("agents_") ? row.who() : "";
            return deductions.stream()
                    .map(each -> (Map<?, ?>) each)
                    .anyMatch(each -> row.cause().equals(each.get("name"))
                            && String.valueOf(each.get("detail")).contains(who));
        }
        return false;
    }

    /** On the screen of an ordinary terminal. */
    boolean sees(String text) {
        return View.lines(top.picture(), new Keys(), 80, 24).stream()
                .anyMatch(line -> line.look() == View.Look.ALARM && line.text().contains(text));
    }

    private Map<String, String> atTheFault(FaultRow row) {
        String metric = "relay_health_deduction_points{name=\"" + row.cause() + "\"}";
        Map<String, String> scraped = new LinkedHashMap<>();
        until(() -> {
            scraped.put(row.witness(), floor.page(row.witness(), "/metrics"));
            return Objects.requireNonNull(scraped.get(row.witness()))
                    .lines()
                    .anyMatch(line -> line.startsWith(metric) && !line.endsWith(" 0.0"));
        });
        String other = row.witness().equals("daemon") ? "sidecar" : "daemon";
        scraped.put(other, floor.page(other, "/metrics", SCRAPE));
        return scraped;
    }

    private Map<String, String> scrape(Duration patience) {
        Map<String, String> scraped = new LinkedHashMap<>();
        List.of("daemon", "sidecar").forEach(each -> scraped.put(each, floor.page(each, "/metrics", patience)));
        return scraped;
    }

    /** Nothing is wrong, and everybody says so. */
    void awaitCalm() {
        floor.awaitService();
        until(() -> top.picture().causes().isEmpty()
                && floor.page("daemon", "/health").contains("\"score\":100")
                && floor.page("sidecar", "/health").contains("\"score\":100"));
    }

    static void until(Callable<Boolean> condition) {
        await().atMost(ProcessFloor.PATIENCE).pollInterval(OFTEN).until(condition);
    }

    List<String> figures() {
        return figures;
    }

    /** Faults of the page that have not been seen. */
    List<String> unseen() {
        return List.copyOf(open.keySet());
    }

    /** Fails unless the alarms of every row fire on what was scraped. */
    void checkAlarms(Path dir) throws IOException, InterruptedException {
        rules.check(dir);
    }
}
