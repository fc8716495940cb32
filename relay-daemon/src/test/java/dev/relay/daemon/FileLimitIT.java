package dev.relay.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.relay.protocol.FrameType;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * D3: a daemon that may open few files refuses connections by a code before it runs out of them, serves those it has, and takes new ones
 * when there is room again.
 */
class FileLimitIT {
    private static final int FILES = 256;

    @TempDir
    Path dir = Path.of("");

    @Test
    void D3_shouldRefuseAndRecoverWhenFileDescriptorsRunOut() throws IOException {
        Path socket = dir.resolve("run/relay.sock");
        try (DaemonProcess process = DaemonProcess.start(
                        "ulimit -n " + FILES + "; exec \"$@\"",
                        dir.resolve("log"),
                        Map.of(
                                "socket",
                                socket.toString(),
                                "data_dir",
                                dir.resolve("data").toString()));
                RawClient honest = RawClient.agent(socket, "honest")) {
            List<RawClient> many = new ArrayList<>();
            int refused = 0;
            for (int i = 0; i < FILES + 50; i++) {
                RawClient client = new RawClient(socket);
                many.add(client);
                Frame answer = client.hello(Map.of("name", "agent-" + i));
                boolean isRefused = answer.is(FrameType.ERROR);
                if (isRefused) {
                    assertThat(answer.json()).containsEntry("code", "OVERLOADED");
                    refused++;
                }
            }
            assertThat(refused).isPositive();
            assertThat(honest.isAlive()).isTrue();
            many.forEach(RawClient::close);
            await().atMost(Duration.ofSeconds(5)).until(() -> isServed(socket));
            assertThat(honest.isAlive()).isTrue();
            assertThat(process.isAlive()).isTrue();
            assertThat(process.log()).doesNotContain("Too many open files");
        }
    }

    private static boolean isServed(Path socket) throws IOException {
        try (RawClient late = new RawClient(socket)) {
            return late.hello(Map.of("name", "late")).is(FrameType.WELCOME);
        }
    }
}
