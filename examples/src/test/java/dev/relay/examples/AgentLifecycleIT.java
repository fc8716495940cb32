package dev.relay.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relay.client.Relay;
import dev.relay.daemon.RelayDaemon;
import dev.relay.daemon.config.DaemonConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An agent whose life is that of a framework's part: it answers while it runs, also after it was started again. */
class AgentLifecycleIT {
    private static final Duration WAIT = Duration.ofSeconds(5);

    @TempDir
    Path dir = Path.of("");

    @Test
    void shouldAnswerWhileItRunsAndAgainAfterARestart() throws Exception {
        Path run = Files.createTempDirectory(
                "relay-life", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path socket = run.resolve("relay.sock");
        try (RelayDaemon daemon = RelayDaemon.start(DaemonConfig.of(socket, dir.resolve("data")));
                AgentLifecycle pricer = new AgentLifecycle(
                        Relay.builder("pricer").socket(socket),
                        relay -> relay.onRequest("price", message -> Map.of("px", "64000.10")));
                Relay asker = Relay.builder("asker").socket(daemon.socket()).connect()) {
            assertThatThrownBy(pricer::relay).isInstanceOf(IllegalStateException.class);
            for (int i = 0; i < 2; i++) {
                pricer.start();
                assertThat(pricer.isRunning()).isTrue();
                assertThat(asker.request("pricer", "price", Map.of(), WAIT).as(Object.class))
                        .isEqualTo(Map.of("px", "64000.10"));
                pricer.stop();
                assertThat(pricer.isRunning()).isFalse();
            }
        }
        Files.deleteIfExists(socket);
    }
}
