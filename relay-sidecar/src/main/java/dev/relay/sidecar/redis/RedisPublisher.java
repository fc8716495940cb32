package dev.relay.sidecar.redis;

import dev.relay.client.redis.RedisAddress;
import dev.relay.sidecar.net.Backoff;
import dev.relay.sidecar.net.SidecarClock;
import dev.relay.sidecar.venue.MarketFeed;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Connection;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * The redis thread: the only owner of the books' Redis connection. Each round it takes the newest image of every changed
 * book, sends all scripts in one pipeline, then reads and judges every reply. What changes meanwhile is conflated in the
 * mailboxes, so a slow Redis makes books coarser and grows no queue here.
 *
 * <p>Every loss (connection, FLUSHALL, restart, error reply) ends in a whole write of the books concerned. A FENCED
 * answer ends all writing for good. Bounded: {@code maxFlushBytes} handed over without an answer (the other books wait
 * for the next flush, counted), a reply awaited at most {@value #REPLY_TIMEOUT_MS} ms (the watchdog then closes the
 * connection), one attempt per {@value #ERROR_PAUSE_MS} ms while Redis refuses.
 */
public final class RedisPublisher implements AutoCloseable {
    /** Bytes handed to Redis without waiting for its answers. */
    public static final long DEFAULT_MAX_FLUSH_BYTES = 10_000_000;

    private static final Logger LOG = LoggerFactory.getLogger(RedisPublisher.class);
    private static final int REPLY_TIMEOUT_MS = 2_000;
    private static final int ERROR_PAUSE_MS = 50;
    private static final int ERROR_LOG_EVERY_MS = 5_000;
    private static final int IDLE_PARK_MS = 20;

    /** Makes sure a server is there to connect to; called on the redis thread before every connect. */
    public interface ServerKeeper {
        void ensureRunning();
    }

    private final RedisAddress address;
    private final ServerKeeper keeper;
    private final SidecarClock clock;
    private final long epoch;
    private final int depth;
    private final long maxFlushBytes;
    private final Thread thread;
    private final StallWatch stalls;
    private final RedisTime redisTime = new RedisTime();
    private final List<BookSource> sources;
    private final List<VenueWriters> venues;
    private final List<ReplyHandler> outstanding = new ArrayList<>();
    private final WriteCounts counts = new WriteCounts();
    private final Backoff backoff;
    private WriteTimes times = WriteTimes.NONE;
    private volatile boolean isRunning = true;
    private volatile boolean isIdle;
    private volatile boolean isDirty;
    private volatile @Nullable Connection connection;
    private volatile boolean isFenced;
    private volatile long lastOkAtMs;
    private volatile long largestFlushBytes;
    private volatile String lastError = "";
    private volatile boolean isRefusing;
    private long nextConnectMs;
    private long pausedUntilMs;
    private long nextErrorLogMs;

    public RedisPublisher(
            RedisAddress address,
            ServerKeeper keeper,
            RedisLayout layout,
            MarketFeed feed,
            SidecarClock clock,
            long epoch,
            int depth) {
        this(address, keeper, List.of(new BookSource(layout, feed)), clock, epoch, depth, DEFAULT_MAX_FLUSH_BYTES);
    }

    /** @throws RedisRefused LAYOUT_NEEDS_VENUE when several venues would write under the same names */
    public RedisPublisher(
            RedisAddress address,
            ServerKeeper keeper,
            List<BookSource> sources,
            SidecarClock clock,
            long epoch,
            int depth,
            long maxFlushBytes) {
        this(address, keeper, sources, clock, epoch, depth, maxFlushBytes, WriteTap.NONE);
    }

    /** @throws RedisRefused as above */
    public RedisPublisher(
            RedisAddress address,
            ServerKeeper keeper,
            List<BookSource> sources,
            SidecarClock clock,
            long epoch,
            int depth,
            long maxFlushBytes,
            WriteTap tap) {
        BookSource.refuseSharedNames(sources);
        this.address = address;
        this.keeper = keeper;
        this.clock = clock;
        this.epoch = epoch;
        this.depth = depth;
        this.maxFlushBytes = maxFlushBytes;
        this.sources = List.copyOf(sources);
        this.venues = sources.stream()
                .map(source -> new VenueWriters(source, clock, redisTime, counts, epoch, depth, tap))
                .toList();
        this.backoff = new Backoff(20, 400, 2_000, epoch);
        this.thread = new Thread(this::run, "sidecar-redis");
        this.thread.setDaemon(true);
        this.stalls = new StallWatch("sidecar-redis-watchdog", clock, REPLY_TIMEOUT_MS, this::onStalled);
    }

    /** Opens a connection and refuses a Redis that cannot hold books (code in the exception). Any thread, before start. */
    public static Connection connect(RedisAddress address) {
        Connection first = address.connect(REPLY_TIMEOUT_MS);
        try {
            RedisChecks.refuseUnsuitable(first);
            return first;
        } catch (JedisException | RedisRefused e) {
            closeQuietly(first);
            throw e;
        }
    }

    /** Who is told how long writes take; before {@link #start}. */
    public void measure(WriteTimes newTimes) {
        times = newTimes;
        venues.forEach(venue -> venue.measure(newTimes));
    }

    /** Starts the thread; {@code first} is a connection already checked by {@link #connect}. */
    public void start(Connection first) {
        adopt(first);
        thread.start();
        stalls.start();
    }

    /** Any thread: something changed. Cheap when the redis thread is busy anyway. */
    public void signal() {
        isDirty = true;
        if (isIdle) {
            isIdle = false;
            LockSupport.unpark(thread);
        }
    }

    /** The epoch all writes carry. */
    public long epoch() {
        return epoch;
    }

    /** Any thread. */
    public RedisStatus status() {
        Map<String, Long> written = new HashMap<>();
        venues.forEach(venue -> venue.all().forEach(book -> written.put(book.symbol(), book.writtenFrames())));
        return new RedisStatus(
                connection != null,
                isFenced,
                isRefusing,
                Math.max(0, stalls.waitedMs()),
                lastOkAtMs,
                counts.flushes.sum(),
                counts.bookWrites.sum(),
                counts.fullWrites.sum(),
                counts.levels.sum(),
                counts.errorReplies.sum(),
                counts.resyncs.sum(),
                counts.reconnects.sum(),
                counts.capped.sum(),
                largestFlushBytes,
                lastError,
                written);
    }

    private void run() {
        while (isRunning) {
            try {
                round();
            } catch (JedisException | RedisRefused | UncheckedIOException e) {
                onConnectionLost(e);
            }
        }
        disconnect();
    }

    private void round() {
        Connection redis = connection;
        if (redis == null) {
            reconnectWhenDue();
            return;
        }
        long pauseMs = pausedUntilMs - clock.monotonicMs();
        if (isFenced || pauseMs > 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(isFenced ? IDLE_PARK_MS : pauseMs));
            return;
        }
        isDirty = false;
        if (!flush(redis)) {
            park();
        }
    }

    private void park() {
        isIdle = true;
        if (!isDirty) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(IDLE_PARK_MS));
        }
        isIdle = false;
    }

    private boolean flush(Connection redis) {
        outstanding.clear();
        long startNs = clock.monotonicNs();
        stalls.begin(startNs / 1_000_000);
        long bytes = 0;
        for (VenueWriters venue : venues) {
            bytes += venue.send(redis, maxFlushBytes - bytes, outstanding);
            if (venue.sendAliveWhenDue(redis)) {
                outstanding.add(venue);
            }
        }
        noteSize(bytes);
        if (!outstanding.isEmpty()) {
            judge(redis);
            times.flushed(clock.monotonicNs() - startNs);
        }
        stalls.end();
        return !outstanding.isEmpty();
    }

    private void noteSize(long bytes) {
        largestFlushBytes = Math.max(largestFlushBytes, bytes);
        if (bytes >= maxFlushBytes) {
            counts.capped.increment();
        }
    }

    /** Each reply when it comes: the first book of a flush is confirmed while Redis still writes the last. */
    private void judge(Connection redis) {
        WriteOutcome reconnect = WriteOutcome.OK;
        for (int i = 0; i < outstanding.size(); i++) {
            Object reply = reply(redis);
            WriteOutcome outcome = outstanding.get(i).onReply(reply);
            note(outcome, reply);
            reconnect = outcome.needsReconnect() ? outcome : reconnect;
        }
        counts.flushes.increment();
        if (reconnect.needsReconnect()) {
            throw new JedisException("reconnect after " + lastError);
        }
    }

    private static Object reply(Connection redis) {
        try {
            return redis.getOne();
        } catch (JedisDataException refused) {
            return refused; // the reply of one call; the next ones follow
        }
    }

    private void note(WriteOutcome outcome, Object reply) {
        switch (outcome) {
            case OK -> noteOk();
            case RESYNC -> {
                noteOk();
                counts.resyncs.increment();
            }
            case FENCED -> {
                isFenced = true;
                lastError = "FENCED";
                LOG.error("fenced epoch={} action=all_writes_stopped", epoch);
            }
            default -> noteError(outcome, reply);
        }
    }

    private void noteOk() {
        lastOkAtMs = clock.monotonicMs();
        isRefusing = false;
    }

    private void noteError(WriteOutcome outcome, Object reply) {
        counts.errorReplies.increment();
        isRefusing = true;
        lastError = outcome + (reply instanceof JedisDataException e ? " " + e.getMessage() : "");
        long nowMs = clock.monotonicMs();
        if (outcome.needsPause()) {
            pausedUntilMs = nowMs + ERROR_PAUSE_MS;
        }
        if (nowMs >= nextErrorLogMs) {
            nextErrorLogMs = nowMs + ERROR_LOG_EVERY_MS;
            LOG.warn("redis_reply outcome={} errors={} error={}", outcome, counts.errorReplies.sum(), lastError);
        }
    }

    private void reconnectWhenDue() {
        long waitMs = nextConnectMs - clock.monotonicMs();
        if (waitMs > 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(waitMs));
            return;
        }
        keeper.ensureRunning();
        counts.reconnects.increment();
        adopt(connect(address));
    }

    private void adopt(Connection fresh) {
        connection = fresh;
        stalls.begin(clock.monotonicMs());
        LuaScript.loadAll(fresh);
        BookSource.publishLayout(fresh, sources, address, depth, epoch);
        redisTime.ask(fresh, clock);
        stalls.end();
        venues.forEach(VenueWriters::onLost);
        backoff.onUp(clock.monotonicMs());
    }

    private void onConnectionLost(RuntimeException error) {
        lastError = String.valueOf(error.getMessage());
        disconnect();
        venues.forEach(VenueWriters::onLost);
        long delayMs = backoff.nextDelayMs(clock.monotonicMs());
        nextConnectMs = clock.monotonicMs() + delayMs;
        LOG.warn("redis_lost address={} problem={} retryInMs={}", address, lastError, delayMs);
    }

    private void disconnect() {
        stalls.end();
        Connection old = connection;
        connection = null;
        if (old != null) {
            closeQuietly(old);
        }
    }

    private static void closeQuietly(Connection old) {
        try {
            old.close();
        } catch (JedisException e) {
            LOG.debug("redis_close problem={}", e.getMessage());
        }
    }

    private void onStalled(long waitedMs) {
        Connection stuck = connection;
        if (stuck != null) {
            LOG.warn("redis_stalled address={} waitedMs={}", address, waitedMs);
            closeQuietly(stuck);
        }
    }

    @Override
    public void close() {
        isRunning = false;
        LockSupport.unpark(thread);
        stalls.close();
        try {
            thread.join(REPLY_TIMEOUT_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
