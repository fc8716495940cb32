package dev.relay.sidecar.admin;

import dev.relay.sidecar.redis.RedisStatus;
import dev.relay.sidecar.venue.FeedStatus;
import dev.relay.sidecar.venue.FeedStatus.BookReport;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.function.ToDoubleFunction;

/** All meters of the market-data half, read from published snapshots at each scrape. Bounded by the number of books. */
final class SidecarMeters {
    private static final BookReport NONE = new BookReport("", "", "STALE", 0, 0, 0, 0, 0, 0, 0);

    private final MeterRegistry registry;
    private final SidecarView view;
    private final Map<String, BookReport> books = new ConcurrentHashMap<>();
    private volatile FeedStatus feed =
            new FeedStatus(dev.relay.sidecar.venue.FeedState.LOADING, 0, 0, 0, 0, 0, Map.of(), java.util.List.of());

    SidecarMeters(MeterRegistry registry, SidecarView view) {
        this.registry = registry;
        this.view = view;
        feedCounter("relay.feed.frames", FeedStatus::frames);
        feedCounter("relay.feed.broken.frames", FeedStatus::brokenFrames);
        feedCounter("relay.feed.connects", FeedStatus::connects);
        feedCounter("relay.feed.conflated", FeedStatus::conflated);
        Gauge.builder("relay.feed.last.frame.age.seconds", this, meters -> meters.feed.lastFrameAgeMs() / 1e3)
                .register(registry);
        redisCounter("relay.redis.flushes", RedisStatus::flushes);
        redisCounter("relay.redis.book.writes", RedisStatus::bookWrites);
        redisCounter("relay.redis.full.writes", RedisStatus::fullWrites);
        redisCounter("relay.redis.error.replies", RedisStatus::errorReplies);
        redisCounter("relay.redis.reconnects", RedisStatus::reconnects);
        Gauge.builder("relay.redis.connected", view, v -> v.redisStatus().isConnected() ? 1 : 0)
                .register(registry);
    }

    private void feedCounter(String name, ToDoubleFunction<FeedStatus> value) {
        FunctionCounter.builder(name, this, meters -> value.applyAsDouble(meters.feed))
                .register(registry);
    }

    private void redisCounter(String name, ToDoubleFunction<RedisStatus> value) {
        FunctionCounter.builder(name, view, v -> value.applyAsDouble(v.redisStatus()))
                .register(registry);
    }

    /** Takes the newest snapshots; admin thread, before a scrape. A stalled feed keeps its last figures. */
    void refresh() {
        try {
            feed = view.feedStatus();
        } catch (TimeoutException e) {
            return; // /health names the stall
        }
        for (BookReport report : feed.books()) {
            if (books.put(report.symbol(), report) == null) {
                register(report.symbol());
            }
        }
    }

    private void register(String symbol) {
        bookCounter("relay.book.events.applied", symbol, BookReport::applied);
        bookCounter("relay.book.gaps", symbol, BookReport::gaps);
        bookCounter("relay.book.resyncs", symbol, BookReport::resyncs);
        bookCounter("relay.book.second.opinion.ok", symbol, BookReport::secondOpinionOk);
        bookCounter("relay.book.second.opinion.bad", symbol, BookReport::secondOpinionBad);
        Gauge.builder("relay.book.live", books, all -> isLive(all, symbol) ? 1 : 0)
                .tag("symbol", symbol)
                .register(registry);
    }

    private static boolean isLive(Map<String, BookReport> all, String symbol) {
        return "LIVE".equals(all.getOrDefault(symbol, NONE).status());
    }

    private void bookCounter(String name, String symbol, ToDoubleFunction<BookReport> value) {
        FunctionCounter.builder(name, books, all -> value.applyAsDouble(all.getOrDefault(symbol, NONE)))
                .tag("symbol", symbol)
                .register(registry);
    }
}
