package dev.relay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.sidecar.journal.SqliteJournal;
import dev.relay.sidecar.order.Discrepancy;
import dev.relay.sidecar.quality.QualityConfig;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What a user meets before any command does its work: help, usage errors, the configuration file. */
final class CommandLineTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final CommandLine line =
            Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));

    @TempDir
    Path dir;

    private int run(Map<String, String> environment, String... args) {
        return Main.run(line, args, environment);
    }

    @Test
    void everyCommandExplainsItself() {
        for (String name : line.getSubcommands().keySet()) {
            assertThat(run(Map.of(), name, "--help")).as(name).isZero();
        }
        assertThat(out.toString()).contains("Usage: relay bench", "Usage: relay sidecar");
    }

    @Test
    void theTradingFloorStandsInTheHelpThoughTheScriptStartsIt() {
        assertThat(run(Map.of(), "--help")).isZero();
        assertThat(out.toString()).contains("floor ", "report ", "reconcile ", "audit ");
        assertThat(run(Map.of(), "floor", "run", "--quick")).isEqualTo(ExitCode.USAGE);
        assertThat(run(Map.of(), "report", "--svg", "x")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("bin/relay");
    }

    @Test
    void theReconcileReportCountsByKindAndShowsTheNewest() {
        String[] report = {"reconcile", "report", "--data-dir", dir.toString(), "--json"};
        assertThat(run(Map.of(), report)).isEqualTo(ExitCode.NOT_FOUND);
        try (SqliteJournal journal = SqliteJournal.open(dir, "paper", Runnable::run, event -> {})) {
            journal.saveFact("anchor:USDT", "1000");
        }
        assertThat(run(Map.of(), report)).isZero();
        try (SqliteJournal journal = SqliteJournal.open(dir, "paper", Runnable::run, event -> {})) {
            journal.saveDiscrepancy(new Discrepancy(
                    Discrepancy.Kind.EXTERNAL_ORDER, 1, "BTC-USDT", "by-hand", "17", "side=BUY source=PUSH"));
            journal.saveDiscrepancy(
                    new Discrepancy(Discrepancy.Kind.BALANCE_DIFFERS, 2, "", "", "", "asset=USDT difference=-7"));
        }
        out.getBuffer().setLength(0);
        assertThat(run(Map.of(), report)).isEqualTo(ExitCode.UNHEALTHY);
        assertThat(out.toString())
                .contains(
                        "\"discrepancies\":2", "\"EXTERNAL_ORDER\":1", "\"USDT\":\"1000\"", "by-hand", "difference=-7");
        assertThat(run(Map.of(), "reconcile", "report", "--data-dir", dir.toString(), "--since", "1h"))
                .isZero();
    }

    @Test
    void anUnknownCommandOrOptionIsAUsageErrorWithTheNearest() {
        assertThat(run(Map.of(), "statsu")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("status");
        assertThat(run(Map.of(), "bench", "--byts", "1")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("--byts");
    }

    @Test
    void aUsageErrorSaysWhatIsWrongInAFewLinesAndWhereTheRestStands() {
        assertThat(run(Map.of(), "queue", "--nope", "x")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString())
                .startsWith("relay: unknown option: '--nope'")
                .contains("Usage: relay queue [")
                .endsWith("All of it: relay queue --help" + System.lineSeparator());
        assertThat(err.toString().lines()).hasSizeLessThan(8);
        err.getBuffer().setLength(0);
        assertThat(run(Map.of(), "statsu")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString())
                .startsWith("relay: no such command: relay statsu")
                .contains("Did you mean");
        err.getBuffer().setLength(0);
        assertThat(run(Map.of(), "version", "of", "what")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).startsWith("relay: one word too many for relay version: of");
        err.getBuffer().setLength(0);
        assertThat(run(Map.of(), "dlq")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).as("the parts are what is looked for").contains("redrive", "export");
        err.getBuffer().setLength(0);
        assertThat(run(Map.of(), "msg", "trace", "17")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).startsWith("relay: not a message id: 17; expected a UUID");
    }

    @Test
    void gateBoundsAreReadAndEveryMistakeIsTold() {
        String[] wrong = {
            "sidecar",
            "--symbols",
            "BTC-USDT",
            "--gate",
            "max_jump=much,confirmations=0,speed=1",
            "--data-dir",
            dir.toString(),
        };
        assertThat(run(Map.of(), wrong)).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString())
                .contains("max_jump=much")
                .contains("confirmations=0: must be a whole number from 1")
                .contains("unknown key speed");
        assertThat(GateOptions.quality(Map.of("max_jump", "0.02", "max_silence_ms", "500")))
                .isEqualTo(new QualityConfig(20_000, 3, 300, 500));
    }

    @Test
    void aDaemonThatIsNotThereHasItsOwnExitCode() {
        assertThat(run(Map.of(), "status", "--socket", dir.resolve("none.sock").toString()))
                .isEqualTo(ExitCode.UNREACHABLE);
        assertThat(err.toString()).contains("none.sock");
    }

    @Test
    void I44_theKillSwitchNeedsNoDaemonToCloseAndASureHandToOpen() throws Exception {
        String socket = dir.resolve("none.sock").toString();
        String[] on = {"kill-switch", "on", "--reason", "drill", "--socket", socket, "--data-dir", dir.toString()};
        assertThat(run(Map.of(), on)).isZero();
        assertThat(out.toString()).contains("killed by file");
        assertThat(dir.resolve("KILLED")).hasContent("drill");
        assertThat(run(Map.of(), "kill-switch", "off", "--data-dir", dir.toString()))
                .isEqualTo(ExitCode.USAGE);
        assertThat(dir.resolve("KILLED")).exists();
        String[] nowhere = {
            "kill-switch",
            "on",
            "--socket",
            socket,
            "--data-dir",
            dir.resolve("none").toString()
        };
        assertThat(run(Map.of(), nowhere)).as("neither file nor bus").isEqualTo(ExitCode.UNREACHABLE);
    }

    @Test
    void theKillFileGoesWhereTheSidecarBesideTheSocketLooksForIt() throws Exception {
        Path data = Files.createDirectory(dir.resolve("elsewhere"));
        Files.writeString(dir.resolve("redis.json"), "{\"data_dir\":\"" + data + "\"}");
        String socket = dir.resolve("none.sock").toString();
        assertThat(run(Map.of(), "kill-switch", "on", "--reason", "drill", "--socket", socket))
                .isZero();
        assertThat(data.resolve("KILLED")).hasContent("drill");
        assertThat(SidecarDir.find(dir, dir)).as("as given").isEqualTo(dir);
        assertThat(SidecarDir.find(null, dir.resolve("none")))
                .as("none has run there")
                .isEqualTo(SidecarDir.standard(System.getenv()));
        assertThat(SidecarDir.standard(Map.of("XDG_STATE_HOME", "/var/state")))
                .isEqualTo(Path.of("/var/state/relay/sidecar"));
    }

    @Test
    void theFileGivesOptionsAndTheEnvironmentAndTheCommandLineWin() throws Exception {
        Path file = Files.writeString(
                dir.resolve("relay.yaml"),
                "exchange:\n  symbols: [AAAUSDT, BBBUSDT]\n  seed: 7\n  flow: 5\n  port: 1\n");
        String[] args = {"exchange", "--config", file.toString(), "--port", "9"};
        OptionSources.install(line, args, Map.of("RELAY_EXCHANGE_FLOW", "6"));
        line.parseArgs(args);
        ExchangeCommand exchange =
                Objects.requireNonNull(line.getSubcommands().get("exchange")).getCommand();
        assertThat(exchange.symbols).containsExactly("AAAUSDT", "BBBUSDT");
        assertThat(exchange.seed).isEqualTo(7);
        assertThat(exchange.flow).isEqualTo(6);
        assertThat(exchange.port).isEqualTo(9);
    }

    @Test
    void everyMistakeOfTheFileIsReportedAtOnceWithTheNearestKey() throws Exception {
        Path file = Files.writeString(dir.resolve("relay.yaml"), "sidecar:\n  symbol: BTC-USDT\n  redis: {a: 1}\n");
        assertThat(run(Map.of(), "sidecar", "--config", file.toString())).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("sidecar.symbol, did you mean symbols?", "sidecar.redis: expected a value");
    }

    @Test
    void aFileThatIsMissingOrBrokenIsNamed() throws Exception {
        Path broken = Files.writeString(dir.resolve("broken.yaml"), "sidecar: [\n");
        assertThat(run(Map.of("RELAY_CONFIG", broken.toString()), "sidecar")).isEqualTo(ExitCode.USAGE);
        assertThat(run(Map.of(), "sidecar", "--config", dir + "/none.yaml")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("broken.yaml: cannot be read as YAML", "none.yaml: cannot be read");
    }
}
