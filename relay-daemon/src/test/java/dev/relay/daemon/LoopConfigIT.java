package dev.relay.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relay.daemon.config.ConfigException;
import dev.relay.daemon.config.DaemonConfig;
import dev.relay.daemon.config.LoopConfig;
import dev.relay.daemon.config.StartRefusedException;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A core that spins, a core that is tied to a processor. */
class LoopConfigIT {
    @TempDir
    Path dir = Path.of("");

    private RelayDaemon start(LoopConfig loop) {
        return RelayDaemon.start(DaemonConfig.of(dir.resolve("run/relay.sock"), dir.resolve("data"))
                .with(loop));
    }

    private static String field(Path task, String name) {
        try (Stream<String> lines = Files.lines(task.resolve("status"))) {
            return lines.filter(line -> line.startsWith(name + ":"))
                    .map(line -> line.substring(name.length() + 1).strip())
                    .findFirst()
                    .orElse("");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> processorsOfTheCore() throws IOException {
        try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
            return tasks.filter(task -> field(task, "Name").startsWith("core"))
                    .map(task -> field(task, "Cpus_allowed_list"))
                    .toList();
        }
    }

    @Test
    void shouldServeWhileItSpinsOnTheProcessorItIsTiedTo() throws IOException {
        String first = field(Path.of("/proc/self"), "Cpus_allowed_list").split("[-,]", -1)[0];
        try (RelayDaemon daemon = start(new LoopConfig(1_000, Integer.parseInt(first)));
                RawClient client = RawClient.agent(daemon.socket(), "spun")) {
            assertThat(processorsOfTheCore()).contains(first);
            client.frame(b -> FrameWriter.ping(b, 7));
            client.await(FrameType.PONG);
        }
    }

    @Test
    void shouldRefuseAProcessorThatIsNotThere() {
        assertThatThrownBy(() -> start(new LoopConfig(0, 4_000)))
                .isInstanceOf(StartRefusedException.class)
                .hasMessageStartingWith("core_cpu=4000: cannot tie the core to that processor: ");
        assertThatThrownBy(() -> new LoopConfig(-1, -2))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("spin_us=-1")
                .hasMessageContaining("core_cpu=-2");
    }
}
