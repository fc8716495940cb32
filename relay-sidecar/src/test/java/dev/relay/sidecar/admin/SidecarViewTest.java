package dev.relay.sidecar.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.HealthScore.Deduction;
import dev.relay.protocol.OpenFiles;
import dev.relay.sidecar.book.BookMailbox;
import dev.relay.sidecar.redis.RedisStatus;
import dev.relay.sidecar.venue.FeedState;
import dev.relay.sidecar.venue.FeedStatus;
import dev.relay.sidecar.venue.FeedStatus.BookReport;
import dev.relay.sidecar.venue.MarketFeed;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Health names a silence at once; readiness goes by one that lasts, so that pauses do not flap it, and at once by what is gone. */
class SidecarViewTest {
    private long frameAgeMs;
    private long loopAgeMs;
    private long redisWaitMs;
    private long busSilentMs;
    private boolean isRedisConnected = true;
    private boolean isRedisRefusing;
    private boolean isFenced;
    private FeedState state = FeedState.STREAMING;
    private String bookStatus = "LIVE";
    private Map<String, String> refused = Map.of();
    private OpenFiles files = new OpenFiles(10, 100);
    private final List<String> others = new ArrayList<>();

    private final SidecarView view =
            new SidecarView(List.of(new Feed()), this::redis, Patience.usual(), () -> files, this::others);

    private List<Deduction> others(Patience bounds) {
        List<String> names = new ArrayList<>(others);
        if (busSilentMs >= bounds.busMs()) {
            names.add("bus_silent");
        }
        return names.stream().map(name -> new Deduction(name, 30, "")).toList();
    }

    @Test
    void shouldBeReadyAndWellWhenAllIsFresh() {
        assertThat(view.health().score()).isEqualTo(100);
        assertThat(view.isReady()).isTrue();
    }

    @Test
    void shouldNameASilentFeedBeforeItIsUnreadyForIt() {
        frameAgeMs = 800;
        namesButServes("feed_silent");
        frameAgeMs = 2_400;
        assertThat(view.notReady()).containsExactly("feed_silent");
    }

    @Test
    void shouldNameAStalledLoopBeforeItIsUnreadyForIt() {
        loopAgeMs = 700;
        namesButServes("feed_loop_stalled");
        assertThat(view.isLive()).isTrue();
        loopAgeMs = 2_100;
        assertThat(view.notReady()).containsExactly("feed_loop_stalled");
        assertThat(view.isLive()).isFalse();
    }

    @Test
    void shouldNameSilentRedisAndBusBeforeItIsUnreadyForThem() {
        redisWaitMs = 500;
        namesButServes("redis_silent");
        redisWaitMs = 0;
        busSilentMs = 800;
        namesButServes("bus_silent");
        redisWaitMs = 1_500;
        busSilentMs = 2_400;
        assertThat(view.notReady()).containsExactly("bus_silent", "redis_silent");
    }

    @Test
    void shouldBeUnreadyAtOnceForARedisThatDoesNotTakeBooks() {
        isRedisConnected = false;
        assertThat(view.notReady()).containsExactly("redis_down");
        isRedisConnected = true;
        isRedisRefusing = true;
        assertThat(view.notReady()).containsExactly("redis_refuses");
        isRedisRefusing = false;
        isFenced = true;
        assertThat(view.notReady()).containsExactly("fenced");
    }

    @Test
    void shouldBeUnreadyInEveryStateOfAFeedButStreaming() {
        for (FeedState each : EnumSet.complementOf(EnumSet.of(FeedState.STREAMING))) {
            state = each;
            assertThat(view.notReady()).as("%s", each).containsExactly("feed_not_streaming");
        }
    }

    @Test
    void shouldBeUnreadyForABookThatIsNotProvenAndASymbolThatIsNotListed() {
        bookStatus = "SYNCING";
        assertThat(view.notReady()).containsExactly("books_not_live");
        refused = Map.of("XYZ-USDT", "not listed");
        assertThat(view.notReady()).containsExactly("books_not_live", "symbols_refused");
    }

    @Test
    void shouldBeUnreadyForWhatTheOrderSideMisses() {
        for (String cause : List.of(
                "orders_not_live", "venue_key_refused", "bus_disconnected", "journal_failing", "order_loop_crashed")) {
            others.add(cause);
            assertThat(view.notReady()).containsExactly(cause);
            others.clear();
        }
    }

    @Test
    void shouldServeBooksBehindAClosedKillSwitchAndWithFewFilesLeft() {
        others.add("killed");
        namesButServes("killed");
        others.clear();
        files = new OpenFiles(81, 100);
        namesButServes("files_low");
        assertThat(view.health().deductions().get(0).detail()).isEqualTo("81 of 100 files are open");
    }

    @Test
    void shouldBeUnreadyFromTheFirstMomentOfAStop() {
        isRedisConnected = false;
        view.draining();
        assertThat(view.notReady()).containsExactly("draining");
        assertThat(view.isLive()).isTrue();
    }

    private void namesButServes(String cause) {
        assertThat(view.health().deductions()).extracting(Deduction::name).containsExactly(cause);
        assertThat(view.notReady()).isEmpty();
    }

    private RedisStatus redis() {
        return new RedisStatus(
                isRedisConnected, isFenced, isRedisRefusing, redisWaitMs, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "", Map.of());
    }

    private final class Feed implements MarketFeed {
        @Override
        public String venue() {
            return "BINANCE";
        }

        @Override
        public void start() {
            // nothing runs
        }

        @Override
        public List<BookMailbox> mailboxes() {
            return List.of();
        }

        @Override
        public long lastFrameAgeMs() {
            return frameAgeMs;
        }

        @Override
        public long loopAgeMs() {
            return loopAgeMs;
        }

        @Override
        public CompletableFuture<FeedStatus> status() {
            BookReport book =
                    new BookReport("BTC-USDT", "BTCUSDT", bookStatus, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
            return CompletableFuture.completedFuture(
                    new FeedStatus(state, frameAgeMs, 0, 0, 0, 0, refused, List.of(book)));
        }

        @Override
        public void close() {
            // nothing runs
        }
    }
}
