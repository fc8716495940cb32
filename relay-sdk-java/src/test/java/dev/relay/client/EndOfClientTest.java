package dev.relay.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.FrameType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever waits when a client ends learns it then, and not when his own time is up. */
class EndOfClientTest {
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final long SOON_S = 20;

    private static CompletableFuture<String> codeOf(Runnable call) {
        CompletableFuture<String> code = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                call.run();
                code.complete("returned");
            } catch (RelayException e) {
                code.complete(e.code());
            }
        });
        thread.setDaemon(true);
        thread.start();
        return code;
    }

    private static List<CompletableFuture<String>> waitingCalls(Relay relay) {
        List<CompletableFuture<String>> calls = new ArrayList<>();
        calls.add(codeOf(() -> relay.sendAndWait("bob", "k", "", LONG)));
        calls.add(codeOf(() -> relay.request("bob", "k", "", LONG)));
        calls.add(codeOf(() -> relay.send("bob", "k", "").result(LONG)));
        calls.add(codeOf(() -> relay.control("status", Map.of(), LONG)));
        return calls;
    }

    private static void awaitAllUnderWay(Relay relay) {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(SOON_S);
        while (relay.getMetrics().getOrDefault("sent", 0L) < 3 && System.nanoTime() < deadlineNs) {
            Thread.onSpinWait();
        }
    }

    private static void assertEnded(List<CompletableFuture<String>> calls) throws Exception {
        for (CompletableFuture<String> call : calls) {
            assertThat(call.get(SOON_S, TimeUnit.SECONDS)).isEqualTo("CLOSED");
        }
    }

    @Test
    void shouldEndEveryWaitingCallWhenTheDaemonEndsTheSession(@TempDir Path dir) throws Exception {
        try (FakeDaemon daemon = new FakeDaemon(dir);
                Relay relay = Relay.builder("ann").socket(daemon.socket).connect()) {
            List<CompletableFuture<String>> calls = waitingCalls(relay);
            awaitAllUnderWay(relay);
            daemon.say(FrameType.ERROR, Map.of("code", "FENCED", "message", "by another", "fatal", true));
            assertEnded(calls.subList(0, 3));
            assertThat(calls.get(3).get(SOON_S, TimeUnit.SECONDS)).isIn("CLOSED", "FENCED");
        }
    }

    @Test
    void shouldEndEveryWaitingCallWhenTheClientIsClosed(@TempDir Path dir) throws Exception {
        try (FakeDaemon daemon = new FakeDaemon(dir)) {
            Relay relay = Relay.builder("ann").socket(daemon.socket).connect();
            List<CompletableFuture<String>> calls = waitingCalls(relay);
            awaitAllUnderWay(relay);
            relay.close(Duration.ZERO);
            assertEnded(calls);
        }
    }
}
