package dev.relay.cli.torture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.client.Relay;
import dev.relay.client.SendHandle;
import dev.relay.daemon.RelayDaemon;
import dev.relay.daemon.config.DaemonConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A message that kills its agent's process again and again (I16), with a supervisor that starts the agent again. */
class PoisonIT {
    private static final int LETTERS = 10;
    private static final int MOST_LIVES = 20;

    @TempDir
    Path dir;

    @Test
    void I16_shouldDeadLetterTheMessageThatKillsItsAgentAndNothingElse() throws Exception {
        try (RelayDaemon daemon = RelayDaemon.start(DaemonConfig.of(dir.resolve("relay.sock"), dir.resolve("data")));
                Relay poisoner =
                        Relay.builder("poisoner").socket(daemon.socket()).connect();
                Relay other = Relay.builder("other").socket(daemon.socket()).connect()) {
            poisoner.control("agents.add", Map.of("name", "fragile"));
            List<SendHandle> handles = new ArrayList<>();
            for (int i = 0; i < LETTERS; i++) {
                handles.add(poisoner.send("fragile", "letter", i == 3 ? "poison" : "p" + i));
                handles.add(other.send("fragile", "letter", "o" + i));
            }
            handles.forEach(handle -> handle.result(Duration.ofSeconds(20)));
            int lives = 0;
            while (lives < MOST_LIVES && !isDone()) {
                lives++;
                live(daemon.socket());
            }
            assertThat(deadLetters(poisoner)).as("after %s lives", lives).containsExactly("POISON_CRASH");
            assertThat(handled("poisoner")).containsExactlyElementsOf(expected("p"));
            assertThat(handled("other")).containsExactlyElementsOf(expected("o"));
        }
    }

    private static List<String> expected(String prefix) {
        return IntStream.range(0, LETTERS)
                .filter(i -> !prefix.equals("p") || i != 3)
                .mapToObj(i -> prefix + i)
                .toList();
    }

    /** One life of the agent: until it dies, or has nothing left to do. */
    private void live(Path socket) throws IOException {
        List<String> command = List.of(
                Home.python(),
                Path.of("src/test/resources/fragile_agent.py").toAbsolutePath().toString(),
                socket.toString(),
                dir.resolve("handled").toString());
        Map<String, String> environment =
                Map.of("PYTHONPATH", Home.path("relay-sdk-python/src").toString(), "PYTHONDONTWRITEBYTECODE", "1");
        try (Victim agent = Victim.start("fragile", command, environment, dir.resolve("fragile.log"))) {
            long endNs = System.nanoTime() + Duration.ofSeconds(60).toNanos();
            while (agent.awaitEnd(20) < 0 && !isDone() && System.nanoTime() < endNs) {
                Thread.onSpinWait();
            }
        }
    }

    private boolean isDone() throws IOException {
        return handled("poisoner").equals(expected("p")) && handled("other").equals(expected("o"));
    }

    /** What was handled, in the order of its first time. */
    private List<String> handled(String sender) throws IOException {
        Path file = dir.resolve("handled");
        Set<String> first = new LinkedHashSet<>();
        if (Files.exists(file)) {
            Files.readAllLines(file).stream()
                    .filter(line -> line.startsWith(sender + " "))
                    .forEach(line -> first.add(line.substring(sender.length() + 1)));
        }
        return List.copyOf(first);
    }

    private static List<String> deadLetters(Relay relay) {
        Object rows = relay.control("dlq.ls", Map.of()).get("dead_letters");
        return ((List<?>) Objects.requireNonNull(rows))
                .stream()
                        .map(row -> String.valueOf(((Map<?, ?>) row).get("reason")))
                        .toList();
    }
}
