package dev.relay.cli.torture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relay.client.Relay;
import dev.relay.daemon.RelayDaemon;
import dev.relay.daemon.config.DaemonConfig;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Interruptions are for the code that runs: they end neither the client's threads nor its connection. */
class HandlerThreadsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @Test
    void shouldRunTheNextHandlerAfterOneThatWasInterrupted(@TempDir Path dir) throws Exception {
        try (RelayDaemon daemon = RelayDaemon.start(DaemonConfig.of(dir.resolve("relay.sock"), dir.resolve("data")));
                Relay taker = Relay.builder("taker")
                        .socket(daemon.socket())
                        .handlerThreads(1)
                        .connect();
                Relay sender = Relay.builder("sender").socket(daemon.socket()).connect()) {
            taker.onRequest("interrupts", message -> {
                        Thread.currentThread().interrupt();
                        return "left it set";
                    })
                    .onRequest("throws", message -> {
                        throw new InterruptedException("by somebody");
                    })
                    .onRequest("echo", message -> message.text())
                    .start();
            for (int i = 0; i < 3; i++) {
                assertThat(sender.request("taker", "interrupts", "", PATIENCE).text())
                        .isEqualTo("left it set");
                assertThat(sender.request("taker", "echo", "there", PATIENCE).text())
                        .isEqualTo("there");
            }
            assertThatThrownBy(() -> sender.request("taker", "throws", "", PATIENCE))
                    .hasMessageContaining("by somebody");
            assertThat(sender.request("taker", "echo", "still", PATIENCE).text())
                    .isEqualTo("still");
        }
    }

    @Test
    void shouldKeepTheConnectionOfACallerThatIsInterrupted(@TempDir Path dir) throws Exception {
        try (RelayDaemon daemon = RelayDaemon.start(DaemonConfig.of(dir.resolve("relay.sock"), dir.resolve("data")));
                Relay taker = Relay.builder("taker").socket(daemon.socket()).connect();
                Relay sender = Relay.builder("sender").socket(daemon.socket()).connect()) {
            taker.on("letter", message -> {}).start();
            Thread.currentThread().interrupt();
            var handle = sender.send("taker", "letter", "by an interrupted thread");
            assertThat(Thread.interrupted()).isTrue();
            assertThat(handle.result(PATIENCE)).isNotNull();
            assertThat(sender.getMetrics()).containsEntry("connections", 1L);
        }
    }
}
