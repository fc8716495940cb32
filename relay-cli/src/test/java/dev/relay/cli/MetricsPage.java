package dev.relay.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The names of metrics: those that docs/metrics.md lists, those of an exposition, those that rules and dashboards ask for. */
final class MetricsPage {
    private static final Pattern ROW = Pattern.compile("^\\| `(\\w+)` \\| (\\w+) \\|.*");
    private static final Pattern NAME = Pattern.compile("\\b(?:relay|jvm|process)_\\w+");

    /** As "name type", of the sections whose title the pattern matches. */
    static Set<String> documented(String titles) throws IOException {
        Set<String> rows = new TreeSet<>();
        boolean isWanted = false;
        for (String line : Files.readAllLines(Path.of("../docs/metrics.md"))) {
            if (line.startsWith("## ")) {
                isWanted = line.substring(3).matches(titles);
            }
            var row = ROW.matcher(line);
            if (isWanted && row.matches()) {
                rows.add(row.group(1) + " " + row.group(2));
            }
        }
        return rows;
    }

    /** As "name type". */
    static Set<String> exposed(String exposition) {
        return exposition
                .lines()
                .filter(line -> line.startsWith("# TYPE "))
                .map(line -> line.substring("# TYPE ".length()))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The names of the samples, with {@code _bucket}, {@code _sum} and {@code _count}. */
    static Set<String> samples(String exposition) {
        return exposition
                .lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.replaceFirst("[ {].*", ""))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    static Set<String> askedByRules() throws IOException {
        Set<String> names = new TreeSet<>();
        new YAMLMapper()
                .readTree(Promtool.DEPLOY.resolve("alerts.yml").toFile())
                .findValuesAsText("expr")
                .forEach(expr -> names.addAll(names(expr)));
        return names;
    }

    static List<Path> dashboards() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("../deploy/grafana"))) {
            return files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .toList();
        }
    }

    /** The query of each panel. */
    static List<String> queries(Path dashboard) throws IOException {
        JsonNode panels = new ObjectMapper().readTree(dashboard.toFile()).path("panels");
        return panels.findValuesAsText("expr");
    }

    static Set<String> names(String query) {
        return NAME.matcher(query.replaceAll("\"[^\"]*\"", "\"\""))
                .results()
                .map(found -> found.group())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private MetricsPage() {}
}
