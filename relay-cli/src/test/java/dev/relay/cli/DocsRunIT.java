package dev.relay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.relay.client.Relay;
import dev.relay.client.SendOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Every command of the pages for operators is run, in the order of the page, on one running floor: words in capitals stand for something of it. What is not run stands here with its
 * reason; so it is with {@link OtherPrograms}.
 */
class DocsRunIT {
    private static final List<String> PAGES = List.of("operations", "runbooks", "orders", "books", "groups");
    private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");
    private static final Pattern TEST = Pattern.compile("-pl (\\S+) .*?-Dtest=(\\w+)");

    /** Beginnings of commands, and why they are not run here. */
    private static final Map<String, String> NOT_RUN = notRun();

    private static Map<String, String> notRun() {
        Map<String, String> reasons = new LinkedHashMap<>();
        Stream.of("daemon", "sidecar", "exchange", "up", "supervisor", "mcp", "demo", "floor")
                .forEach(server -> reasons.put(server, "runs until it is told to end; started by tests of its own"));
        Stream.of("bench", "torture", "record", "replay", "report")
                .forEach(tool -> reasons.put(tool, "takes minutes, a venue, or a recording; has tests of its own"));
        reasons.put("top", "needs a terminal: TopIT");
        reasons.put("agent spawn", "needs a supervisor: SupervisorIT");
        reasons.put(
                "agent command NAME rebalance", "needs an agent that has registered it: VerbsIT and the SDKs' calls");
        reasons.put("store restore", "the daemon must be stopped: BackupIT");
        reasons.put("store accept-loss", "only after a store was lost: VerbsIT");
        return reasons;
    }

    private static final String LISTED =
            "a list of verbs, or a name without its arguments; each verb is run by VerbsIT";
    private static final Set<String> NAMES = Set.of("send", "kill-switch");

    private static final CommandLine RELAY = Main.commandLine();
    private static final String PING = "100000001d0000006300000000000000";

    @TempDir
    Path dir = Path.of("");

    private int backups;
    private final List<String> wrong = new ArrayList<>();
    private final Deque<Map<?, ?>> dead = new ArrayDeque<>();

    @Test
    void shouldRunWhatThePagesSay() throws Exception {
        Set<String> left = new TreeSet<>(NOT_RUN.keySet());
        OtherPrograms others = new OtherPrograms();
        int ran = 0;
        try (TestFloor floor = new TestFloor(dir);
                Relay worker = Relay.builder("worker").socket(floor.socket).connect()) {
            deadLetters(worker);
            Files.writeString(dir.resolve("relay.yaml"), "daemon:\n  lane_queue: 2000\n");
            Files.write(dir.resolve("frames"), HexFormat.of().parseHex(PING));
            assertThat(Ran.of("man", dir.resolve("man").toString()).exitCode()).isZero();
            for (DocsPage page : pages()) {
                others.run(page, of(floor));
            }
            for (String command : commands()) {
                String start = notRun(command);
                left.remove(start);
                if (start.isEmpty()) {
                    ran++;
                    run(command, floor);
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(others.wrong()).isEmpty();
        left.addAll(others.notThere());
        assertThat(left).as("no page has them any more").isEmpty();
        assertThat(ran).isGreaterThan(40);
        assertThat(others.ran()).isGreaterThan(8);
    }

    private static List<DocsPage> pages() {
        return PAGES.stream()
                .map(page -> DocsPage.of(DocsPage.ROOT.resolve("docs/" + page + ".md")))
                .toList();
    }

    private static List<String> commands() {
        return pages().stream().flatMap(page -> page.commands().stream()).toList();
    }

    private OtherPrograms.Floor of(TestFloor floor) {
        return new OtherPrograms.Floor(
                "http://127.0.0.1:" + floor.daemon.adminPort(),
                "http://127.0.0.1:" + floor.sidecar.adminPort(),
                Map.of(
                        "SOCKET", floor.sidecar.redisAddress().toString().replace("unix:", ""),
                        "DATA_DIR", dir.resolve("d").toString(),
                        "DIR", dir.toString(),
                        "PID", Long.toString(ProcessHandle.current().pid())));
    }

    /** Empty when it is to be run. */
    private static String notRun(String command) {
        boolean isListed =
                NAMES.contains(command) || command.replaceAll("'[^']*'", "").contains("|");
        return isListed
                ? LISTED
                : NOT_RUN.keySet().stream()
                        .filter(start -> command.equals(start) || command.startsWith(start + " "))
                        .findFirst()
                        .orElse("");
    }

    /** Enough for every number on the pages; of an agent that is away, so that no breaker opens. */
    private void deadLetters(Relay sender) {
        sender.control("agents.add", Map.of("name", "late"));
        for (int i = 0; i < 20; i++) {
            var unused = sender.send("late", "note", Map.of(), SendOptions.DEFAULT.ttl(Duration.ofMillis(1)));
        }
        await().atMost(TestFloor.PATIENCE).until(() -> rows(sender).size() == 20);
        rows(sender).forEach(row -> dead.add((Map<?, ?>) row));
    }

    private static List<?> rows(Relay relay) {
        return (List<?>) Objects.requireNonNull(
                relay.control("dlq.ls", Map.of("limit", 100)).get("dead_letters"));
    }

    private void run(String command, TestFloor floor) throws IOException {
        List<String> arguments = arguments(command, floor);
        Ran ran = Ran.of(arguments.stream());
        if (!codes(command).contains(ran.exitCode()) || (ran.out().isEmpty() && !command.equals("dlq export"))) {
            wrong.add("relay " + command + ": " + arguments + ": " + ran);
        }
    }

    /** State that nobody can vouch for is what some of them may say of a floor on which nothing happened. */
    private static Set<Integer> codes(String command) {
        boolean isVerdict =
                Stream.of("doctor", "state", "reconcile report", "audit").anyMatch(command::startsWith);
        return isVerdict ? Set.of(0, 6) : Set.of(0);
    }

    private List<String> arguments(String command, TestFloor floor) throws IOException {
        List<String> words = new ArrayList<>();
        Matcher found = WORD.matcher(command.replace("[FILE]", "FILE").replaceAll(" *\\[[^]]*]", ""));
        while (found.find()) {
            String word = found.group(1) != null ? found.group(1) : found.group(2);
            words.add(words.isEmpty() ? word : thing(words.get(0), word));
        }
        CommandSpec spec = spec(words);
        add(words, spec, "--socket", floor.socket.toString());
        add(words, spec, "--redis", floor.sidecar.redisAddress().toString());
        add(
                words,
                spec,
                "--data-dir",
                dir.resolve(words.get(0).equals("store") ? "d" : "s").toString());
        add(words, spec, "--store-dir", dir.resolve("d").toString());
        return words;
    }

    private static void add(List<String> words, CommandSpec spec, String option, String value) {
        if (spec.findOption(option) != null && !words.contains(option)) {
            words.addAll(List.of(option, value));
        }
    }

    private static CommandSpec spec(List<String> words) {
        CommandLine line = RELAY;
        for (String word : words) {
            CommandLine part = line.getSubcommands().get(word);
            if (part == null) {
                break;
            }
            line = part;
        }
        return line.getCommandSpec();
    }

    /** What the capitals of the pages stand for. */
    private String thing(String verb, String word) {
        return switch (word) {
            case "NAME" -> "worker";
            case "NO" -> String.valueOf(dead.remove().get("no"));
            case "ID" -> String.valueOf(dead.remove().get("id"));
            case "DIR" -> dir.resolve("s").toString();
            case "FILE" -> file(verb);
            case "…" -> "drill";
            default -> word;
        };
    }

    private String file(String verb) {
        return switch (verb) {
            case "config" -> dir.resolve("relay.yaml").toString();
            case "decode" -> dir.resolve("frames").toString();
            default -> dir.resolve("backup" + ++backups).toString();
        };
    }

    /** A whole build in a test would be too long; the test that it names runs in this one. */
    @Test
    void shouldNameTestsThatThereAre() throws IOException {
        int named = 0;
        for (DocsPage page : DocsPage.all()) {
            Stream<String> commands = Stream.concat(page.prose().lines(), page.shellLines());
            for (Matcher test :
                    commands.map(TEST::matcher).filter(Matcher::find).toList()) {
                try (Stream<Path> files =
                        Files.walk(DocsPage.ROOT.resolve(test.group(1)).resolve("src/test"))) {
                    assertThat(files.filter(file -> file.endsWith(test.group(2) + ".java")))
                            .as("%s: %s", page.name(), test.group(2))
                            .hasSize(1);
                }
                named++;
            }
        }
        assertThat(named).isGreaterThan(3);
    }
}
