package dev.relay.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.FrameType;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who reads: the reader until others could read for themselves, then they, and again the reader when they take their time. */
class ReadingRoleTest {
    private static final int MESSAGES = 600;
    private static final int FIRST = 200;

    private final Semaphore handled = new Semaphore(0);
    private final AtomicInteger read = new AtomicInteger();

    private static Thread reader() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("relay-bob-reader"))
                .findFirst()
                .orElseThrow();
    }

    private static void greet(FakeDaemon daemon) throws Exception {
        daemon.say(FrameType.LANE, Map.of("lane", 1, "sender", "ann", "class", "message", "epoch", 0, "floor", 0));
        daemon.say(FrameType.KIND, Map.of("handle", 1, "kind", "k"));
    }

    @Test
    void shouldBeLeftToQuickHandlersByTheReader(@TempDir Path dir) throws Exception {
        try (FakeDaemon daemon = new FakeDaemon(dir);
                Relay relay = Relay.builder("bob").socket(daemon.socket).connect()) {
            Thread reader = reader();
            relay.on("k", message -> {
                // While a handler runs that has read for itself, the reader rests; else it waits for the next bytes.
                read.addAndGet(reader.getState() == Thread.State.TIMED_WAITING ? 1 : 0);
                handled.release();
            });
            relay.start();
            greet(daemon);
            int readByHandlers = 0;
            for (int seq = 1; seq <= MESSAGES; seq++) {
                daemon.deliver(1, 1, seq);
                assertThat(handled.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
                readByHandlers = seq == FIRST ? read.get() : readByHandlers;
            }
            assertThat(read.get() - readByHandlers).isGreaterThan((MESSAGES - FIRST) / 2);
        }
    }

    @Test
    void shouldGoBackToTheReaderWhenAHandlerTakesItsTime(@TempDir Path dir) throws Exception {
        try (FakeDaemon daemon = new FakeDaemon(dir);
                Relay relay = Relay.builder("bob")
                        .handlerThreads(2)
                        .socket(daemon.socket)
                        .connect()) {
            Semaphore stuck = new Semaphore(0);
            relay.on("k", message -> {
                handled.release();
                if (message.inbound().seq() == MESSAGES) {
                    stuck.acquire();
                }
            });
            relay.start();
            greet(daemon);
            for (int seq = 1; seq <= MESSAGES; seq++) {
                daemon.deliver(1, 1, seq);
                assertThat(handled.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
            }
            daemon.say(FrameType.LANE, Map.of("lane", 2, "sender", "carl", "class", "message", "epoch", 0, "floor", 0));
            daemon.deliver(2, 1, 1);
            assertThat(handled.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
            stuck.release();
        }
    }
}
