package dev.relay.cli.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** The policy with a clock, processes and a directory that the test moves. */
class SupervisionTest {
    private final FakeHost host = new FakeHost();
    private List<Saved> saved = List.of();
    private Supervision supervision = supervision();

    private Supervision supervision() {
        return new Supervision(
                Map.of("agent", template("""
                        command: run
                        args: ["--symbol", "${symbol}", "--as=${name}"]
                        params: {symbol: "[A-Z]+-[A-Z]+"}
                        restart: on-failure
                        backoff_ms: 1000
                        backoff_max_ms: 3000
                        max_restarts: 3
                        ready_timeout_ms: 5000
                        stop_grace_ms: 2000
                        """), "once", template("command: once\nrestart: never\n")),
                host,
                host,
                () -> host.nowMs,
                () -> 1.0,
                children -> saved = children);
    }

    private static Template template(String yaml) {
        List<String> mistakes = new ArrayList<>();
        Template template = Objects.requireNonNull(
                TemplateFile.read(node("agent:\n  " + yaml.replace("\n", "\n  ")), Map.of(), mistakes)
                        .get("agent"));
        assertThat(mistakes).isEmpty();
        return template;
    }

    private static JsonNode node(String yaml) {
        try {
            return new YAMLMapper().readTree(yaml);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private CompletableFuture<Map<String, Object>> spawn(String name) {
        return supervision.spawn("agent", name, Map.of("symbol", "BTC-USD"));
    }

    private Map<String, Object> row(String name) {
        return supervision.list().stream()
                .filter(row -> name.equals(row.get("name")))
                .findFirst()
                .orElse(Map.of("state", "none"));
    }

    private void after(long ms) {
        host.nowMs += ms;
        supervision.tick();
    }

    private void ready(String name) {
        host.join(name);
        after(100);
        assertThat(row(name)).containsEntry("state", "ready");
    }

    @Test
    void spawnAnswersWhenTheAgentHasJoined() throws Exception {
        CompletableFuture<Map<String, Object>> answer = spawn("a");
        assertThat(host.started).containsExactly(List.of("run", "--symbol", "BTC-USD", "--as=a"));
        after(100);
        assertThat(answer).isNotDone();
        ready("a");
        assertThat(answer.get()).containsEntry("pid", 1L).containsEntry("state", "ready");
    }

    @Test
    void otherTemplatesHoldForTheNextStart() throws Exception {
        var unused = spawn("a");
        ready("a");
        supervision.reload(Map.of("agent", template("command: other\nparams: {symbol: '.*'}\n")));
        assertThat(row("a")).as("what runs goes on").containsEntry("state", "ready");
        CompletableFuture<Map<String, Object>> restarted = supervision.restart("a");
        host.dies(1, "signal=15");
        after(100);
        ready("a");
        assertThat(restarted).isDone();
        assertThat(host.started.get(host.started.size() - 1)).startsWith("other");
        refused("NOT_FOUND", () -> supervision.spawn("once", "b", Map.of()));
    }

    @Test
    void onlyTemplatesWithTheirArgumentsAreStarted() {
        refused("NOT_FOUND", () -> supervision.spawn("rm", "a", Map.of()));
        refused("BAD_REQUEST", () -> supervision.spawn("agent", "a", Map.of()));
        refused("BAD_REQUEST", () -> supervision.spawn("agent", "a", Map.of("symbol", "BTC-USD; rm")));
        refused("BAD_REQUEST", () -> supervision.spawn("agent", "a", Map.of("symbol", "A-B", "shell", "x")));
        refused("BAD_NAME", () -> supervision.spawn("agent", "Not a name", Map.of("symbol", "A-B")));
        host.join("foreign");
        refused("NAME_IN_USE", () -> spawn("foreign"));
        var unused = spawn("a");
        refused("NAME_IN_USE", () -> spawn("a"));
        refused("NOT_FOUND", () -> supervision.release("b"));
        assertThat(host.started).hasSize(1);
        assertThat(supervision.list()).hasSize(1);
    }

    @Test
    void whatEndsBeforeItIsReadyIsToldWithItsLogAndForgotten() {
        CompletableFuture<Map<String, Object>> answer = spawn("a");
        host.dies(1, "exit=3");
        after(100);
        assertThat(failure(answer)).contains("exit=3", "log of a");
        assertThat(supervision.list()).isEmpty();
        assertThat(saved).isEmpty();
    }

    @Test
    void whatIsNotReadyInTimeIsEndedAndKilledAfterTheGrace() {
        CompletableFuture<Map<String, Object>> answer = spawn("a");
        after(4_900);
        assertThat(answer).isNotDone();
        after(100);
        assertThat(failure(answer)).contains("not connected within 5000 ms");
        assertThat(host.signals).containsExactly("TERM 1");
        after(1_900);
        after(100);
        after(100);
        assertThat(host.signals).containsExactly("TERM 1", "KILL 1");
        host.dies(1, "signal=9");
        after(100);
        assertThat(supervision.list()).isEmpty();
    }

    @Test
    void timeWithoutTheDaemonDoesNotCountAgainstTheReadyTimeout() {
        CompletableFuture<Map<String, Object>> answer = spawn("a");
        after(100);
        host.isKnown = false;
        after(60_000);
        host.isKnown = true;
        after(4_000);
        assertThat(answer).isNotDone();
        ready("a");
        assertThat(answer).isDone();
    }

    @Test
    void failuresAreRetriedLaterEachTimeThenGivenUp() {
        var unused = spawn("a");
        ready("a");
        for (long backoffMs : new long[] {1_000, 2_000, 3_000}) {
            host.dies(host.started.size(), "exit=1");
            after(100);
            assertThat(row("a")).containsEntry("state", "backing_off");
            int before = host.started.size();
            after(backoffMs - 1);
            assertThat(host.started).hasSize(before);
            after(1);
            assertThat(host.started).hasSize(before + 1);
        }
        host.dies(4, "exit=1");
        after(100);
        assertThat(row("a")).containsEntry("state", "failed").containsEntry("restarts", 3L);
    }

    @Test
    void aMinuteOfBeingReadyClearsTheFailures() {
        var unused = spawn("a");
        ready("a");
        host.dies(1, "exit=1");
        after(100);
        after(1_000);
        ready("a");
        after(Supervision.STEADY_MS);
        host.dies(2, "exit=1");
        after(100);
        after(1_000);
        assertThat(host.started).hasSize(3);
    }

    @Test
    void endsThatThePolicyDoesNotMindAreEnds() {
        var unused = spawn("a");
        ready("a");
        host.dies(1, "exit=0");
        after(100);
        assertThat(row("a")).containsEntry("state", "ended").containsEntry("last_exit", "exit=0");
        var once = supervision.spawn("once", "b", Map.of());
        ready("b");
        assertThat(once).isDone();
        host.dies(2, "exit=1");
        after(100);
        assertThat(row("b")).containsEntry("state", "ended");
        var again = spawn("a");
        assertThat(host.started).hasSize(3);
        assertThat(again).isNotDone();
    }

    @Test
    void releaseEndsItAndRestartStartsItAgainOnlyWhenTheOldOneIsGone() {
        var unused = spawn("a");
        ready("a");
        CompletableFuture<Map<String, Object>> restarted = supervision.restart("a");
        after(100);
        assertThat(host.signals).containsExactly("TERM 1");
        assertThat(host.started).hasSize(1);
        host.dies(1, "signal=15");
        after(100);
        assertThat(host.started).hasSize(2);
        ready("a");
        assertThat(restarted).isDone();
        CompletableFuture<Map<String, Object>> released = supervision.release("a");
        after(100);
        assertThat(released).isNotDone();
        host.dies(2, "signal=15");
        after(100);
        assertThat(released).isCompletedWithValue(Map.of("name", "a", "last_exit", "signal=15"));
        assertThat(supervision.list()).isEmpty();
    }

    @Test
    void theNextSupervisorTakesOverWhatRunsAndStartsAgainWhatDoesNot() {
        var unusedA = spawn("a");
        ready("a");
        var unusedB = spawn("b");
        ready("b");
        host.dies(2, "unknown");
        List<Saved> left = saved;
        supervision = supervision();
        supervision.adopt(left);
        after(100);
        assertThat(row("a")).containsEntry("state", "ready").containsEntry("pid", 1L);
        assertThat(row("b")).containsEntry("state", "backing_off");
        after(1_000);
        assertThat(host.started).hasSize(3);
        assertThat(row("b")).containsEntry("pid", 3L);
    }

    @Test
    void everyMistakeOfTheTemplatesIsTold() {
        List<String> mistakes = new ArrayList<>();
        var unused = TemplateFile.read(node("""
                a:
                  comand: x
                  restart: sometimes
                  backoff_ms: soon
                  memory_mb: -1
                  args: ["${symbol}"]
                  params: {size: "["}
                  env: {KEY: "${env:NOT_THERE}"}
                """), Map.of(), mistakes);
        assertThat(String.join("\n", mistakes))
                .contains("unknown key templates.a.comand")
                .contains("templates.a.command is missing")
                .contains("templates.a.restart=sometimes")
                .contains("templates.a.backoff_ms=soon")
                .contains("templates.a.memory_mb=-1")
                .contains("${symbol} is not among params")
                .contains("templates.a.params.size=[")
                .contains("the environment has no NOT_THERE");
    }

    private static void refused(String code, Supplier<CompletableFuture<Map<String, Object>>> call) {
        assertThatThrownBy(call::get)
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.code()).isEqualTo(code));
    }

    private static String failure(CompletableFuture<?> answer) {
        assertThat(answer).isCompletedExceptionally();
        try {
            Object unused = answer.get();
            throw new AssertionError("answered");
        } catch (ExecutionException e) {
            assertThat(e.getCause())
                    .isInstanceOfSatisfying(
                            Refusal.class, refusal -> assertThat(refusal.code()).isEqualTo("NOT_READY"));
            return String.valueOf(e.getMessage());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Processes with the pids 1, 2, …, and who is on the bus. */
    private static final class FakeHost implements Processes, Names {
        long nowMs = 1_000_000;
        boolean isKnown = true;
        final List<List<String>> started = new ArrayList<>();
        final List<String> signals = new ArrayList<>();
        private final List<String> agents = new ArrayList<>();
        private final Map<Long, String> exits = new HashMap<>();
        private final Set<String> connected = new HashSet<>();
        private final Map<String, Long> versions = new HashMap<>();

        void join(String agent) {
            connected.add(agent);
            versions.merge(agent, 1L, Long::sum);
        }

        void dies(long pid, String exit) {
            exits.put(pid, exit);
            String agent = agents.get((int) pid - 1);
            if (connected.remove(agent)) {
                versions.merge(agent, 1L, Long::sum);
            }
        }

        @Override
        public Identity start(String agent, Template template, Map<String, String> args) {
            started.add(template.commandLine(agent, args));
            agents.add(agent);
            return new Identity(started.size(), 1);
        }

        @Override
        public boolean isAlive(Identity process) {
            return !exits.containsKey(process.pid());
        }

        @Override
        public void end(Identity process, boolean isForced) {
            signals.add((isForced ? "KILL " : "TERM ") + process.pid());
        }

        @Override
        public String exit(Identity process) {
            return exits.getOrDefault(process.pid(), "unknown");
        }

        @Override
        public List<String> logTail(String agent, int lines) {
            return List.of("log of " + agent);
        }

        @Override
        public void boundLog(String agent, long maxBytes) {}

        @Override
        public boolean isKnown() {
            return isKnown;
        }

        @Override
        public boolean isConnected(String agent) {
            return connected.contains(agent);
        }

        @Override
        public long version(String agent) {
            return versions.getOrDefault(agent, 0L);
        }
    }
}
