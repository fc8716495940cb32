package dev.relay.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.relay.client.Relay;
import dev.relay.client.SendHandle;
import dev.relay.daemon.config.DaemonConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** I34: an orderly stop in the middle of traffic takes less than 5 s, and all that was sent before, meanwhile and after is handled once and in order. */
class StopIT {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int MESSAGES = 1_200;
    private static final int BEFORE_THE_STOP = 400;
    private static final int STEP = 10;

    @TempDir
    Path dir = Path.of("");

    private final ConcurrentLinkedQueue<String> handled = new ConcurrentLinkedQueue<>();

    private RelayDaemon daemon() throws Exception {
        return RelayDaemon.start(DaemonConfig.of(dir.resolve("run/relay.sock"), dir.resolve("data")));
    }

    private Relay agent(String name) throws Exception {
        return Relay.builder(name).socket(dir.resolve("run/relay.sock")).connect();
    }

    @Test
    void I34_shouldStopWithinFiveSecondsInTheMiddleOfTrafficAndLoseNothing() throws Exception {
        RelayDaemon first = daemon();
        try (Relay reader = agent("reader");
                Relay sender = agent("sender")) {
            reader.on("note", m -> handled.add(m.text())).start();
            List<SendHandle> handles = new CopyOnWriteArrayList<>();
            CountDownLatch isInTheMiddle = new CountDownLatch(BEFORE_THE_STOP);
            Thread talker = new Thread(() -> talk(sender, handles, isInTheMiddle), "talker");
            talker.start();
            assertThat(isInTheMiddle.await(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
            long stoppedNs = System.nanoTime();
            first.close();
            Duration took = Duration.ofNanos(System.nanoTime() - stoppedNs);
            assertThat(handles.size()).as("still sending").isLessThan(MESSAGES);
            assertThat(took).isLessThan(Duration.ofSeconds(5));
            try (RelayDaemon second = daemon()) {
                assertThat(second.socket()).exists();
                talker.join(PATIENCE.toMillis());
                for (SendHandle handle : handles) {
                    var unused = handle.result(PATIENCE);
                }
                await().atMost(PATIENCE).until(() -> handled.size() >= MESSAGES);
            }
        }
        assertThat(handled)
                .containsExactlyElementsOf(
                        IntStream.range(0, MESSAGES).mapToObj(i -> "m" + i).toList());
    }

    /** In small steps, so that the stop falls between them. */
    private static void talk(Relay sender, List<SendHandle> handles, CountDownLatch isInTheMiddle) {
        for (int i = 0; i < MESSAGES; i++) {
            SendHandle handle = sender.send("reader", "note", "m" + i);
            handles.add(handle);
            if (i % STEP == 0) {
                var unused = handle.result(PATIENCE);
            }
            isInTheMiddle.countDown();
        }
    }
}
