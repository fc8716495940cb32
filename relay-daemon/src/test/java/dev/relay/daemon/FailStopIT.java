package dev.relay.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.relay.daemon.config.DaemonConfig;
import dev.relay.daemon.store.Batch;
import dev.relay.daemon.store.CommitOutcome;
import dev.relay.daemon.store.CoreQueue;
import dev.relay.daemon.store.DeadLetterRow;
import dev.relay.daemon.store.MessageStore;
import dev.relay.daemon.store.Recovered;
import dev.relay.daemon.store.SqliteStore;
import dev.relay.daemon.store.StoreException;
import dev.relay.daemon.store.StoredFrame;
import dev.relay.protocol.FrameType;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The daemon stops with an exit code and without another receipt when the disk or its own code fails. */
class FailStopIT {
    @TempDir
    Path dir = Path.of("");

    @Test
    void shouldStopWithTheCodeForIoErrorsWhenTheDiskCannotBeTrusted() throws IOException {
        assertThat(exitCodeAfterASend((core, done) -> core.post(() -> done.accept(CommitOutcome.FATAL))))
                .isEqualTo(74);
    }

    @Test
    void shouldStopWithTheCodeForDefectsWhenTheCoreThrows() throws IOException {
        assertThat(exitCodeAfterASend((core, done) -> {
                    throw new IllegalStateException("a defect");
                }))
                .isEqualTo(70);
    }

    private int exitCodeAfterASend(BiConsumer<CoreQueue, Consumer<CommitOutcome>> commit) throws IOException {
        AtomicInteger exitCode = new AtomicInteger();
        DaemonConfig config = DaemonConfig.of(dir.resolve("run/relay.sock"), dir.resolve("data"));
        RelayDaemon daemon = RelayDaemon.start(
                config,
                (code, reason, cause) -> exitCode.compareAndSet(0, code),
                (c, core) ->
                        new FailingStore(new SqliteStore(c.dataDir(), true, core), done -> commit.accept(core, done)));
        try (RawClient client = new RawClient(config.socket())) {
            client.control(FrameType.HELLO, Map.of("proto", List.of(1, 1), "name", "a", "client", "raw", "pid", 1));
            await().atMost(Duration.ofSeconds(5)).until(() -> exitCode.get() != 0);
            return exitCode.get();
        } finally {
            daemon.close();
        }
    }

    /** A real store whose commits fail. */
    private record FailingStore(MessageStore store, Consumer<Consumer<CommitOutcome>> onCommit)
            implements MessageStore {
        @Override
        public Recovered open() throws StoreException {
            return store.open();
        }

        @Override
        public void commit(Batch batch, Consumer<CommitOutcome> done) {
            onCommit.accept(done);
        }

        @Override
        public void readPage(
                int lane, long epoch, long seq, int messages, int bytes, Consumer<List<StoredFrame>> done) {
            store.readPage(lane, epoch, seq, messages, bytes, done);
        }

        @Override
        public void deadLetters(long after, int limit, Consumer<List<DeadLetterRow>> done) {
            store.deadLetters(after, limit, done);
        }

        @Override
        public void deadLetter(long no, Consumer<@Nullable DeadLetterRow> done) {
            store.deadLetter(no, done);
        }

        @Override
        public void close() {
            store.close();
        }
    }
}
