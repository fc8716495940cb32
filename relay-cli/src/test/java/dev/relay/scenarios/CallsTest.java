package dev.relay.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.client.Health;
import dev.relay.client.Message;
import dev.relay.client.Relay;
import dev.relay.protocol.Json;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every public call of the client has a row in the scenario table, or stands in {@code calls.json} with the reason why not; and every call that the page of adoption names exists. */
class CallsTest {
    private static final Path SCENARIOS = Path.of("..", "protocol", "scenarios");
    private static final Path RUNNERS = Path.of("src", "test", "java", "dev", "relay", "scenarios");
    private static final Pattern CHAIN = Pattern.compile("\\b(relay|message)((?:\\.\\w+\\((?:\\)(?=\\.))?)+)");
    private static final Pattern CALL = Pattern.compile("\\.(\\w+)\\(");

    /** What an agent of a client library is used to, as the table on the page must name it. */
    private static final List<String> THEIRS = List.of(
            "sendMessage",
            "sendAndWait",
            "request",
            "respond",
            "broadcast",
            "subscribe",
            "bindAsShadow",
            "createProposal",
            "spawn",
            "release");

    private static Map<?, ?> calls(String key) throws IOException {
        return (Map<?, ?>) Objects.requireNonNull(
                Json.object(Files.readString(SCENARIOS.resolve("calls.json"))).get(key));
    }

    private static String snake(String name) {
        return name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }

    private static String camel(String name) {
        return Pattern.compile("_(.)").matcher(name).replaceAll(m -> m.group(1).toUpperCase(Locale.ROOT));
    }

    private static Set<String> publicCalls(Class<?> type) {
        return Arrays.stream(type.getDeclaredMethods())
                .filter(method -> Modifier.isPublic(method.getModifiers()) && !method.isSynthetic())
                .map(Method::getName)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> stepsOfTheTable() throws IOException {
        Matcher step =
                Pattern.compile("\"do\": \"(\\w+)\"").matcher(Files.readString(SCENARIOS.resolve("scenarios.json")));
        return step.results().map(found -> found.group(1)).collect(Collectors.toSet());
    }

    @Test
    void shouldHaveARowForEveryPublicCall() throws IOException {
        Set<String> known = new TreeSet<>();
        calls("calls").keySet().forEach(name -> known.add(String.valueOf(name)));
        calls("elsewhere").forEach((name, reason) -> {
            assertThat(String.valueOf(reason)).as(String.valueOf(name)).hasSizeGreaterThan(10);
            known.add(String.valueOf(name));
        });
        assertThat(publicCalls(Relay.class).stream().map(CallsTest::snake))
                .as("add a scenario, and the call to protocol/scenarios/calls.json")
                .isSubsetOf(known);
    }

    @Test
    void shouldHaveStepsThatMakeTheCalls() throws IOException {
        StringBuilder runners = new StringBuilder();
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(RUNNERS, "{ScenarioRunner,AgentUnderTest,*Steps}.java")) {
            for (Path file : files) {
                runners.append(Files.readString(file));
            }
        }
        Set<String> table = stepsOfTheTable();
        Set<String> ours = publicCalls(Relay.class);
        calls("calls").forEach((name, steps) -> {
            assertThat(table).as("steps of " + name).containsAll(texts(steps));
            String call = camel(String.valueOf(name));
            if (ours.contains(call) && !call.equals("connect")) {
                assertThat(Pattern.compile("(\\.|::)" + call + "\\b")
                                .matcher(runners)
                                .find())
                        .as("the runner calls " + call)
                        .isTrue();
            }
        });
    }

    /** What the client gives out that has calls of its own. */
    private static Map<String, Class<?>> desks() {
        Map<String, Class<?>> desks = new TreeMap<>();
        for (Method method : Relay.class.getMethods()) {
            Class<?> type = method.getReturnType();
            boolean isOurs = type.getPackageName().equals(Relay.class.getPackageName());
            if (method.getParameterCount() == 0 && isOurs && type != Relay.class && type != Health.class) {
                desks.put(snake(method.getName()), type);
            }
        }
        return desks;
    }

    @Test
    void shouldHaveARowForEveryCallOfEveryDesk() throws IOException {
        Map<?, ?> known = calls("desks");
        Map<?, ?> elsewhere = calls("elsewhere");
        Set<String> table = stepsOfTheTable();
        assertThat(desks()).containsOnlyKeys(names(known));
        desks().forEach((desk, type) -> {
            Map<?, ?> calls = (Map<?, ?>) Objects.requireNonNull(known.get(desk));
            assertThat(publicCalls(type).stream()
                            .map(CallsTest::snake)
                            .filter(call -> !elsewhere.containsKey(desk + "." + call)))
                    .as("calls of %s: add a scenario, and the call to calls.json", desk)
                    .isSubsetOf(names(calls));
            calls.forEach(
                    (call, steps) -> assertThat(table).as("%s.%s", desk, call).containsAll(texts(steps)));
        });
    }

    private static List<String> names(Map<?, ?> map) {
        return map.keySet().stream().map(String::valueOf).toList();
    }

    private static List<String> texts(Object list) {
        return ((List<?>) list).stream().map(String::valueOf).toList();
    }

    @Test
    void shouldHaveEveryCallThatThePageOfAdoptionNames() throws IOException {
        List<String> page = Files.readAllLines(Path.of("..", "docs", "adoption.md"));
        for (String theirs : THEIRS) {
            assertThat(page).as(theirs).anyMatch(line -> line.startsWith("| `" + theirs + "("));
        }
        List<String> missing = new ArrayList<>();
        page.stream().filter(line -> line.startsWith("| ")).forEach(line -> {
            Matcher chain = CHAIN.matcher(javaCell(line));
            while (chain.find()) {
                Class<?> on = chain.group(1).equals("relay") ? Relay.class : Message.class;
                missing.addAll(missing(on, chain.group(2)));
            }
        });
        assertThat(missing).isEmpty();
    }

    private static String javaCell(String line) {
        String[] cells = line.split("(?<!\\\\)\\|", -1);
        return cells.length > 2 ? cells[2] : "";
    }

    /** Calls of a chain that its types do not have. */
    private static List<String> missing(Class<?> start, String chain) {
        Class<?> type = start;
        Matcher call = CALL.matcher(chain);
        while (call.find()) {
            String name = call.group(1);
            Class<?> on = type;
            Method found = Stream.of(on.getMethods())
                    .filter(method -> method.getName().equals(name))
                    .findAny()
                    .orElse(null);
            if (found == null) {
                return List.of(on.getSimpleName() + "." + name);
            }
            type = found.getReturnType();
        }
        return List.of();
    }
}
