package dev.relay.cli;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which alarms fire when a fault lasts: what was scraped before a fault and at it becomes a rule test, in which the latter goes on for a
 * minute; promtool judges by the rules of deploy/prometheus. Only series that a rule asks for are kept.
 */
public final class FiringRules {
    private static final Pattern SAMPLE = Pattern.compile("(\\w+)(?:\\{(.*)})? ([-+.0-9Ee]+)");
    private static final Map<String, String> JOBS = Map.of("daemon", "relay-daemon", "sidecar", "relay-sidecar");

    private final StringBuilder file = new StringBuilder();
    private final Set<String> asked;

    public FiringRules() throws IOException {
        asked = MetricsPage.askedByRules();
        file.append("rule_files: ['")
                .append(Promtool.DEPLOY.resolve("alerts.yml").toAbsolutePath().normalize())
                .append("']\nevaluation_interval: 5s\ntests:\n");
    }

    /**
     * Adds a fault.
     *
     * @param before expositions by component, empty text where it did not answer
     * @param alarms those that have to fire
     */
    public void add(String fault, Map<String, String> before, Map<String, String> at, List<String> alarms) {
        Map<String, BigDecimal> was = series(before);
        file.append("  - name: ").append(fault).append("\n    interval: 5s\n    input_series:\n");
        series(at)
                .forEach((series, value) -> file.append("      - {series: '")
                        .append(series.replace("'", "''"))
                        .append("', values: '")
                        .append(was.containsKey(series) ? was.get(series).toPlainString() : "_")
                        .append(' ')
                        .append(value.toPlainString())
                        .append("+0x20'}\n"));
        file.append("    promql_expr_test:\n");
        alarms.forEach(alarm -> file.append(
                ("      - {expr: 'count by (alertname) (ALERTS{alertname=\"ALARM\",alertstate=\"firing\"}) > bool 0', eval_time: 55s, "
                                + "exp_samples: [{labels: '{alertname=\"ALARM\"}', value: 1}]}\n")
                        .replace("ALARM", alarm)));
    }

    private Map<String, BigDecimal> series(Map<String, String> expositions) {
        Map<String, BigDecimal> series = new LinkedHashMap<>();
        expositions.forEach((component, text) -> {
            String job = "job=\"" + JOBS.get(component) + "\",instance=\"" + component + '"';
            series.put("up{" + job + '}', text.isEmpty() ? BigDecimal.ZERO : BigDecimal.ONE);
            text.lines()
                    .map(SAMPLE::matcher)
                    .filter(Matcher::matches)
                    .filter(sample -> asked.contains(sample.group(1)))
                    .forEach(sample -> series.put(
                            sample.group(1) + '{' + job + (sample.group(2) == null ? "" : ',' + sample.group(2)) + '}',
                            new BigDecimal(sample.group(3))));
        });
        return series;
    }

    /** Fails with promtool's words when an alarm does not fire. False: promtool is not there. */
    public boolean check(Path dir) throws IOException, InterruptedException {
        Path written = Files.writeString(dir.resolve("faults_test.yml"), file);
        return Promtool.run("", "test", "rules", written.toAbsolutePath().toString());
    }
}
