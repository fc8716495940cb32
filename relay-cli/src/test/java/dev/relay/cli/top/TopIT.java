package dev.relay.cli.top;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.relay.client.Relay;
import dev.relay.daemon.RelayDaemon;
import dev.relay.daemon.config.DaemonConfig;
import java.io.ByteArrayOutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jline.terminal.Size;
import org.jline.terminal.impl.ExternalTerminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dashboard on a terminal of 80 × 24, with keys, over a real daemon that dies. */
final class TopIT {
    private static final Duration LONG = Duration.ofSeconds(20);

    @TempDir
    Path dir;

    @Test
    void shouldShowADaemonItsDeathAndObeyKeys() throws Exception {
        Path socket = dir.resolve("run/relay.sock");
        RelayDaemon daemon = RelayDaemon.start(DaemonConfig.of(socket, dir.resolve("data")));
        PipedOutputStream keyboard = new PipedOutputStream();
        ByteArrayOutputStream screen = new ByteArrayOutputStream();
        try (ExternalTerminal terminal =
                new ExternalTerminal("top", "xterm", new PipedInputStream(keyboard), screen, StandardCharsets.UTF_8)) {
            terminal.setSize(Size.of(80, 24));
            Top top = new Top(terminal, true, Duration.ofMillis(200));
            CompletableFuture<Void> running = CompletableFuture.runAsync(() -> run(top, socket));
            await().atMost(LONG)
                    .until(() ->
                            text(screen).contains("store ready") && text(screen).contains("watcher"));
            press(keyboard, "/wat\r");
            await().atMost(LONG).until(() -> text(screen).contains("/ filter: wat"));
            press(keyboard, "\u001bs");
            await().atMost(LONG).until(() -> text(screen).contains("sort: state"));
            daemon.close();
            await().atMost(LONG).until(() -> text(screen).contains("! daemon does not answer"));
            press(keyboard, "q");
            running.get(20, java.util.concurrent.TimeUnit.SECONDS);
        } finally {
            daemon.close();
        }
        assertThat(text(screen)).startsWith("\u001b[?1049h").endsWith("\u001b[?25h\u001b[?1049l");
    }

    private static void run(Top top, Path socket) {
        try {
            top.run(() -> Relay.builder("watcher").socket(socket).connect(), () -> null, reader -> List.of());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void press(PipedOutputStream keyboard, String keys) throws Exception {
        keyboard.write(keys.getBytes(StandardCharsets.UTF_8));
        keyboard.flush();
    }

    private static String text(ByteArrayOutputStream screen) {
        return screen.toString(StandardCharsets.UTF_8);
    }
}
