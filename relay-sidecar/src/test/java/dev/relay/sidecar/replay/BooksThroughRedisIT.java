package dev.relay.sidecar.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.client.redis.BookLevel;
import dev.relay.client.redis.BookReader;
import dev.relay.client.redis.BookView;
import dev.relay.client.redis.ReadRefused;
import dev.relay.sidecar.book.BookMailbox;
import dev.relay.sidecar.net.SidecarClock;
import dev.relay.sidecar.redis.RedisLayout;
import dev.relay.sidecar.redis.RedisPublisher;
import dev.relay.sidecar.redis.RedisServerChild;
import dev.relay.sidecar.replay.Recordings.Recording;
import dev.relay.sidecar.venue.FeedStatus;
import dev.relay.sidecar.venue.MarketFeed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same as {@link RecordedBooksTest}, read back from a real Redis after each of the first frames of every recorded book;
 * {@code -Drelay.books.frames=N} takes more of them.
 */
class BooksThroughRedisIT {
    private static final int FRAMES = Integer.getInteger("relay.books.frames", 25);
    private static final int DEPTH = 25;
    private static final int EVERY_THIRD = 3;
    private static final String VENUE = "RECORDED";
    private static final long PATIENCE_NS = 10_000_000_000L;

    @TempDir
    Path dir = Path.of("");

    private @Nullable RedisServerChild server;
    private @Nullable RedisPublisher publisher;
    private long epoch = 1_000;

    /** Books that the test itself feeds. */
    private record Rigs(Map<String, BookRig> rigs) implements MarketFeed {
        @Override
        public String venue() {
            return VENUE;
        }

        @Override
        public void start() {}

        @Override
        public List<BookMailbox> mailboxes() {
            return rigs.values().stream().map(rig -> rig.mailbox).toList();
        }

        @Override
        public long lastFrameAgeMs() {
            return 0;
        }

        @Override
        public long loopAgeMs() {
            return 0;
        }

        @Override
        public CompletableFuture<FeedStatus> status() {
            return CompletableFuture.failedFuture(new UnsupportedOperationException("the test knows it"));
        }

        @Override
        public void close() {}
    }

    @BeforeEach
    void start() {
        server = new RedisServerChild(dir);
        server.ensureRunning();
    }

    @AfterEach
    void stop() {
        if (publisher != null) {
            publisher.close();
        }
        if (server != null) {
            server.close();
        }
    }

    private BookReader publish(Map<String, BookRig> rigs) {
        RedisServerChild running = Objects.requireNonNull(server);
        if (publisher != null) {
            publisher.close();
        }
        publisher = new RedisPublisher(
                running.address(),
                running,
                new RedisLayout(VENUE, RedisLayout.DEFAULT_TEMPLATE),
                new Rigs(rigs),
                SidecarClock.system(),
                ++epoch,
                100);
        publisher.start(RedisPublisher.connect(running.address()));
        return new BookReader(running.address(), VENUE);
    }

    /** B3: the window in Redis is the true top 25 after every frame. */
    @Test
    void B3_shouldShowTheTrueTop25InRedisAfterEveryFrame() throws Exception {
        for (Recording recording : Recordings.all("window in Redis after every frame")) {
            follow(recording, Integer.MAX_VALUE);
        }
    }

    /** B1, B5: every third frame is lost; after the next one Redis shows the right proven levels or refuses. */
    @Test
    void B5_shouldShowTheRightProvenLevelsInRedisOrRefuseAfterALostFrame() throws Exception {
        for (Recording recording : Recordings.all("lost frames, read from Redis")) {
            follow(recording, EVERY_THIRD);
        }
    }

    private void follow(Recording recording, int lossEvery) throws Exception {
        ReplayScript script = ReplayScript.read(recording.venue(), recording.files());
        Map<String, BookRig> rigs = new HashMap<>();
        script.symbols().forEach(symbol -> rigs.put(symbol, new BookRig(script, symbol, 100)));
        try (BookReader reader = publish(rigs)) {
            for (String symbol : script.symbols()) {
                BookRig rig = Objects.requireNonNull(rigs.get(symbol));
                Truth truth = RecordedBooksTest.begin(script, symbol, rig);
                int number = 0;
                for (Frame frame : BookRig.framesOf(script, symbol)) {
                    if (!(script instanceof BinanceScript)) {
                        script.onDue(frame);
                    }
                    truth.apply(frame);
                    if (++number > FRAMES) {
                        break;
                    }
                    if (number > 1 && number % lossEvery == 0) {
                        continue;
                    }
                    rig.feed(frame.text());
                    String what = recording + " " + symbol + " frame " + number;
                    int depth = lossEvery == Integer.MAX_VALUE ? DEPTH : Math.min(DEPTH, rig.sync.provenDepth());
                    compare(what, symbol, rig, truth, reader, depth);
                    rig.answer(truth);
                    compare(what + " answered", symbol, rig, truth, reader, depth);
                }
            }
        }
    }

    private void compare(String what, String symbol, BookRig rig, Truth truth, BookReader reader, int depth) {
        Objects.requireNonNull(publisher).signal();
        Truth.Top shown = read(what, symbol, rig, reader);
        if (shown != null) {
            assertThat(shown.first(depth)).as(what).isEqualTo(truth.top(depth));
        }
    }

    /** What stands in Redis once the writer has come to this state; null when it is refused, as the book itself says. */
    private static Truth.@Nullable Top read(String what, String symbol, BookRig rig, BookReader reader) {
        long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (true) {
            try {
                BookView book = reader.book(symbol, DEPTH);
                if (rig.isLive() && book.sequence() == rig.sync.seq()) {
                    return new Truth.Top(texts(book.bids()), texts(book.asks()));
                }
            } catch (ReadRefused refused) {
                if (!rig.isLive()) {
                    return null;
                }
            }
            assertThat(System.nanoTime()).as(what + ": Redis does not follow").isLessThan(deadlineNs);
            Thread.onSpinWait();
        }
    }

    private static List<String> texts(List<BookLevel> levels) {
        List<String> texts = new ArrayList<>();
        levels.forEach(level -> texts.add(level.price().stripTrailingZeros().toPlainString() + ":"
                + level.quantity().stripTrailingZeros().toPlainString()));
        return texts;
    }
}
