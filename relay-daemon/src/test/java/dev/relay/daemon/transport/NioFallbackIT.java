package dev.relay.daemon.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.daemon.RawClient;
import dev.relay.daemon.config.ConfigKey;
import dev.relay.daemon.config.DaemonConfig;
import dev.relay.daemon.config.PrivateDirectory;
import dev.relay.daemon.routing.Bus;
import dev.relay.daemon.routing.BusConfig;
import dev.relay.daemon.store.SqliteStore;
import dev.relay.daemon.store.StoreException;
import dev.relay.protocol.Clock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where epoll's native library does not load, the JDK's own Unix sockets serve the same bus. */
class NioFallbackIT {
    @TempDir
    Path dir = Path.of("");

    @Test
    void shouldServeAnAgentWithoutNativeLibrary() throws IOException, StoreException {
        DaemonConfig config = DaemonConfig.of(dir.resolve("run/relay.sock"), dir.resolve("data"));
        PrivateDirectory.require(config.dataDir(), ConfigKey.DATA_DIR);
        BusServer server = BusServer.create(
                config,
                Clock.system(),
                e -> {
                    throw new AssertionError(e);
                },
                Sockets.NIO);
        try (SqliteStore store = new SqliteStore(config.dataDir(), true, server.core())) {
            server.listen(new Bus(
                    BusConfig.defaults("test"),
                    Clock.system(),
                    store,
                    store.open(),
                    new SplittableRandom(1),
                    reason -> {
                        throw new AssertionError(reason);
                    }));
            try (RawClient client = RawClient.agent(config.socket(), "portable")) {
                assertThat(client.isAlive()).isTrue();
            }
            assertThat(server.drain(2_000)).isTrue();
            server.close();
        }
        assertThat(config.socket()).doesNotExist();
    }
}
