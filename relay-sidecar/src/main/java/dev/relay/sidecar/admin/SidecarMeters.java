package dev.relay.sidecar.admin;

import dev.relay.sidecar.quality.Verdict;
import dev.relay.sidecar.redis.RedisStatus;
import dev.relay.sidecar.venue.FeedState;
import dev.relay.sidecar.venue.FeedStatus;
import dev.relay.sidecar.venue.FeedStatus.BookReport;
import dev.relay.sidecar.venue.MarketFeed;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.function.ToDoubleFunction;

/** All meters of the market-data half, read from published snapshots at each scrape. Bounded by the number of books. */
final class SidecarMeters {
    private static final BookReport NONE = new BookReport("", "", "STALE", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    private static final FeedStatus UNKNOWN = new FeedStatus(FeedState.LOADING, 0, 0, 0, 0, 0, Map.of(), List.of());

    private final MeterRegistry registry;
    private final SidecarView view;
    private final Map<String, FeedStatus> feeds = new ConcurrentHashMap<>();
    private final Map<String, BookReport> books = new ConcurrentHashMap<>();

    SidecarMeters(MeterRegistry registry, SidecarView view) {
        this.registry = registry;
        this.view = view;
        view.feeds().forEach(this::registerFeed);
        redisCounter("relay.redis.flushes", RedisStatus::flushes);
        redisCounter("relay.redis.book.writes", RedisStatus::bookWrites);
        redisCounter("relay.redis.full.writes", RedisStatus::fullWrites);
        redisCounter("relay.redis.error.replies", RedisStatus::errorReplies);
        redisCounter("relay.redis.reconnects", RedisStatus::reconnects);
        redisCounter("relay.redis.resyncs", RedisStatus::resyncs);
        redisCounter("relay.redis.capped.flushes", RedisStatus::capped);
        Gauge.builder(
                        "relay.redis.largest.flush.bytes",
                        view,
                        v -> v.redisStatus().maxFlushBytes())
                .register(registry);
        Gauge.builder("relay.redis.connected", view, v -> v.redisStatus().isConnected() ? 1 : 0)
                .register(registry);
    }

    private void registerFeed(MarketFeed feed) {
        String venue = feed.venue();
        feedCounter("relay.feed.frames", venue, FeedStatus::frames);
        feedCounter("relay.feed.broken.frames", venue, FeedStatus::brokenFrames);
        feedCounter("relay.feed.connects", venue, FeedStatus::connects);
        feedCounter("relay.feed.conflated", venue, FeedStatus::conflated);
        for (Verdict verdict : Verdict.values()) {
            FunctionCounter.builder("relay.quality.verdicts", feed, f -> f.verdicts(verdict))
                    .tag("venue", venue)
                    .tag("verdict", verdict.name())
                    .register(registry);
        }
        Gauge.builder(
                        "relay.feed.last.frame.age.seconds",
                        feeds,
                        all -> of(all, venue).lastFrameAgeMs() / 1e3)
                .tag("venue", venue)
                .register(registry);
    }

    private static FeedStatus of(Map<String, FeedStatus> all, String venue) {
        return all.getOrDefault(venue, UNKNOWN);
    }

    private void feedCounter(String name, String venue, ToDoubleFunction<FeedStatus> value) {
        FunctionCounter.builder(name, feeds, all -> value.applyAsDouble(of(all, venue)))
                .tag("venue", venue)
                .register(registry);
    }

    private void redisCounter(String name, ToDoubleFunction<RedisStatus> value) {
        FunctionCounter.builder(name, view, v -> value.applyAsDouble(v.redisStatus()))
                .register(registry);
    }

    /** Takes the newest snapshots; admin thread, before a scrape. A stalled feed keeps its last figures. */
    void refresh() {
        view.feeds().forEach(this::refresh);
    }

    private void refresh(MarketFeed feed) {
        FeedStatus status;
        try {
            status = view.feedStatus(feed);
        } catch (TimeoutException e) {
            return; // /health names the stall
        }
        feeds.put(feed.venue(), status);
        status.books().forEach(report -> note(feed.venue(), report));
    }

    private void note(String venue, BookReport report) {
        String key = venue + " " + report.symbol();
        if (books.put(key, report) == null) {
            register(key, Tags.of("venue", venue, "symbol", report.symbol()));
        }
    }

    private void register(String key, Tags tags) {
        bookCounter("relay.book.events.applied", key, tags, BookReport::applied);
        bookCounter("relay.book.gaps", key, tags, BookReport::gaps);
        bookCounter("relay.book.resyncs", key, tags, BookReport::resyncs);
        bookCounter("relay.book.second.opinion.ok", key, tags, BookReport::secondOpinionOk);
        bookCounter("relay.book.second.opinion.bad", key, tags, BookReport::secondOpinionBad);
        bookCounter("relay.book.checksum.ok", key, tags, BookReport::checksumOk);
        bookCounter("relay.book.checksum.bad", key, tags, BookReport::checksumBad);
        bookCounter("relay.book.crossed", key, tags, BookReport::crossed);
        bookCounter("relay.book.trades", key, tags, BookReport::trades);
        bookCounter("relay.book.silences", key, tags, BookReport::silences);
        bookCounter("relay.book.trades.lost", key, tags, BookReport::tradesLost);
        bookCounter("relay.book.tickers", key, tags, BookReport::tickers);
        Gauge.builder("relay.book.live", books, all -> isLive(all, key) ? 1 : 0)
                .tags(tags)
                .register(registry);
    }

    private static boolean isLive(Map<String, BookReport> all, String key) {
        return "LIVE".equals(all.getOrDefault(key, NONE).status());
    }

    private void bookCounter(String name, String key, Tags tags, ToDoubleFunction<BookReport> value) {
        FunctionCounter.builder(name, books, all -> value.applyAsDouble(all.getOrDefault(key, NONE)))
                .tags(tags)
                .register(registry);
    }
}
