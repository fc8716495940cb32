package dev.relay.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.relay.client.Relay;
import dev.relay.client.RelayRefused;
import dev.relay.daemon.config.DaemonConfig;
import dev.relay.daemon.store.SmallDisk;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** I29 as agents see it: a full disk refuses new messages by name, delivers and acks the old ones, and is used again within a second of having room. */
class DiskFullIT {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final String PADDING = " ".repeat(4_000);

    @TempDir
    Path dir = Path.of("");

    private final List<String> accepted = new ArrayList<>();
    private int sent;
    private final Queue<String> delivered = new ConcurrentLinkedQueue<>();

    @Test
    void I29_refusesDeliversAndComesBackByItself() throws Exception {
        SmallDisk disk = SmallDisk.mount(dir.resolve("disk"), 40, "I29 with a daemon on a full disk");
        if (disk == null) {
            return;
        }
        Path socket = dir.resolve("run/relay.sock");
        DaemonConfig config = DaemonConfig.of(socket, disk.directory().resolve("data"));
        try (disk;
                RelayDaemon daemon = RelayDaemon.start(config, NoFatal.FAILS_THE_TEST);
                Relay sender = Relay.builder("sender").socket(socket).connect()) {
            assertThat(daemon.socket()).isEqualTo(socket);
            sender.control("agents.add", Map.of("name", "reader"));
            disk.fill();
            fillUp(sender);
            assertThat(refusalOf(sender)).isEqualTo("STORAGE_FULL");
            try (Relay reader = Relay.builder("reader").socket(socket).connect()) {
                reader.on("note", m -> delivered.add(m.text().strip())).start();
                await().atMost(PATIENCE).until(() -> delivered.size() >= accepted.size());
                assertThat(refusalOf(sender)).isEqualTo("STORAGE_FULL");
                disk.free();
                long freeNs = System.nanoTime();
                await().pollInterval(Duration.ofMillis(20)).atMost(PATIENCE).until(() -> send(sender));
                assertThat(Duration.ofNanos(System.nanoTime() - freeNs)).isLessThan(Duration.ofSeconds(1));
                await().atMost(PATIENCE).until(() -> delivered.size() >= accepted.size());
            }
        }
        assertThat(delivered).containsExactlyElementsOf(accepted);
    }

    private void fillUp(Relay sender) {
        for (int i = 0; i < 5_000; i++) {
            if (!send(sender)) {
                return;
            }
        }
        throw new AssertionError("5,000 messages fit on a full disk");
    }

    private boolean send(Relay sender) {
        return refusalOf(sender).isEmpty();
    }

    /** Empty when the message was accepted. */
    private String refusalOf(Relay sender) {
        String text = "m" + ++sent;
        try {
            var unused = sender.send("reader", "note", text + PADDING).result(PATIENCE);
            accepted.add(text);
            return "";
        } catch (RelayRefused e) {
            return e.code();
        }
    }
}
