package dev.relay.sidecar.redis;

import dev.relay.client.redis.RedisAddress;
import dev.relay.sidecar.net.Backoff;
import dev.relay.sidecar.net.SidecarClock;
import dev.relay.sidecar.redis.RedisPublisher.ServerKeeper;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Connection;
import redis.clients.jedis.exceptions.JedisException;

/**
 * The publisher's connection and its successors: opens one when the last is gone, later and later while that fails, and
 * closes one that keeps the redis thread waiting for more than {@value #REPLY_TIMEOUT_MS} ms. Redis thread, except where
 * it says otherwise.
 */
final class RedisLink implements AutoCloseable {
    static final int REPLY_TIMEOUT_MS = 2_000;

    private static final Logger LOG = LoggerFactory.getLogger(RedisLink.class);

    private final RedisAddress address;
    private final ServerKeeper keeper;
    private final SidecarClock clock;
    private final WriteCounts counts;
    private final Consumer<Connection> greeting;
    private final StallWatch stalls;
    private final Backoff backoff;
    private volatile @Nullable Connection connection;
    private long nextConnectMs;

    /** {@code greeting}: what a fresh connection needs before the first write. */
    RedisLink(
            RedisAddress address,
            ServerKeeper keeper,
            SidecarClock clock,
            WriteCounts counts,
            long seed,
            Consumer<Connection> greeting) {
        this.address = address;
        this.keeper = keeper;
        this.clock = clock;
        this.counts = counts;
        this.greeting = greeting;
        this.backoff = new Backoff(20, 400, 2_000, seed);
        this.stalls = new StallWatch("sidecar-redis-watchdog", clock, REPLY_TIMEOUT_MS, this::onStalled);
    }

    /** Opens a connection and refuses a Redis that cannot hold books. Any thread. */
    static Connection connect(RedisAddress address) {
        Connection first = address.connect(REPLY_TIMEOUT_MS);
        try {
            RedisChecks.refuseUnsuitable(first);
            return first;
        } catch (JedisException | RedisRefused e) {
            closeQuietly(first);
            throw e;
        }
    }

    void adopt(Connection fresh) {
        connection = fresh;
        stalls.begin(clock.monotonicMs());
        greeting.accept(fresh);
        stalls.end();
        backoff.onUp(clock.monotonicMs());
    }

    /** From now on a connection that stalls is closed. */
    void watch() {
        stalls.start();
    }

    @Nullable
    Connection current() {
        return connection;
    }

    /** Any thread. */
    boolean isUp() {
        return connection != null;
    }

    /** How long to wait before the next attempt; at most 0 when it is due. */
    long waitMs() {
        return nextConnectMs - clock.monotonicMs();
    }

    void reconnect() {
        keeper.ensureRunning();
        counts.reconnects.increment();
        adopt(connect(address));
    }

    void onLost(RuntimeException error) {
        disconnect();
        long delayMs = backoff.nextDelayMs(clock.monotonicMs());
        nextConnectMs = clock.monotonicMs() + delayMs;
        LOG.warn("redis_lost address={} problem={} retryInMs={}", address, error.getMessage(), delayMs);
    }

    void disconnect() {
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

    /** From here to {@link #endWait} answers are awaited. */
    void beginWait(long nowMs) {
        stalls.begin(nowMs);
    }

    void endWait() {
        stalls.end();
    }

    /** How long an answer has been waited for, 0 when none is awaited. Any thread. */
    long waitedMs() {
        return Math.max(0, stalls.waitedMs());
    }

    /** On the watch's thread. */
    private void onStalled(long waitedMs) {
        Connection stuck = connection;
        if (stuck != null) {
            LOG.warn("redis_stalled address={} waitedMs={}", address, waitedMs);
            closeQuietly(stuck);
        }
    }

    /** Ends the watch; the connection is closed by its thread. Any thread. */
    @Override
    public void close() {
        stalls.close();
    }
}
