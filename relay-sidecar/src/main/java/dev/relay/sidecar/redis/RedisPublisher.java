package dev.relay.sidecar.redis;

import dev.relay.client.redis.RedisAddress;
import dev.relay.sidecar.net.SidecarClock;
import dev.relay.sidecar.venue.MarketFeed;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
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
 * for the next flush, counted); how long a reply is awaited is {@link RedisLink}'s bound, how often Redis is asked while
 * it refuses {@link WriteHealth}'s.
 */
public final class RedisPublisher implements AutoCloseable {
    /** Bytes handed to Redis without waiting for its answers. */
    public static final long DEFAULT_MAX_FLUSH_BYTES = 10_000_000;

    private static final int IDLE_PARK_MS = 20;

    /** Makes sure a server is there to connect to; called on the redis thread before every connect. */
    public interface ServerKeeper {
        void ensureRunning();
    }

    private final RedisAddress address;
    private final SidecarClock clock;
    private final long epoch;
    private final int depth;
    private final long maxFlushBytes;
    private final Thread thread;
    private final RedisLink link;
    private final RedisTime redisTime = new RedisTime();
    private final List<BookSource> sources;
    private final List<VenueWriters> venues;
    private final List<ReplyHandler> outstanding = new ArrayList<>();
    private final WriteCounts counts = new WriteCounts();
    private final WriteHealth health;
    private WriteTimes times = WriteTimes.NONE;
    private volatile boolean isRunning = true;
    private volatile boolean isIdle;
    private volatile boolean isDirty;
    private volatile long largestFlushBytes;

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
        this.clock = clock;
        this.epoch = epoch;
        this.depth = depth;
        this.maxFlushBytes = maxFlushBytes;
        this.sources = List.copyOf(sources);
        this.venues = sources.stream()
                .map(source -> new VenueWriters(source, clock, redisTime, counts, epoch, depth, tap))
                .toList();
        this.health = new WriteHealth(clock, counts, epoch);
        this.link = new RedisLink(address, keeper, clock, counts, epoch, this::greet);
        this.thread = new Thread(this::run, "sidecar-redis");
        this.thread.setDaemon(true);
    }

    /** Opens a connection and refuses a Redis that cannot hold books (code in the exception). Any thread, before start. */
    public static Connection connect(RedisAddress address) {
        return RedisLink.connect(address);
    }

    /** Who is told how long writes take; before {@link #start}. */
    public void measure(WriteTimes newTimes) {
        times = newTimes;
        venues.forEach(venue -> venue.measure(newTimes));
    }

    /** Starts the thread; {@code first} is a connection already checked by {@link #connect}. */
    public void start(Connection first) {
        link.adopt(first);
        thread.start();
        link.watch();
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
                link.isUp(),
                health.isFenced(),
                health.isRefusing(),
                link.waitedMs(),
                health.lastOkAtMs(),
                counts.flushes.sum(),
                counts.bookWrites.sum(),
                counts.fullWrites.sum(),
                counts.levels.sum(),
                counts.errorReplies.sum(),
                counts.resyncs.sum(),
                counts.reconnects.sum(),
                counts.capped.sum(),
                largestFlushBytes,
                health.lastError(),
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
        link.disconnect();
    }

    private void round() {
        Connection redis = link.current();
        if (redis == null) {
            reconnectWhenDue();
            return;
        }
        long pauseMs = health.isFenced() ? IDLE_PARK_MS : health.pauseMs();
        if (pauseMs > 0) {
            park(pauseMs);
            return;
        }
        isDirty = false;
        if (!flush(redis)) {
            parkUnlessDirty();
        }
    }

    private void parkUnlessDirty() {
        isIdle = true;
        if (!isDirty) {
            park(IDLE_PARK_MS);
        }
        isIdle = false;
    }

    private static void park(long waitMs) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(waitMs));
    }

    private boolean flush(Connection redis) {
        outstanding.clear();
        long startNs = clock.monotonicNs();
        link.beginWait(startNs / 1_000_000);
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
        link.endWait();
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
            health.note(outcome, reply);
            reconnect = outcome.needsReconnect() ? outcome : reconnect;
        }
        counts.flushes.increment();
        if (reconnect.needsReconnect()) {
            throw new JedisException("reconnect after " + health.lastError());
        }
    }

    private static Object reply(Connection redis) {
        try {
            return redis.getOne();
        } catch (JedisDataException refused) {
            return refused; // the reply of one call; the next ones follow
        }
    }

    private void reconnectWhenDue() {
        long waitMs = link.waitMs();
        if (waitMs > 0) {
            park(waitMs);
        } else {
            link.reconnect();
        }
    }

    private void greet(Connection fresh) {
        LuaScript.loadAll(fresh);
        BookSource.publishLayout(fresh, sources, address, depth, epoch);
        redisTime.ask(fresh, clock);
        venues.forEach(VenueWriters::onLost);
    }

    private void onConnectionLost(RuntimeException error) {
        health.onConnectionLost(error);
        link.onLost(error);
        venues.forEach(VenueWriters::onLost);
    }

    @Override
    public void close() {
        isRunning = false;
        LockSupport.unpark(thread);
        link.close();
        try {
            thread.join(RedisLink.REPLY_TIMEOUT_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
