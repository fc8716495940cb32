package dev.relay.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigLoaderTest {
    private static final Map<String, String> HOME =
            Map.of("XDG_RUNTIME_DIR", "/run/user/7", "XDG_STATE_HOME", "/var/state");

    @TempDir
    Path dir = Path.of("");

    @Test
    void shouldUseRunAndStateDirectoriesByDefault() {
        DaemonConfig config = ConfigLoader.load(Map.of(), HOME, null);
        assertThat(config.socket()).isEqualTo(Path.of("/run/user/7/relay/relay.sock"));
        assertThat(config.dataDir()).isEqualTo(Path.of("/var/state/relay"));
        assertThat(config.flow()).isEqualTo(FlowConfig.defaults());
    }

    @Test
    void shouldLetFlagWinOverEnvironmentOverFile() throws IOException {
        Path file = file("""
                # a comment
                admin_port: 1001   # trailing
                pause_at: 900
                resume_at: "300"
                """);
        Map<String, String> environment = Map.of("RELAY_ADMIN_PORT", "1002", "RELAY_PAUSE_AT", "901");
        DaemonConfig config = ConfigLoader.load(Map.of("admin-port", "1003"), environment, file);
        assertThat(config.adminPort()).isEqualTo(1003);
        assertThat(config.flow().pauseAtMessages()).isEqualTo(901);
        assertThat(config.flow().resumeAtMessages()).isEqualTo(300);
    }

    @Test
    void shouldReportAllMistakesAtOnceWithKeyValueAndRange() throws IOException {
        Path file = file("admin_prot: 5\n  nested: 1\npause_at: 100\npause_at: 100\n");
        Map<String, String> flags =
                Map.of("window-messages", "1", "lane_queue", "many", "allow-uids", "12,bob", "socket", "x".repeat(200));
        ConfigException refused =
                catchThrowableOfType(ConfigException.class, () -> ConfigLoader.load(flags, HOME, file));
        assertThat(String.join("\n", refused.mistakes()))
                .contains("unknown key admin_prot, did you mean admin_port?")
                .contains("line 2: expected `key: value`")
                .contains("line 4: pause_at is given twice")
                .contains("window_messages=1: must be between 16 and 2000")
                .contains("lane_queue=many: not a whole number between 16 and 100000")
                .contains("allow_uids=bob")
                .contains("the system allows at most 107")
                .contains("resume_at=500: must be below pause_at=100");
        assertThat(refused.mistakes()).hasSize(8);
    }

    @Test
    void shouldShareItsFileWithTheOtherComponents() throws IOException {
        Path file = file("""
                sidecar:
                  symbols: [BTC-USDT]
                  redis: unix:/x
                daemon:
                  sync: normal
                  allow_send: "strategy-* -> orders, * -> logger"
                exchange:
                  flow: 5
                admin_port: 1001
                """);
        DaemonConfig config = ConfigLoader.load(Map.of(), HOME, file);
        assertThat(config.isFullSync()).isFalse();
        assertThat(config.adminPort()).isEqualTo(1001);
        assertThat(config.security().rules().sends()).hasSize(2);
    }

    @Test
    void shouldReportMistakesInAccessLists() {
        Map<String, String> flags = Map.of(
                "allow_send",
                "a b",
                "allow_publish",
                "feed -> x..y",
                "allow_join",
                "a -> group:b",
                "operators",
                "OPS",
                "sync",
                "fast",
                "tcp_port",
                "70000");
        ConfigException refused =
                catchThrowableOfType(ConfigException.class, () -> ConfigLoader.load(flags, HOME, null));
        assertThat(refused.mistakes())
                .hasSize(6)
                .anyMatch(m -> m.startsWith("allow_join: not a name"))
                .anyMatch(m -> m.startsWith("allow_send: a rule is `who -> whom`"))
                .anyMatch(m -> m.startsWith("allow_publish: not a topic pattern"))
                .anyMatch(m -> m.startsWith("operators: not a name"))
                .anyMatch(m -> m.startsWith("sync=fast: must be full or normal"))
                .anyMatch(m -> m.startsWith("tcp_port=70000"));
    }

    @Test
    void shouldRefuseAMisspelledEnvironmentNameAndIgnoreForeignOnes() {
        Map<String, String> environment = Map.of("RELAY_DATA_DRI", "/x", "RELAY_SHARED_DATA", "/y", "RELAY_HOME", "/z");
        ConfigException refused =
                catchThrowableOfType(ConfigException.class, () -> ConfigLoader.load(Map.of(), environment, null));
        assertThat(refused.mistakes())
                .containsExactly("environment RELAY_DATA_DRI: unknown key data_dri, did you mean data_dir?");
    }

    @Test
    void shouldSayWhenTheFileIsMissing() {
        ConfigException refused = catchThrowableOfType(
                ConfigException.class, () -> ConfigLoader.load(Map.of(), HOME, dir.resolve("absent.yaml")));
        assertThat(refused).hasMessageContaining("absent.yaml").hasMessageContaining("cannot be read");
    }

    @Test
    void shouldCheckARecordThatIsBuiltByHand() {
        ConfigException refused = catchThrowableOfType(
                ConfigException.class,
                () -> new FlowConfig(2_000, 16 << 20, 2_000, 3_000, 5_000, 0, 4L << 30, 64 << 20, 1_000, 0, 7));
        assertThat(refused.mistakes())
                .anyMatch(m -> m.startsWith("mailbox_messages=0"))
                .anyMatch(m -> m.startsWith("resume_at=5000: must be below pause_at=3000"))
                .anyMatch(m -> m.startsWith("pause_at=3000: must be below lane_queue=2000"));
    }

    private Path file(String text) throws IOException {
        return Files.writeString(dir.resolve("relay.yaml"), text);
    }
}
