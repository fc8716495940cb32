package dev.relay.sidecar.admin;

import dev.relay.client.Traces;
import dev.relay.protocol.HealthScore;
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
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;

/**
 * The one list of the market-data half's meters: name and meaning, read from published snapshots at each scrape. Labels are venue, symbol, verdict and state; bounded by the number
 * of books.
 */
final class SidecarMeters {
    private static final FeedStatus UNKNOWN = new FeedStatus(FeedState.LOADING, 0, 0, 0, 0, 0, Map.of(), List.of());

    private final MeterRegistry registry;
    private final SidecarView view;
    private volatile HealthScore health = HealthScore.of(List.of());
    private final Map<String, FeedStatus> feeds = new ConcurrentHashMap<>();
    private final Map<String, BookReport> books = new ConcurrentHashMap<>();

    SidecarMeters(MeterRegistry registry, SidecarView view) {
        this.registry = registry;
        this.view = view;
        health();
        spans("relay.spans.exported", "spans that the collector has taken; 0 when traces are off", Traces::exported);
        spans("relay.spans.dropped", "spans lost: 4,096 waited, or the collector did not take them", Traces::dropped);
        view.feeds().forEach(this::registerFeed);
        redis();
    }

    private void redis() {
        redisCounter("relay.redis.flushes", "groups of writes handed to Redis", RedisStatus::flushes);
        redisCounter("relay.redis.book.writes", "book writes confirmed by Redis", RedisStatus::bookWrites);
        redisCounter("relay.redis.full.writes", "of these, whole books", RedisStatus::fullWrites);
        redisCounter(
                "relay.redis.error.replies",
                "refusals of Redis: out of memory, read-only, cannot save",
                RedisStatus::errorReplies);
        redisCounter("relay.redis.reconnects", "connections to Redis made again", RedisStatus::reconnects);
        redisCounter(
                "relay.redis.resyncs", "answers that Redis did not hold what was written last", RedisStatus::resyncs);
        redisCounter(
                "relay.redis.capped.flushes",
                "flushes ended by the output bound; the rest came with the next",
                RedisStatus::capped);
        Gauge.builder(
                        "relay.redis.largest.flush.bytes",
                        view,
                        v -> v.redisStatus().maxFlushBytes())
                .description("largest amount handed to Redis without waiting for answers")
                .register(registry);
        Gauge.builder("relay.redis.connected", view, v -> v.redisStatus().isConnected() ? 1 : 0)
                .description("1 while the connection to Redis stands")
                .register(registry);
    }

    private void health() {
        String version = Objects.requireNonNullElse(getClass().getPackage().getImplementationVersion(), "dev");
        Gauge.builder("relay.info", () -> 1)
                .description("always 1, with the version of the program")
                .tag("version", version)
                .register(registry);
        Gauge.builder("relay.health.score", this, m -> m.health.score())
                .description("health from 0 to 100; the deductions name what is missing")
                .register(registry);
        for (String name : SidecarView.NAMES) {
            Gauge.builder("relay.health.deduction.points", this, m -> m.health.points(name))
                    .description("points subtracted from the health score, by reason; 0 when fine")
                    .tag("name", name)
                    .register(registry);
        }
    }

    private void spans(String name, String meaning, LongSupplier count) {
        FunctionCounter.builder(name, count, LongSupplier::getAsLong)
                .description(meaning)
                .register(registry);
    }

    private void registerFeed(MarketFeed feed) {
        String venue = feed.venue();
        feedCounter("relay.feed.frames", "frames of the venue", venue, FeedStatus::frames);
        feedCounter("relay.feed.broken.frames", "frames that could not be read", venue, FeedStatus::brokenFrames);
        feedCounter("relay.feed.connects", "connections to the venue", venue, FeedStatus::connects);
        feedCounter(
                "relay.feed.conflated",
                "book changes that a newer one replaced before Redis got them",
                venue,
                FeedStatus::conflated);
        for (Verdict verdict : Verdict.values()) {
            FunctionCounter.builder("relay.quality.verdicts", feed, f -> f.verdicts(verdict))
                    .description("verdicts of the quality gate; everything but PASS is held back from readers")
                    .tag("venue", venue)
                    .tag("verdict", verdict.name())
                    .register(registry);
        }
        Gauge.builder(
                        "relay.feed.last.frame.age.seconds",
                        feeds,
                        all -> of(all, venue).lastFrameAgeMs() / 1e3)
                .description("time since any frame of the venue")
                .tag("venue", venue)
                .register(registry);
        Gauge.builder("relay.feed.loop.age.seconds", feed, f -> f.loopAgeMs() / 1e3)
                .description("time since the feed thread did anything; it ticks ten times a second")
                .tag("venue", venue)
                .register(registry);
        for (FeedState state : FeedState.values()) {
            Gauge.builder("relay.feed.state", feeds, all -> of(all, venue).state() == state ? 1 : 0)
                    .description("1 for the state that the feed is in")
                    .tags("venue", venue, "state", state.name())
                    .register(registry);
        }
    }

    private static FeedStatus of(Map<String, FeedStatus> all, String venue) {
        return all.getOrDefault(venue, UNKNOWN);
    }

    private void feedCounter(String name, String meaning, String venue, ToDoubleFunction<FeedStatus> value) {
        FunctionCounter.builder(name, feeds, all -> value.applyAsDouble(of(all, venue)))
                .description(meaning)
                .tag("venue", venue)
                .register(registry);
    }

    private void redisCounter(String name, String meaning, ToDoubleFunction<RedisStatus> value) {
        FunctionCounter.builder(name, view, v -> value.applyAsDouble(v.redisStatus()))
                .description(meaning)
                .register(registry);
    }

    /** Takes the newest snapshots; admin thread, before a scrape. A stalled feed keeps its last figures. */
    void refresh() {
        health = view.health();
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
            new BookMeters(registry, books, key, Tags.of("venue", venue, "symbol", report.symbol())).register();
        }
    }
}
