package dev.relay.sidecar.replay;

import dev.relay.client.redis.RedisAddress;
import dev.relay.sidecar.redis.RedisServerChild;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;

/**
 * Measures the way of a book from a frame to its readers: local server, WebSocket, parser, book, gate, Redis. Paced parts
 * tell how soon a frame is visible, one without pace how much the sidecar can take, as a ratio to the plainest writes of
 * the same levels into the same Redis. Runs on the calling thread with a Redis of its own.
 */
public final class BookBench {
    private static final double WARM_UP_SECONDS = 1.5;
    private static final Pattern SCRIPT_TIME = Pattern.compile("cmdstat_evalsha:.*usec_per_call=([0-9.]+)");
    private static final int SUSTAINED_TIMES = 4;
    private static final int REPLY_TIMEOUT_MS = 10_000;

    private final BookBenchConfig config;
    private final RedisAddress redis;

    private BookBench(BookBenchConfig config, RedisAddress redis) {
        this.config = config;
        this.redis = redis;
    }

    /**
     * All parts, one after another.
     *
     * @throws RecordingException when the recording is broken
     * @throws TimeoutException when a part does not come to its end
     * @throws IOException when the run directory cannot be used
     */
    public static Map<String, Object> run(BookBenchConfig config)
            throws IOException, RecordingException, TimeoutException, InterruptedException {
        return withRedis(config, BookBench::measure);
    }

    /** One synthetic burst, spread over so many books, after a warm-up; the same exceptions. */
    public static Map<String, Object> burst(int symbols, int levelsPerSecond, double seconds)
            throws IOException, RecordingException, TimeoutException, InterruptedException {
        return withRedis(BookBenchConfig.defaults(), bench -> {
            bench.part(BurstProfile.of(levelsPerSecond, WARM_UP_SECONDS).over(symbols), 1);
            return bench.part(BurstProfile.of(levelsPerSecond, seconds).over(symbols), 1);
        });
    }

    private interface Work {
        Map<String, Object> on(BookBench bench)
                throws IOException, RecordingException, TimeoutException, InterruptedException;
    }

    private static Map<String, Object> withRedis(BookBenchConfig config, Work work)
            throws IOException, RecordingException, TimeoutException, InterruptedException {
        Path dir = Files.createTempDirectory("relay-bench");
        try (RedisServerChild child = new RedisServerChild(dir)) {
            child.ensureRunning();
            return work.on(new BookBench(config, child.address()));
        } finally {
            ReplayRun.delete(dir);
        }
    }

    private Map<String, Object> measure()
            throws IOException, RecordingException, TimeoutException, InterruptedException {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("source", "synthetic burst");
        figures.put(
                "recorded",
                config.isSynthetic()
                        ? "recordings absent: the recorded burst was not run"
                        : "recording of " + config.venue() + " " + config.recording());
        figures.put("depth", MeasuredReplay.DEPTH);
        part(BurstProfile.of(config.levelsPerSecond(), WARM_UP_SECONDS), 1); // compilers first
        flood();
        for (int times : new int[] {1, 5, 10}) {
            figures.put(times + "x", paced(times));
        }
        for (int times : config.isSynthetic() ? new int[] {} : new int[] {1, 5, 10}) {
            figures.put("recorded_" + times + "x", part(ReplayScript.read(config.venue(), config.recording()), times));
        }
        BurstProfile crash =
                BurstProfile.of(config.levelsPerSecond(), config.seconds()).falling();
        figures.put("flash_crash", with("levels_per_second", config.levelsPerSecond(), part(crash, 1)));
        int sustained = SUSTAINED_TIMES * config.levelsPerSecond();
        figures.put(
                "sustained",
                with("levels_per_second", sustained, part(BurstProfile.of(sustained, config.seconds()), 1)));
        figures.put("flood", flood());
        figures.put("slow_redis", slow());
        return figures;
    }

    private Map<String, Object> paced(int times) throws IOException, TimeoutException {
        int levelsPerSecond = config.levelsPerSecond() / 10 * times;
        return with("levels_per_second", levelsPerSecond, part(BurstProfile.of(levelsPerSecond, config.seconds()), 1));
    }

    private Map<String, Object> part(BurstProfile profile, double speed) throws IOException, TimeoutException {
        return part(new BurstScript(profile), speed);
    }

    private Map<String, Object> part(ReplayScript script, double speed) throws IOException, TimeoutException {
        empty();
        try (MeasuredReplay replay = new MeasuredReplay(script, speed, redis)) {
            Map<String, Object> figures = replay.measure();
            figures.put("redis_us_per_write", scriptUs());
            return figures;
        }
    }

    /** As fast as the sidecar takes it, and the same levels plainly written. */
    private Map<String, Object> flood() throws IOException, TimeoutException {
        BurstProfile profile = BurstProfile.of(config.floodLevels(), 1);
        Map<String, Object> figures = part(profile, 0);
        empty();
        double floor = WriteFloor.measure(profile, redis);
        double taken = profile.levels() / number(figures, "seconds").doubleValue();
        double written = number(figures, "levels_written_per_second").doubleValue();
        figures.put("levels_per_second", Math.round(taken));
        figures.put("floor_levels_per_second", Math.round(floor));
        figures.put("ratio_to_floor", MeasuredReplay.rounded(taken / floor));
        figures.put("written_ratio_to_floor", MeasuredReplay.rounded(written / floor));
        return figures;
    }

    private static Number number(Map<String, Object> figures, String name) {
        Object value = figures.get(name);
        return value instanceof Number number ? number : 0;
    }

    /** Books may become coarser, never wrong, and nothing may pile up. */
    @SuppressWarnings("try") // what slows Redis is only held open
    private Map<String, Object> slow() throws IOException, TimeoutException, InterruptedException {
        BurstProfile profile = BurstProfile.of(config.levelsPerSecond(), config.seconds());
        empty();
        Map<String, Object> figures;
        WatchedReads reads;
        try (MeasuredReplay replay = new MeasuredReplay(new BurstScript(profile), 1, redis);
                SlowedRedis slowed = new SlowedRedis(redis)) {
            reads = new WatchedReads(profile, redis, replay.venue());
            slowed.start();
            reads.start();
            replay.awaitFirst();
            long heapBefore = heapBytes();
            figures = with("levels_per_second", config.levelsPerSecond(), replay.measure());
            figures.put("heap_growth_bytes", heapBytes() - heapBefore);
            figures.putAll(reads.judge());
        }
        return figures;
    }

    private static long heapBytes() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** What Redis itself spends on one call of a script, by its own account. */
    private double scriptUs() {
        try (Connection connection = redis.connect(REPLY_TIMEOUT_MS)) {
            connection.sendCommand(Command.INFO, "commandstats");
            Matcher found = SCRIPT_TIME.matcher(connection.getBulkReply());
            return found.find() ? Double.parseDouble(found.group(1)) : 0;
        }
    }

    private void empty() {
        try (Connection connection = redis.connect(REPLY_TIMEOUT_MS)) {
            connection.sendCommand(Command.FLUSHALL);
            connection.sendCommand(Command.CONFIG, "RESETSTAT");
            connection.getMany(2);
        }
    }

    private static Map<String, Object> with(String name, Object value, Map<String, Object> figures) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put(name, value);
        all.putAll(figures);
        return all;
    }
}
