package dev.relay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.client.Relay;
import dev.relay.daemon.RelayDaemon;
import dev.relay.daemon.config.DaemonConfig;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Json;
import dev.relay.sidecar.redis.RedisServerChild;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * How each verb ends and where it writes, a line a case, against a daemon and a Redis in which nothing happens; and that the exit codes of
 * {@code docs/operations.md} are these.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class VerbsIT {
    private static final Pattern ROW = Pattern.compile("^\\| ([4-6]) \\|[^|]*\\|(.*)\\|$", Pattern.MULTILINE);
    private static final Pattern VERB = Pattern.compile("`([a-z -]+)`");

    /** Documented, and shown by tests of their own or by nothing shorter than a real start. */
    private static final Set<String> SHOWN_ELSEWHERE = Set.of(
            "5 up", "5 down", "5 replay", "5 agent spawn", "6 doctor", "6 reconcile report", "6 audit", "6 book show");

    /** Exit code, verb, rest of its line: B is the socket, R the Redis, D a directory of the test, - none of them. */
    private static final List<String> CASES = List.of(
            "0 B status|",
            "0 B health|",
            "0 B agents|",
            "0 B agents add|later",
            "0 B queue|",
            "0 B queue|worker --waiting",
            "0 B dlq ls|",
            "0 B dlq stats|",
            "0 B send|worker note hello",
            "0 B send|worker note {\"a\":1}",
            "0 B pub|a.b hello",
            "0 B agent health|worker",
            "0 B agent metrics|worker",
            "0 B agent pause|worker",
            "0 B agent resume|worker",
            "0 B agent breakers|",
            "0 B agent reset-breaker|worker",
            "0 B quota set|worker --messages-per-s 1000 --mailbox-bytes 1000000",
            "0 B quota list|",
            "0 B quota set|worker",
            "0 B agent emergency-stop|--reason drill --dry-run",
            "0 B agent release|worker --dry-run",
            "0 B dlq drop|--all --dry-run",
            "0 B dlq redrive|--all --dry-run",
            "0 - kill-switch|on --dry-run --data-dir D",
            "0 - kill-switch|off --dry-run --data-dir D",
            "0 - store restore|D/frames --dry-run --data-dir D/other",
            "0 - store accept-loss|--dry-run --data-dir D/other",
            "0 - store info|--data-dir D/data",
            "0 - store check|--data-dir D/data",
            "0 - store backup|D/backup --data-dir D/data",
            "0 - audit|--store-dir D/data --data-dir D",
            "0 - config show|",
            "0 - decode|D/frames",
            "0 - version|",
            "0 R orders|",
            "0 R positions|",
            "0 R positions|--balances",
            "1 B dlq ls|--reason BAD_LUCK",
            "1 B agents add|not!a!name",
            "1 - store accept-loss|--yes --data-dir D/data",
            "2 B dlq drop|--all",
            "2 B dlq redrive|--all",
            "2 B dlq drop|--yes",
            "2 B agent release|worker",
            "2 - kill-switch|off --data-dir D",
            "2 - store restore|D/frames --data-dir D/other",
            "2 - store accept-loss|--data-dir D/other",
            "2 - config check|",
            "2 B queue|--filter nonsense",
            "2 B agents|--filter nam=cli",
            "3 B agent list|",
            "2 B status|--token-file D/none",
            "4 B msg trace|00000000-0000-7000-8000-000000000000",
            "4 B dlq show|99",
            "4 B dlq drop|99 --yes",
            "4 B dlq redrive|99",
            "4 B send|nobody note hello",
            "4 B request|nobody question {}",
            "4 B agent health|nobody",
            "4 B agent metrics|nobody",
            "4 B quota set|nobody --messages-per-s 1",
            "4 R book show|NO-SUCH",
            "4 - reconcile report|--data-dir D/none",
            "4 - audit|--data-dir D/none --store-dir D/none",
            "4 - store restore|D/none --data-dir D/other --yes",
            "4 - decode|D/none",
            "5 B request|worker question {} --timeout 100ms",
            "5 B sub|a.b --count 1 --duration 50ms",
            "6 B health|--min 101",
            "6 B agent health|later",
            "6 R state|");

    private Path dir = Path.of("");
    private RelayDaemon daemon;
    private Relay worker;
    private RedisServerChild redis;

    @BeforeAll
    void start(@TempDir Path folder) throws IOException {
        dir = folder;
        ByteBuffer ping = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        FrameWriter.ping(ping, 99);
        Files.write(dir.resolve("frames"), Arrays.copyOf(ping.array(), ping.position()));
        daemon = RelayDaemon.start(DaemonConfig.of(dir.resolve("run/relay.sock"), dir.resolve("data")));
        worker = Relay.builder("worker").socket(daemon.socket()).connect();
        redis = new RedisServerChild(dir);
        redis.ensureRunning();
    }

    @AfterAll
    void stop() {
        worker.close();
        daemon.close();
        redis.close();
    }

    private record Case(int exitCode, String verb, List<String> arguments) {
        static Case of(String line, String socket, String redis, String dir) {
            String verb = line.substring(4, line.indexOf('|'));
            List<String> arguments = new ArrayList<>();
            for (String word : line.substring(line.indexOf('|') + 1).split(" ", -1)) {
                if (!word.isEmpty()) {
                    arguments.add(word.matches("D(/.*)?") ? dir + word.substring(1) : word);
                }
            }
            switch (line.charAt(2)) {
                case 'B' -> arguments.addAll(List.of("--socket", socket));
                case 'R' -> arguments.addAll(List.of("--redis", redis));
                default -> {}
            }
            return new Case(line.charAt(0) - '0', verb, List.copyOf(arguments));
        }
    }

    private List<Case> cases() {
        return CASES.stream()
                .map(line -> Case.of(line, daemon.socket().toString(), "unix:" + dir.resolve("redis.sock"), dir + ""))
                .toList();
    }

    @Test
    void shouldEndWithItsCodeDataOnStandardOutputAndMessagesOnStandardError() {
        for (Case it : cases()) {
            Ran ran = Ran.of(it.verb(), it.arguments());
            assertThat(ran.exitCode()).as("%s: %s", it, ran).isEqualTo(it.exitCode());
            assertThat(ran.out() + ran.err())
                    .as("no colours outside a terminal: %s", it)
                    .doesNotContain("\u001b");
            if (it.exitCode() == ExitCode.OK) {
                assertThat(ran.out()).as("%s", it).isNotEmpty();
                assertThat(ran.err()).as("%s", it).isEmpty();
            } else if (!ran.out().isEmpty()) {
                assertThat(it.verb()).as("prints although it failed: %s", ran).isIn(PRINTING);
            } else {
                assertThat(ran.err()).as("%s", it).startsWith("relay: ");
            }
        }
    }

    /** The verdict, the plan, or what was done of it, is data whatever the exit code. */
    private static final Set<String> PRINTING = Set.of(
            "health",
            "agent health",
            "state",
            "dlq drop",
            "dlq redrive",
            "agent release",
            "kill-switch",
            "store restore",
            "store accept-loss");

    @Test
    void shouldPrintNothingButJsonWithJson() {
        Set<String> withoutJson = Set.of("send", "pub");
        for (Case it : cases()) {
            if (withoutJson.contains(it.verb())) {
                continue;
            }
            List<String> arguments = new ArrayList<>(it.arguments());
            arguments.add("--json");
            if (it.verb().equals("store backup")) {
                arguments.set(0, arguments.get(0) + "-json");
            }
            Ran.of(it.verb(), arguments).out().lines().forEach(Json::parse);
        }
    }

    @Test
    void shouldSayThreeWhereNobodyAnswers() {
        Map<String, String> needed = Map.ofEntries(
                Map.entry("agents add", "a"),
                Map.entry("state show", "a"),
                Map.entry("proposals show", "1"),
                Map.entry("proposals vote", "1 yes"),
                Map.entry("msg trace", "00000000-0000-7000-8000-000000000000"),
                Map.entry("send", "a b c"),
                Map.entry("request", "a b c"),
                Map.entry("pub", "a b"),
                Map.entry("sub", "a"),
                Map.entry("dlq show", "1"),
                Map.entry("dlq drop", "1 --yes"),
                Map.entry("dlq redrive", "1"),
                Map.entry("book show", "A"),
                Map.entry("book watch", "A"),
                Map.entry("kill-switch", "status"),
                Map.entry("agent command", "a b"),
                Map.entry("quota set", "a"),
                Map.entry("agent emergency-stop", "--reason x"),
                Map.entry("agent release", "a --yes"),
                Map.entry("agent spawn", "a b"));
        Set<String> servers = Set.of("daemon", "sidecar", "supervisor", "mcp", "top", "doctor", "replay");
        String nowhere = dir.resolve("nobody.sock").toString();
        List<Map.Entry<String, List<String>>> runs = new ArrayList<>();
        Ran.verbs().forEach(verb -> {
            String name = Ran.name(verb);
            boolean isOnBus = verb.findOption("--socket") != null;
            if (!servers.contains(name) && !name.startsWith("bench") && !name.startsWith("torture")) {
                if (isOnBus || verb.findOption("--redis") != null) {
                    List<String> arguments = new ArrayList<>(List.of(needed.getOrDefault(
                                    name,
                                    name.startsWith("agent ")
                                                    && !verb.positionalParameters()
                                                            .isEmpty()
                                            ? "a"
                                            : "")
                            .split(" ", -1)));
                    arguments.removeIf(String::isEmpty);
                    arguments.addAll(isOnBus ? List.of("--socket", nowhere) : List.of("--redis", "unix:" + nowhere));
                    runs.add(Map.entry(name, arguments));
                }
            }
        });
        assertThat(runs).hasSizeGreaterThanOrEqualTo(35);
        List<String> others = runs.parallelStream()
                .map(run -> Map.entry(run, Ran.of(run.getKey(), run.getValue())))
                .filter(e -> e.getValue().exitCode() != ExitCode.UNREACHABLE
                        || !e.getValue().out().isEmpty()
                        || !e.getValue().err().startsWith("relay: "))
                .map(Object::toString)
                .toList();
        assertThat(others).isEmpty();
    }

    @Test
    void shouldDocumentTheCodesThatItShows() throws IOException {
        Set<String> shown = new TreeSet<>(SHOWN_ELSEWHERE);
        cases().stream()
                .filter(it -> it.exitCode() > ExitCode.UNREACHABLE)
                .forEach(it -> shown.add(it.exitCode() + " " + it.verb()));
        Matcher rows = ROW.matcher(Files.readString(Path.of("../docs/operations.md")));
        Set<String> written = new TreeSet<>();
        while (rows.find()) {
            Matcher verbs = VERB.matcher(rows.group(2));
            while (verbs.find()) {
                written.add(rows.group(1) + " " + verbs.group(1));
            }
        }
        assertThat(written).isEqualTo(shown);
    }
}
