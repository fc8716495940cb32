package dev.relay.sidecar.order;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.sidecar.risk.RiskLimits;
import dev.relay.sidecar.venue.binance.order.BinanceOrderConfig;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OrderConfigTest {
    @TempDir
    Path directory;

    private OrderConfig config() {
        return new OrderConfig(
                "paper",
                directory,
                List.of(Instrument.of("BTC-USDT")),
                BinanceOrderConfig.of(
                        URI.create("ws://127.0.0.1:1/ws-api/v3"), URI.create("http://127.0.0.1:1"), "key", "secret"),
                OrderLimits.defaults(),
                RiskLimits.off());
    }

    @Test
    void I44_aKillFileThatCannotBeReadMeansKilled() throws IOException {
        assertThat(config().hasKillFile()).isFalse();
        Path file = config().killFile();
        Files.createSymbolicLink(file, file.getFileName()); // leads to itself
        assertThat(Files.exists(file)).isFalse();
        assertThat(config().hasKillFile()).isTrue();
        Files.delete(file);
        assertThat(config().hasKillFile()).isFalse();
    }
}
