package dev.relay.sidecar.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.sidecar.book.BookMailbox;
import dev.relay.sidecar.redis.RedisStatus;
import dev.relay.sidecar.venue.FeedState;
import dev.relay.sidecar.venue.FeedStatus;
import dev.relay.sidecar.venue.MarketFeed;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Health names a silence at once; readiness goes by one that lasts, so that pauses do not flap it. */
class SidecarViewTest {
    private long frameAgeMs;
    private long loopAgeMs;
    private long redisWaitMs;
    private long busSilentMs;
    private boolean isRedisConnected = true;

    private final SidecarView view = new SidecarView(
            List.of(new Feed()),
            this::redis,
            Patience.usual(),
            bounds -> busSilentMs >= bounds.busMs() ? List.of(new Health.Deduction("bus_silent", 30, "")) : List.of());

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
        loopAgeMs = 2_100;
        assertThat(view.notReady()).containsExactly("feed_loop_stalled");
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
    void shouldBeUnreadyAtOnceForWhatIsGone() {
        isRedisConnected = false;
        assertThat(view.notReady()).containsExactly("redis_down");
    }

    private void namesButServes(String cause) {
        assertThat(view.health().deductions())
                .extracting(Health.Deduction::name)
                .containsExactly(cause);
        assertThat(view.notReady()).isEmpty();
    }

    private RedisStatus redis() {
        return new RedisStatus(isRedisConnected, false, false, redisWaitMs, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "", Map.of());
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
            return CompletableFuture.completedFuture(
                    new FeedStatus(FeedState.STREAMING, frameAgeMs, 0, 0, 0, 0, Map.of(), List.of()));
        }

        @Override
        public void close() {
            // nothing runs
        }
    }
}
