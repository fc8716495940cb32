package dev.relay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code docs/guarantees.md} names a test for each statement of the contract; the tests must be there. */
final class GuaranteesPageTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern JAVA = Pattern.compile("`(\\w+)#(\\w+)`");
    private static final Pattern PYTHON = Pattern.compile("`(test_\\w+\\.py)#(test_\\w+)`");
    private static final Pattern SCENARIO = Pattern.compile("`scenario:(\\w+)`");

    private static String page() throws IOException {
        return Files.readString(ROOT.resolve("docs/guarantees.md"));
    }

    @Test
    void everyStatementHasItsLineAndATest() throws IOException {
        String page = page();
        Stream<String> rules = IntStream.rangeClosed(1, 9).mapToObj(i -> "R" + i);
        Stream<String> invariants = IntStream.rangeClosed(1, 50).mapToObj(i -> "I" + i);
        for (String statement : Stream.concat(rules, invariants).toList()) {
            List<String> lines = page.lines()
                    .filter(line -> line.startsWith("| " + statement + " |"))
                    .toList();
            assertThat(lines).as(statement).hasSize(1);
            assertThat(lines.get(0)).as(statement).contains("`");
        }
    }

    @Test
    void everyJavaTestOfThePageExists() throws IOException {
        Map<String, String> sources = sources(".java");
        assertThat(missing(JAVA, sources, " ", "(")).isEmpty();
    }

    @Test
    void everyPythonTestOfThePageExists() throws IOException {
        assertThat(missing(PYTHON, sources(".py"), "def ", "(")).isEmpty();
    }

    @Test
    void everyScenarioOfThePageExists() throws IOException {
        String table = Files.readString(ROOT.resolve("protocol/scenarios/scenarios.json"));
        Matcher named = SCENARIO.matcher(page());
        while (named.find()) {
            assertThat(table).contains("\"" + named.group(1) + "\"");
        }
    }

    private static List<String> missing(Pattern reference, Map<String, String> sources, String before, String after)
            throws IOException {
        List<String> missing = new ArrayList<>();
        Matcher named = reference.matcher(page());
        while (named.find()) {
            String source = sources.get(named.group(1).replace(".py", ""));
            if (source == null || !source.contains(before + named.group(2) + after)) {
                missing.add(named.group());
            }
        }
        return missing;
    }

    /** Test sources by file name without its ending. */
    private static Map<String, String> sources(String ending) throws IOException {
        Map<String, String> sources = new HashMap<>();
        for (String folder : List.of(
                "protocol/src/test",
                "relay-daemon/src/test",
                "relay-sdk-java/src/test",
                "relay-sidecar/src/test",
                "relay-cli/src/test",
                "relay-sdk-python/tests")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(folder))) {
                files.filter(file -> file.toString().endsWith(ending))
                        .forEach(file -> sources.merge(
                                file.getFileName().toString().replace(ending, ""), read(file), (a, b) -> a + b));
            }
        }
        return sources;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
