package dev.relay.cli.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.relay.cli.JavaCommand;
import dev.relay.client.Relay;
import dev.relay.client.RelayRefused;
import dev.relay.protocol.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Daemon, supervisor and agent as processes of their own; each of the first two is killed and started again, and the agent lives on. */
class SupervisorIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path dir = Path.of("");

    private final List<Process> started = new ArrayList<>();
    private long agentPid;

    @AfterEach
    void stop() {
        started.forEach(process -> process.destroyForcibly().onExit().join());
        ProcessHandle.of(agentPid).ifPresent(ProcessHandle::destroyForcibly);
    }

    @Test
    void anAgentOutlivesTheDaemonAndTheSupervisor() throws Exception {
        Files.writeString(dir.resolve("relay.yaml"), Json.write(Map.of("templates", templates())));
        Process daemon = daemon();
        Process supervisor = supervisor();
        try (Relay boss = Relay.builder("boss").socket(socket()).connect();
                Relay other = Relay.builder("other").socket(socket()).connect()) {
            refused("UNAUTHORIZED", "", () -> other.spawn("listener", "ear", Map.of("topic", "x.y"), PATIENCE));
            refused("BAD_REQUEST", "must match", () -> boss.spawn("listener", "ear", Map.of("topic", ">"), PATIENCE));
            refused("NOT_READY", "no such market", () -> boss.spawn("broken", "ear", Map.of(), PATIENCE));
            assertThat(boss.agents().supervised()).isEmpty();

            agentPid = pid(boss.spawn("listener", "ear", Map.of("topic", "x.y"), PATIENCE));
            assertThat(boss.waitForReady("ear", PATIENCE)).containsEntry("state", "connected");
            assertThat(Files.readString(Path.of("/proc/" + agentPid + "/limits")))
                    .containsPattern("Max open files +200 ")
                    .containsPattern("Max data size +" + (8_192L << 20) + " ");

            daemon.destroyForcibly().onExit().join();
            daemon();
            await().atMost(PATIENCE).ignoreExceptions().untilAsserted(() -> {
                boss.publish("x.y", "heard").result(PATIENCE);
                assertThat(boss.agents().logs("ear").toString()).contains("heard");
            });
            assertThat(pid(row(boss))).isEqualTo(agentPid);

            supervisor.destroyForcibly().onExit().join();
            supervisor = supervisor();
            await().atMost(PATIENCE)
                    .ignoreExceptions()
                    .untilAsserted(() -> assertThat(row(boss))
                            .containsEntry("state", "ready")
                            .containsEntry("pid", agentPid)
                            .containsEntry("restarts", 0L));
            long before = agentPid;
            agentPid = pid(boss.restart("ear", PATIENCE));
            assertThat(agentPid).isNotEqualTo(before);
            assertThat(ProcTable.of(before)).isEqualTo(Identity.NONE);
            assertThat(boss.release("ear", PATIENCE)).containsEntry("last_exit", "signal=15");
            assertThat(ProcTable.of(agentPid)).isEqualTo(Identity.NONE);
            assertThat(boss.agents().supervised()).isEmpty();
            takesTemplatesOverAtAHangup(boss, supervisor);
        }
    }

    private void takesTemplatesOverAtAHangup(Relay boss, Process supervisor) throws Exception {
        refused("NOT_FOUND", "no such template", () -> boss.spawn("late", "ear", Map.of(), PATIENCE));
        Map<String, Object> more = new HashMap<>(templates());
        more.put("late", Map.of("command", List.of("/bin/sh", "-c", "echo came late; exit 3")));
        Files.writeString(dir.resolve("relay.yaml"), Json.write(Map.of("templates", more)));
        assertThat(new ProcessBuilder("kill", "-HUP", Long.toString(supervisor.pid()))
                        .start()
                        .waitFor())
                .isZero();
        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> refused("NOT_READY", "came late", () -> boss.spawn("late", "ear", Map.of(), PATIENCE)));
    }

    private static Map<String, Object> templates() {
        return Map.of(
                "listener",
                Map.of(
                        "command",
                        JavaCommand.relay(List.of("sub")),
                        "args",
                        List.of("${topic}", "--as", "${name}"),
                        "params",
                        Map.of("topic", "[a-z.]+"),
                        "open_files",
                        200,
                        "memory_mb",
                        8_192,
                        "ready_timeout_ms",
                        60_000),
                "broken",
                Map.of("command", List.of("/bin/sh", "-c", "echo no such market; exit 3")));
    }

    private static void refused(String code, String text, Supplier<?> call) {
        assertThatThrownBy(call::get)
                .isInstanceOfSatisfying(
                        RelayRefused.class,
                        refusal -> assertThat(refusal.code()).isEqualTo(code))
                .hasMessageContaining(text);
    }

    private static Map<String, @Nullable Object> row(Relay boss) {
        return boss.agents().supervised().get(0);
    }

    private static long pid(Map<String, @Nullable Object> row) {
        return row.get("pid") instanceof Long pid ? pid : 0;
    }

    private Path socket() {
        return dir.resolve("r/relay.sock");
    }

    private Process daemon() throws IOException {
        return relay(
                "daemon",
                "--socket",
                socket().toString(),
                "--data-dir",
                dir.resolve("data").toString(),
                "--set",
                "operators=boss");
    }

    private Process supervisor() throws IOException {
        return relay(
                "supervisor",
                "--socket",
                socket().toString(),
                "--config",
                dir.resolve("relay.yaml").toString(),
                "--run-dir",
                dir.toString());
    }

    /** Returns when it is ready. */
    private Process relay(String... arguments) throws IOException {
        Process process = new ProcessBuilder(JavaCommand.relay(List.of(arguments)))
                .redirectError(dir.resolve(arguments[0] + ".err").toFile())
                .start();
        started.add(process);
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        assertThat(out.readLine()).as(arguments[0]).startsWith("ready ");
        return process;
    }
}
