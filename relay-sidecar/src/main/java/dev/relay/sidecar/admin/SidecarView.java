package dev.relay.sidecar.admin;

import dev.relay.protocol.HealthScore;
import dev.relay.protocol.HealthScore.Deduction;
import dev.relay.protocol.OpenFiles;
import dev.relay.sidecar.redis.RedisStatus;
import dev.relay.sidecar.venue.FeedState;
import dev.relay.sidecar.venue.FeedStatus;
import dev.relay.sidecar.venue.MarketFeed;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;

/** Judges the running sidecar from the snapshots its threads publish. Admin threads only; changes nothing. */
public final class SidecarView {
    /** Every deduction there can be. */
    public static final List<String> NAMES = List.of(
            "feed_loop_stalled",
            "feed_not_streaming",
            "feed_silent",
            "books_not_live",
            "symbols_refused",
            "fenced",
            "redis_down",
            "redis_silent",
            "redis_refuses",
            "orders_not_live",
            "venue_key_refused",
            "killed",
            "bus_disconnected",
            "bus_silent",
            "journal_failing",
            "order_loop_crashed",
            "files_low");

    private static final int LOOP_DEAD_MS = 2_000;

    /** Reasons for a lower score that keep nobody from the books. */
    private static final Set<String> SERVED_ALL_THE_SAME = Set.of("killed", "files_low");

    private final List<MarketFeed> feeds;
    private volatile boolean isDraining;
    private final Supplier<RedisStatus> redis;
    private final Patience patience;
    private final Supplier<OpenFiles> files;
    private final Function<Patience, List<Deduction>> others;

    public SidecarView(
            List<MarketFeed> feeds,
            Supplier<RedisStatus> redis,
            Patience patience,
            Supplier<OpenFiles> files,
            Function<Patience, List<Deduction>> others) {
        this.files = files;
        this.patience = patience;
        this.feeds = List.copyOf(feeds);
        this.redis = redis;
        this.others = others;
    }

    public List<MarketFeed> feeds() {
        return feeds;
    }

    /** The first feed's own account of itself. */
    public FeedStatus feedStatus() throws TimeoutException {
        return feedStatus(feeds.get(0));
    }

    /** A feed's own account of itself. */
    public FeedStatus feedStatus(MarketFeed feed) throws TimeoutException {
        try {
            return feed.status().get(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TimeoutException("interrupted");
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    public RedisStatus redisStatus() {
        return redis.get();
    }

    /** The process works at all. */
    public boolean isLive() {
        return feeds.stream().allMatch(feed -> feed.loopAgeMs() < LOOP_DEAD_MS);
    }

    /** From the first moment of a stop, so that no more work is sent here. Any thread. */
    public void draining() {
        isDraining = true;
    }

    /**
     * Why it is not ready, empty when every book may be believed and stands in Redis. A closed kill switch and few files are no reasons: books are served. Whoever is silent is one only after three times
     * the time that health waits, so that pauses do not flap it.
     */
    public List<String> notReady() {
        if (isDraining) {
            return List.of("draining");
        }
        return judged(patience.ofReadiness()).deductions().stream()
                .map(Deduction::name)
                .filter(name -> !SERVED_ALL_THE_SAME.contains(name))
                .distinct()
                .toList();
    }

    public boolean isReady() {
        return notReady().isEmpty();
    }

    public HealthScore health() {
        return judged(patience);
    }

    private HealthScore judged(Patience bounds) {
        List<Deduction> found = new ArrayList<>(others.apply(bounds));
        redisDeductions(bounds, found);
        feeds.forEach(feed -> judge(bounds, feed, found));
        OpenFiles now = files.get();
        if (now.areLow()) {
            found.add(new Deduction("files_low", 20, now.toString()));
        }
        return HealthScore.of(found);
    }

    private void judge(Patience bounds, MarketFeed feed, List<Deduction> found) {
        String venue = "venue=" + feed.venue() + " ";
        if (feed.loopAgeMs() >= bounds.loopMs()) {
            found.add(new Deduction("feed_loop_stalled", 100, venue + "loopAgeMs=" + feed.loopAgeMs()));
            return;
        }
        try {
            feedDeductions(bounds, venue, feedStatus(feed), found);
        } catch (TimeoutException e) {
            found.add(new Deduction("feed_loop_stalled", 100, venue + "no status within 1 s"));
        }
    }

    private void redisDeductions(Patience bounds, List<Deduction> found) {
        RedisStatus status = redis.get();
        if (status.isFenced()) {
            found.add(new Deduction("fenced", 100, "a newer sidecar writes to this Redis"));
        }
        if (!status.isConnected()) {
            found.add(new Deduction("redis_down", 50, status.lastError()));
        } else if (status.waitedMs() >= bounds.redisMs()) {
            found.add(new Deduction("redis_silent", 50, "no answer for " + status.waitedMs() + " ms"));
        } else if (status.isRefusing()) {
            found.add(new Deduction("redis_refuses", 40, status.lastError()));
        }
    }

    private static void feedDeductions(Patience bounds, String venue, FeedStatus status, List<Deduction> found) {
        if (status.state() != FeedState.STREAMING) {
            found.add(new Deduction("feed_not_streaming", 40, venue + "state=" + status.state()));
        } else if (status.lastFrameAgeMs() >= bounds.feedMs()) {
            found.add(new Deduction("feed_silent", 30, venue + "lastFrameAgeMs=" + status.lastFrameAgeMs()));
        }
        long notLive = status.books().stream()
                .filter(book -> !"LIVE".equals(book.status()))
                .count();
        if (notLive > 0) {
            int points =
                    Math.toIntExact(Math.max(1, 40 * notLive / status.books().size()));
            found.add(new Deduction("books_not_live", points, venue + "count=" + notLive));
        }
        if (!status.refused().isEmpty()) {
            found.add(new Deduction("symbols_refused", 20, venue + status.refused()));
        }
    }
}
