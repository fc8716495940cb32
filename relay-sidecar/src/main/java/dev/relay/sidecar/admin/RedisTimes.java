package dev.relay.sidecar.admin;

import dev.relay.sidecar.redis.WriteTimes;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** How long writes to Redis take and how old a book is when readers can see it, as histograms with fixed buckets. Redis thread; allocates nothing per write. */
public final class RedisTimes implements WriteTimes {
    private static final Duration[] FLUSH_BUCKETS =
            buckets(100, 250, 500, 1_000, 2_500, 5_000, 10_000, 50_000, 250_000);
    private static final Duration[] LATENCY_BUCKETS =
            buckets(1_000, 2_000, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000);

    private final Timer flush;
    private final Timer latency;

    public RedisTimes(MeterRegistry registry) {
        flush = Timer.builder("relay.redis.flush")
                .description("a group of writes to Redis, from the first byte to the last answer")
                .serviceLevelObjectives(FLUSH_BUCKETS)
                .register(registry);
        latency = Timer.builder("relay.book.latency")
                .description("a changed book, from its receipt until readers can see it")
                .serviceLevelObjectives(LATENCY_BUCKETS)
                .register(registry);
    }

    @Override
    public void flushed(long ns) {
        flush.record(ns, TimeUnit.NANOSECONDS);
    }

    @Override
    public void readable(long ms) {
        latency.record(ms, TimeUnit.MILLISECONDS);
    }

    private static Duration[] buckets(int... us) {
        return Arrays.stream(us)
                .mapToObj(each -> Duration.ofNanos(each * 1_000L))
                .toArray(Duration[]::new);
    }
}
