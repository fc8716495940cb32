package dev.relay.cli.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.client.Relay;
import dev.relay.daemon.RelayDaemon;
import dev.relay.daemon.config.DaemonConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a client still owes its caller when it closes. */
class CloseIT {
    private static final int MESSAGES = 500;

    /** A torture run found it: outcomes were known, and close returned before the caller had been told. */
    @Test
    void D9_shouldTellEveryOutcomeBeforeCloseReturns(@TempDir Path dir) throws Exception {
        AtomicInteger told = new AtomicInteger();
        try (RelayDaemon daemon = RelayDaemon.start(DaemonConfig.of(dir.resolve("relay.sock"), dir.resolve("data")));
                Relay taker = Relay.builder("taker").socket(daemon.socket()).connect()) {
            taker.on("letter", message -> {}).start();
            Relay sender = Relay.builder("sender").socket(daemon.socket()).connect();
            for (int i = 0; i < MESSAGES; i++) {
                var unused = sender.send("taker", "letter", i).whenComplete((receipt, error) -> {
                    LockSupport.parkNanos(500_000);
                    told.incrementAndGet();
                });
            }
            int unresolved = sender.close(Duration.ofSeconds(10));
            assertThat(unresolved).isZero();
            assertThat(told).hasValue(MESSAGES);
        }
    }
}
