package dev.relay.examples.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relay.client.Relay;
import dev.relay.daemon.RelayDaemon;
import dev.relay.daemon.config.DaemonConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.actuate.health.Status;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** A Spring Boot application as an agent, with a real daemon: its handler answers, its health follows the daemon, it leaves the bus at its end. */
class SpringAgentIT {
    private static final Duration WAIT = Duration.ofSeconds(10);

    @TempDir
    Path dir = Path.of("");

    private Path socket = Path.of("");

    private ConfigurableApplicationContext application() {
        return new SpringApplicationBuilder(PriceApplication.class)
                .properties(Map.of(
                        "relay.name", "pricer",
                        "relay.socket", socket.toString(),
                        "spring.main.banner-mode", "off",
                        "spring.main.web-application-type", "none"))
                .run();
    }

    private RelayDaemon daemon() {
        return RelayDaemon.start(DaemonConfig.of(socket, dir.resolve("data")));
    }

    @Test
    void shouldAnswerByItsAnnotatedMethodAndTellItsHealth() {
        socket = dir.resolve("run/relay.sock");
        RelayDaemon daemon = daemon();
        try (Relay asker = Relay.builder("asker").socket(socket).connect();
                ConfigurableApplicationContext application = application()) {
            assertThat(asker.request("pricer", "price", Map.of("symbol", "BTC-USD"), WAIT)
                            .json())
                    .isEqualTo(Map.of("symbol", "BTC-USD", "px", "64000.10"));
            HealthIndicator health = application.getBean("relayHealthIndicator", HealthIndicator.class);
            assertThat(health.health().getStatus()).isEqualTo(Status.UP);
            daemon.close();
            Awaitility.await()
                    .untilAsserted(() -> assertThat(health.health().getStatus()).isEqualTo(Status.DOWN));
            daemon = daemon();
            Awaitility.await()
                    .untilAsserted(() -> assertThat(health.health().getStatus()).isEqualTo(Status.UP));
            application.stop();
            assertThat(asker.presence().list("pricer", "", ""))
                    .singleElement()
                    .satisfies(row -> assertThat(row).containsEntry("state", "away"));
        } finally {
            daemon.close();
        }
    }

    @Test
    void shouldNotStartWithoutADaemon() {
        socket = dir.resolve("nobody.sock");
        assertThatThrownBy(this::application).hasMessageContaining("relayAgent");
    }
}
