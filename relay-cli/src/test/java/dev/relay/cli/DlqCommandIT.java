package dev.relay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.client.HandlerOptions;
import dev.relay.client.RefuseMessage;
import dev.relay.client.Relay;
import dev.relay.client.RelayDeadLettered;
import dev.relay.daemon.RelayDaemon;
import dev.relay.daemon.config.DaemonConfig;
import dev.relay.protocol.Json;
import dev.relay.sidecar.journal.SqliteJournal;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.api.Assertions;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code relay dlq} against a real daemon with three dead letters, as an operator types it. */
class DlqCommandIT {
    private static final int LETTERS = 3;

    @TempDir
    Path dir = Path.of("");

    private Path socket = Path.of("");
    private RelayDaemon daemon;
    private final List<String> taken = Collections.synchronizedList(new ArrayList<>());
    private volatile boolean isMended;
    private Relay worker;

    @BeforeEach
    void killThreeMessages() {
        socket = dir.resolve("run/relay.sock");
        daemon = RelayDaemon.start(DaemonConfig.of(socket, dir.resolve("data")));
        worker = Relay.builder("worker").socket(socket).connect();
        worker.on("*", HandlerOptions.ANY, message -> {
            if (!isMended) {
                throw new RefuseMessage("not today");
            }
            taken.add(message.text());
        });
        worker.start();
        try (Relay sender = Relay.builder("sender").socket(socket).connect()) {
            for (int i = 1; i <= LETTERS; i++) {
                String text = "order " + i;
                Assertions.assertThatThrownBy(() -> sender.sendAndWait("worker", "order", text, Duration.ofSeconds(10)))
                        .isInstanceOf(RelayDeadLettered.class);
            }
        }
    }

    @AfterEach
    void stop() {
        worker.close();
        daemon.close();
    }

    @Test
    void shouldListFilterAndCount() {
        assertThat(rows("dlq", "ls")).hasSize(LETTERS);
        assertThat(rows("dlq", "ls", "--limit", "2", "--after", "1")).hasSize(2);
        assertThat(rows("dlq", "ls", "--recipient", "worker", "--sender", "sender", "--reason", "REFUSED_BY_HANDLER"))
                .hasSize(LETTERS);
        assertThat(rows("dlq", "ls", "--older-than", "1h")).isEmpty();
        assertThat(rows("dlq", "ls", "--newer-than", "1h")).hasSize(LETTERS);
        Run stats = run(ExitCode.OK, "dlq", "stats", "--json");
        assertThat(Json.object(stats.out))
                .containsEntry("total", (long) LETTERS)
                .containsEntry("by_reason", Map.of("REFUSED_BY_HANDLER", (long) LETTERS));
        assertThat(run(ExitCode.FAILED, "dlq", "ls", "--reason", "BAD_LUCK").err)
                .contains("MAX_ATTEMPTS");
    }

    @Test
    void shouldShowAPayload() {
        Map<String, ?> shown = Json.object(run(ExitCode.OK, "dlq", "show", "2", "--json").out);
        assertThat(new String(Base64.getDecoder().decode(String.valueOf(shown.get("payload"))), StandardCharsets.UTF_8))
                .contains("order 2");
        assertThat(run(ExitCode.OK, "dlq", "show", "2", "--raw").out).contains("order 2");
        assertThat(run(ExitCode.NOT_FOUND, "dlq", "show", "99").err).contains("NOT_FOUND");
    }

    @Test
    void shouldAuditBothChainsWithTheirHeads() {
        run(ExitCode.OK, "dlq", "show", "2");
        Path journals = dir.resolve("side");
        String[] audit = {
            "audit",
            "--data-dir",
            journals.toString(),
            "--store-dir",
            dir.resolve("data").toString(),
            "--json"
        };
        assertThat(Json.object(runAsGiven(ExitCode.OK, audit).out))
                .containsEntry("journal", "absent: " + journals.resolve("orders-paper.db"))
                .containsEntry("store_rows", LETTERS + 1L)
                .containsEntry("whole", true);
        try (SqliteJournal journal = SqliteJournal.open(journals, "paper", Runnable::run, event -> {})) {
            journal.auditRefusal("alice", "too large");
        }
        String[] export = Arrays.copyOf(audit, audit.length + 1);
        export[audit.length] = "--export";
        String[] lines = runAsGiven(ExitCode.OK, export).out.strip().split("\n", -1);
        assertThat(lines).hasSize(1 + LETTERS + 1 + 1);
        assertThat(Json.object(lines[0])).containsEntry("chain", "journal").containsEntry("op", "refuse");
        assertThat(Json.object(lines[1])).containsEntry("chain", "store").containsEntry("op", "dead_letter");
        Map<String, ?> verdict = Json.object(lines[lines.length - 1]);
        assertThat(verdict.get("journal_head")).isEqualTo(Json.object(lines[0]).get("hash"));
        assertThat(verdict.get("store_head"))
                .isEqualTo(Json.object(lines[lines.length - 2]).get("hash"));
    }

    @Test
    void I17_shouldRedriveByNumberAndByFilterOnlyWithConsent() {
        isMended = true;
        run(ExitCode.OK, "dlq", "redrive", "2");
        assertThat(run(ExitCode.USAGE, "dlq", "redrive", "--sender", "sender").err)
                .contains("--yes");
        assertThat(rows("dlq", "ls")).hasSize(2);
        run(ExitCode.OK, "dlq", "redrive", "--sender", "sender", "--dry-run");
        assertThat(rows("dlq", "ls")).hasSize(2);
        run(ExitCode.OK, "dlq", "redrive", "--sender", "sender", "--yes");
        assertThat(rows("dlq", "ls")).isEmpty();
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(taken).containsExactly("order 2", "order 1", "order 3"));
    }

    @Test
    void I17_shouldDropOnlyWithConsent() {
        assertThat(run(ExitCode.USAGE, "dlq", "drop", "1").err).contains("--yes");
        assertThat(run(ExitCode.USAGE, "dlq", "drop", "--yes").err).contains("--all");
        assertThat(rows("dlq", "ls")).hasSize(LETTERS);
        run(ExitCode.OK, "dlq", "drop", "1", "--yes");
        assertThat(run(ExitCode.NOT_FOUND, "dlq", "drop", "1", "--yes").out).contains("NOT_FOUND");
        run(ExitCode.OK, "dlq", "drop", "--all", "--yes");
        assertThat(rows("dlq", "ls")).isEmpty();
    }

    @Test
    void I48_shouldExportToAFileOfItsOwn() throws Exception {
        Path file = dir.resolve("letters.jsonl");
        run(ExitCode.OK, "dlq", "export", "--output", file.toString());
        assertThat(Files.readAllLines(file)).hasSize(LETTERS).allMatch(line -> line.contains("\"payload\""));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(run(ExitCode.USAGE, "dlq", "export", "--output", file.toString()).err)
                .contains("exists already");
    }

    @Test
    void shouldListAgentsPageByPage() {
        assertThat(rows("agents").stream().map(row -> String.valueOf(((Map<?, ?>) row).get("name"))))
                .contains("sender", "worker");
    }

    private record Run(String out, String err) {}

    private List<?> rows(String... args) {
        String[] json = Arrays.copyOf(args, args.length + 1);
        json[args.length] = "--json";
        return (List<?>) Objects.requireNonNull(Json.parse(run(ExitCode.OK, json).out));
    }

    /** Commands write to the process's own streams; they are taken for the time of the run. */
    private Run run(int exitCode, String... args) {
        String[] all = Arrays.copyOf(args, args.length + 2);
        all[args.length] = "--socket";
        all[args.length + 1] = socket.toString();
        return runAsGiven(exitCode, all);
    }

    private static Run runAsGiven(int exitCode, String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream oldOut = System.out;
        PrintStream oldErr = System.err;
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
        try {
            int got = Main.run(Main.commandLine(), args, Map.of());
            assertThat(got).as("%s: %s %s", String.join(" ", args), out, err).isEqualTo(exitCode);
        } finally {
            System.setOut(oldOut);
            System.setErr(oldErr);
        }
        return new Run(out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}
