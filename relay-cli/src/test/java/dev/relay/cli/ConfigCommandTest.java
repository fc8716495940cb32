package dev.relay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.daemon.config.ConfigLoader;
import dev.relay.daemon.config.Reload;
import dev.relay.daemon.config.Setting;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ConfigCommandTest {
    private static final Path DEPLOY = Path.of("../deploy");
    private static final Map<String, String> NOTHING = Map.of();

    @TempDir
    Path dir = Path.of("");

    private final CommandLine relay = Main.commandLine();

    @Test
    void shouldPublishTheSchemaOfTheCode() throws IOException {
        assertThat(Files.readString(DEPLOY.resolve("relay.schema.json")))
                .as("bin/relay config schema > deploy/relay.schema.json")
                .isEqualTo(ConfigCommand.schemaText(relay));
    }

    @Test
    void shouldAcceptThePublishedExample() {
        Map<String, String> environment = Map.of("RELAY_API_KEY", "k", "RELAY_API_SECRET", "s");
        assertThat(ConfigCommand.mistakes(relay, DEPLOY.resolve("relay.yaml"), environment))
                .isEmpty();
    }

    @Test
    void shouldSayAllMistakesOfAllSectionsAtOnce() throws IOException {
        Path file = file("""
                daemon:
                  memory_bytes: 64MiBs
                  pause_a: 10
                sidecar:
                  symbol: [BTC-USDT]
                  admin_port: many
                  api_key: in-the-clear
                  api_secret: ${env:NOT_THERE}
                exchange:
                  flow: fast
                log:
                  level: loud
                  fromat: json
                sidecars:
                  depth: 5
                """);
        String found = String.join("\n", ConfigCommand.mistakes(relay, file, NOTHING));
        assertThat(found)
                .contains("memory_bytes=64MiBs: not a whole number")
                .contains("B, GB, GiB")
                .contains("unknown key pause_a, did you mean pause_at?")
                .contains("unknown key sidecar.symbol, did you mean symbols?")
                .contains("sidecar.admin_port=many")
                .contains("sidecar.api_key: a secret does not stand in the file")
                .contains("sidecar.api_secret: ${env:NOT_THERE}: the environment has no NOT_THERE")
                .contains("exchange.flow=fast")
                .contains("log.level=loud: must be one of DEBUG")
                .contains("unknown key log.fromat, did you mean format?")
                .contains("unknown section sidecars, did you mean sidecar?")
                .doesNotContain("in-the-clear");
    }

    @Test
    void shouldShowValuesWithTheirOriginAndWithoutSecrets() throws IOException {
        Path secret = Files.writeString(dir.resolve("key"), "very-secret\n");
        Path file = file(
                "log:\n  format: json\ndaemon:\n  memory_bytes: 64MiB\n  pause_at: 900\nsidecar:\n  symbols: [A-B, C-D]\n  api_key: ${file:"
                        + secret + "}\n");
        Map<String, String> environment =
                Map.of("RELAY_PAUSE_AT", "901", "RELAY_SIDECAR_DEPTH", "7", "RELAY_SIDECAR_API_SECRET", "hidden-too");
        List<Setting> settings = ConfigCommand.settings(relay, file, environment);
        assertThat(settings)
                .contains(new Setting("daemon.memory_bytes", "64MiB", file.toString()))
                .contains(new Setting("daemon.pause_at", "901", "environment RELAY_PAUSE_AT"))
                .contains(new Setting("daemon.resume_at", "500", "default"))
                .contains(new Setting("log.level", "INFO", "default"))
                .contains(new Setting("log.format", "json", file.toString()))
                .contains(new Setting("sidecar.depth", "7", "environment RELAY_SIDECAR_DEPTH"))
                .contains(new Setting("sidecar.symbols", "A-B,C-D", file.toString()))
                .contains(new Setting("sidecar.api_key", "********", file.toString()))
                .contains(new Setting("sidecar.api_secret", "********", "environment RELAY_SIDECAR_API_SECRET"));
        assertThat(settings.toString()).doesNotContain("very-secret").doesNotContain("hidden-too");
        assertThat(ConfigLoader.load(NOTHING, environment, file).flow().memoryBytes())
                .isEqualTo(64L << 20);
    }

    @Test
    void shouldTakeNoSecretFromTheCommandLine() {
        StringWriter err = new StringWriter();
        int code =
                Main.run(relay.setErr(new PrintWriter(err, true)), new String[] {"sidecar", "--api-key=abc"}, NOTHING);
        assertThat(code).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString())
                .contains("--api-key is not taken from the command line")
                .doesNotContain("abc");
    }

    @Test
    void shouldTellWhatAReloadAppliesAndWhatNeedsARestart() throws IOException {
        List<Setting> before = ConfigLoader.explain(NOTHING, NOTHING, file("pause_at: 900\n"));
        List<Setting> after =
                ConfigLoader.explain(NOTHING, NOTHING, file("pause_at: 1_000\nmailbox_bytes: 1GiB\nsync: normal\n"));
        Reload reload = Reload.between(before, after);
        assertThat(reload.applied()).containsExactly("pause_at=1_000", "mailbox_bytes=1GiB");
        assertThat(reload.restart()).containsExactly("sync");
    }

    private Path file(String text) throws IOException {
        return Files.writeString(dir.resolve("relay.yaml"), text);
    }
}
