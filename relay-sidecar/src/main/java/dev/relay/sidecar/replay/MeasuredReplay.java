package dev.relay.sidecar.replay;

import dev.relay.client.redis.RedisAddress;
import dev.relay.sidecar.book.BookMailbox;
import dev.relay.sidecar.net.SidecarClock;
import dev.relay.sidecar.redis.BookSource;
import dev.relay.sidecar.redis.RedisLayout;
import dev.relay.sidecar.redis.RedisPublisher;
import dev.relay.sidecar.redis.RedisStatus;
import dev.relay.sidecar.venue.FeedConfig;
import dev.relay.sidecar.venue.VenueFeed;
import java.net.UnknownHostException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.HdrHistogram.Histogram;

/**
 * One replay through the sidecar's own feed and Redis writer with a probe at both ends. The caller's thread waits; feed,
 * Redis and server threads are the ordinary ones.
 */
final class MeasuredReplay implements AutoCloseable {
    static final int DEPTH = 100;

    private static final long STALL_LIMIT_NS = TimeUnit.SECONDS.toNanos(20);
    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(1);

    private final ReplayServer server;
    private final LatencyProbe probe;
    private final VenueFeed feed;
    private final RedisPublisher publisher;

    MeasuredReplay(ReplayScript script, double speed, RedisAddress redis) throws UnknownHostException {
        probe = new LatencyProbe(script.frames(), this::mailboxes);
        server = new ReplayServer(script, speed, probe::onSent);
        feed = new VenueFeed(
                FeedConfig.of(server.venue(), List.copyOf(server.symbols()), DEPTH),
                SidecarClock.system(),
                this::onChange,
                probe);
        publisher = new RedisPublisher(
                redis,
                () -> {},
                List.of(new BookSource(new RedisLayout(feed.venue(), RedisLayout.DEFAULT_TEMPLATE), feed)),
                SidecarClock.system(),
                System.currentTimeMillis(),
                DEPTH,
                RedisPublisher.DEFAULT_MAX_FLUSH_BYTES,
                probe);
        publisher.start(RedisPublisher.connect(redis));
        feed.start();
    }

    private List<BookMailbox> mailboxes() {
        return feed.mailboxes();
    }

    private void onChange() {
        probe.onChange();
        publisher.signal();
    }

    /**
     * To the last frame, until it stands in Redis.
     *
     * @throws TimeoutException when nothing moves any more
     */
    Map<String, Object> measure() throws TimeoutException {
        awaitFirst();
        ThreadCosts before = ThreadCosts.now();
        RedisStatus written = publisher.status();
        await(probe::isDrained, probe);
        return figures(ThreadCosts.now().since(before), written, publisher.status());
    }

    void awaitFirst() throws TimeoutException {
        await(() -> probe.received() > 0, probe);
    }

    private static void await(BooleanSupplier condition, LatencyProbe probe) throws TimeoutException {
        int seen = -1;
        long deadlineNs = System.nanoTime() + STALL_LIMIT_NS;
        while (!condition.getAsBoolean()) {
            if (probe.received() != seen) {
                seen = probe.received();
                deadlineNs = System.nanoTime() + STALL_LIMIT_NS;
            } else if (System.nanoTime() > deadlineNs) {
                throw new TimeoutException("BENCH_STALLED: nothing moves any more, frames received=" + seen);
            }
            LockSupport.parkNanos(POLL_NS);
        }
    }

    private Map<String, Object> figures(ThreadCosts costs, RedisStatus from, RedisStatus to) {
        long frames = probe.received();
        double seconds = probe.seconds();
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("frames", frames);
        figures.put("seconds", rounded(seconds));
        figures.put("frames_per_second", Math.round(frames / seconds));
        quantiles(figures, "visible", probe.fromReceived());
        quantiles(figures, "sent_to_visible", probe.fromSent());
        figures.put("images", probe.images());
        figures.put("book_writes", to.bookWrites() - from.bookWrites());
        figures.put("full_writes", to.fullWrites() - from.fullWrites());
        figures.put("levels_written_per_second", Math.round((to.levels() - from.levels()) / seconds));
        figures.put("feed_bytes_per_frame", costs.feedBytes() / frames);
        figures.put("redis_bytes_per_frame", costs.redisBytes() / frames);
        figures.put("feed_cpu_us_per_frame", rounded(costs.feedCpuNs() / 1e3 / frames));
        figures.put("redis_cpu_us_per_frame", rounded(costs.redisCpuNs() / 1e3 / frames));
        figures.put("collections", costs.collections());
        figures.put("collector_ms", costs.pauseMs());
        figures.put("largest_flush_bytes", to.maxFlushBytes());
        figures.put("not_measured", probe.overrun());
        return figures;
    }

    private static void quantiles(Map<String, Object> figures, String name, Histogram histogram) {
        figures.put(name + "_p50_us", rounded(histogram.getValueAtPercentile(50) / 1e3));
        figures.put(name + "_p99_us", rounded(histogram.getValueAtPercentile(99) / 1e3));
        figures.put(name + "_p999_us", rounded(histogram.getValueAtPercentile(99.9) / 1e3));
    }

    static double rounded(double value) {
        return Math.round(value * 100) / 100.0;
    }

    String venue() {
        return feed.venue();
    }

    @Override
    public void close() {
        feed.close();
        publisher.close();
        server.close();
    }
}
