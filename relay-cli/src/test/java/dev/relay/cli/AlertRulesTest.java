package dev.relay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.relay.daemon.routing.HealthRules;
import dev.relay.sidecar.admin.SidecarView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The alarms of deploy/prometheus: rules that promtool accepts, each with a test, a runbook and its place in docs/metrics.md. */
class AlertRulesTest {
    @Test
    void shouldPassPrometheusOwnChecksAndTheirRuleTests() throws Exception {
        if (Promtool.run("", "check", "rules", "alerts.yml")) {
            Promtool.run("", "check", "config", "prometheus.yml");
            Promtool.run("", "test", "rules", "alerts_test.yml");
        }
    }

    @Test
    void shouldTestEveryAlarm() throws IOException {
        Set<String> tested = new TreeSet<>();
        read("alerts_test.yml")
                .findParents("alertname")
                .forEach(test -> tested.add(test.path("alertname").asText()));
        assertThat(tested).isEqualTo(names()).hasSizeGreaterThanOrEqualTo(29);
    }

    @Test
    void shouldNameARunbookThatIsThere() throws IOException {
        Set<String> anchors = Files.readAllLines(Path.of("../docs/runbooks.md")).stream()
                .filter(line -> line.startsWith("#"))
                .map(line -> line.replaceFirst("^#+ ", "")
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^a-z0-9 -]", "")
                        .replace(' ', '-'))
                .collect(Collectors.toSet());
        for (JsonNode rule : rules()) {
            String runbook = rule.path("annotations").path("runbook").asText();
            assertThat(runbook).as(rule.path("alert").asText()).startsWith("docs/runbooks.md#");
            assertThat(anchors).contains(runbook.replaceFirst(".*#", ""));
        }
    }

    @Test
    void shouldNameEveryAlarmBesideTheMetricThatItWatches() throws IOException {
        Pattern quoted = Pattern.compile("`(Relay\\w+)`");
        Set<String> documented = quoted.matcher(Files.readString(Path.of("../docs/metrics.md")))
                .results()
                .map(found -> found.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(documented).isEqualTo(names());
    }

    /** The tables of deductions of the daemon in operations.md and of the sidecar in runbooks.md: each name with an alarm that there is. */
    @Test
    void shouldNameAnAlarmForEveryDeductionOfHealth() throws IOException {
        named("operations.md", HealthRules.NAMES);
        named("runbooks.md", SidecarView.NAMES);
    }

    private static void named(String page, List<String> deductions) throws IOException {
        Pattern row = Pattern.compile("^\\| `(\\w+)` \\|.*\\| `(Relay\\w+)` \\|$", Pattern.MULTILINE);
        Map<String, String> alarms = row.matcher(Files.readString(Path.of("../docs", page)))
                .results()
                .collect(Collectors.toMap(found -> found.group(1), found -> found.group(2)));
        assertThat(alarms.keySet()).as(page).containsExactlyInAnyOrderElementsOf(deductions);
        assertThat(names()).containsAll(alarms.values());
    }

    private static Set<String> names() throws IOException {
        return rules().stream().map(rule -> rule.path("alert").asText()).collect(Collectors.toCollection(TreeSet::new));
    }

    private static List<JsonNode> rules() throws IOException {
        List<JsonNode> rules = new ArrayList<>();
        read("alerts.yml").path("groups").forEach(group -> group.path("rules").forEach(rules::add));
        return rules;
    }

    private static JsonNode read(String file) throws IOException {
        return new YAMLMapper().readTree(Promtool.DEPLOY.resolve(file).toFile());
    }
}
