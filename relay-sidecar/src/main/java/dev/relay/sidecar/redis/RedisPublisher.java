package dev.relay.sidecar.redis;

import dev.relay.client.redis.RedisAddress;
import dev.relay.sidecar.book.BookMailbox;
import dev.relay.sidecar.net.Backoff;
import dev.relay.sidecar.net.SidecarClock;
import dev.relay.sidecar.venue.MarketFeed;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * The redis thread: the only owner of the Redis connection. Each round it takes the newest image of every changed book,
 * sends all scripts in one pipeline, reads and judges every reply, then runs ordered tasks of others. What changes
 * meanwhile is conflated in the mailboxes, so a slow Redis makes books coarser and grows no queue here.
 *
 * <p>Every loss (connection, FLUSHALL, restart, error reply) ends in a whole write of the books concerned. A FENCED
 * answer ends all writing for good. Bounded: {@value #MAX_TASKS} tasks waiting ({@link #offer} then refuses), a reply
 * awaited at most {@value #REPLY_TIMEOUT_MS} ms (the watchdog then closes the connection).
 */
public final class RedisPublisher implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RedisPublisher.class);
    private static final int MAX_TASKS = 10_000;
    private static final int REPLY_TIMEOUT_MS = 2_000;
    private static final int ALIVE_EVERY_MS = 200;
    private static final int ALIVE_LIFETIME_MS = 800;
    private static final int FEED_DEAD_MS = 2_000;
    private static final int IDLE_PARK_MS = 20;

    /** Makes sure a server is there to connect to; called on the redis thread before every connect. */
    public interface ServerKeeper {
        void ensureRunning();
    }

    private final RedisAddress address;
    private final ServerKeeper keeper;
    private final RedisLayout layout;
    private final MarketFeed feed;
    private final SidecarClock clock;
    private final long epoch;
    private final int depth;
    private final Thread thread;
    private final Thread watchdog;
    private final ArrayBlockingQueue<RedisTask> tasks = new ArrayBlockingQueue<>(MAX_TASKS);
    private final List<RedisTask> onConnect = new CopyOnWriteArrayList<>();
    private final Map<BookMailbox, BookWriter> writers = new LinkedHashMap<>();
    private final List<BookWriter> outstanding = new ArrayList<>();
    private final Backoff backoff;
    private volatile boolean isRunning = true;
    private volatile boolean isIdle;
    private volatile boolean isDirty;
    private volatile @Nullable Connection connection;
    private volatile long waitingSinceMs = -1;
    private volatile RedisStatus status = RedisStatus.INITIAL;
    private @Nullable RedisTask current;
    private long nextAliveMs;
    private long nextConnectMs;
    private boolean isFenced;
    private long lastOkAtMs;
    private long flushes;
    private long bookWrites;
    private long fullWrites;
    private long errorReplies;
    private long reconnects;
    private String lastError = "";

    public RedisPublisher(
            RedisAddress address,
            ServerKeeper keeper,
            RedisLayout layout,
            MarketFeed feed,
            SidecarClock clock,
            long epoch,
            int depth) {
        this.address = address;
        this.keeper = keeper;
        this.layout = layout;
        this.feed = feed;
        this.clock = clock;
        this.epoch = epoch;
        this.depth = depth;
        this.backoff = new Backoff(50, 1_000, 2_000, epoch);
        this.thread = new Thread(this::run, "sidecar-redis");
        this.thread.setDaemon(true);
        this.watchdog = new Thread(this::watch, "sidecar-redis-watchdog");
        this.watchdog.setDaemon(true);
    }

    /** Opens a connection and refuses a Redis that cannot hold books (code in the exception). Any thread, before start. */
    public static Connection connect(RedisAddress address) {
        Connection first = address.connect(REPLY_TIMEOUT_MS);
        try {
            RedisChecks.refuseUnsuitable(first);
            return first;
        } catch (RedisRefused e) {
            closeQuietly(first);
            throw e;
        }
    }

    /** Starts the thread; {@code first} is a connection already checked by {@link #connect}. */
    public void start(Connection first) {
        adopt(first);
        thread.start();
        watchdog.start();
    }

    /** Any thread: something changed. Cheap when the redis thread is busy anyway. */
    public void signal() {
        isDirty = true;
        if (isIdle) {
            isIdle = false;
            LockSupport.unpark(thread);
        }
    }

    /** Any thread: adds ordered work. False: too much is waiting, nothing was added. */
    public boolean offer(RedisTask task) {
        boolean accepted = tasks.offer(task);
        signal();
        return accepted;
    }

    /** Before start: a task run first on every new connection (load scripts, rebuild state). */
    public void runOnConnect(RedisTask task) {
        onConnect.add(task);
    }

    /** The epoch all writes carry. */
    public long epoch() {
        return epoch;
    }

    public RedisStatus status() {
        return status;
    }

    public int waitingTasks() {
        return tasks.size();
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
        isDirty = false;
        boolean worked = !isFenced && flush(redis);
        worked |= runTasks(redis);
        publishStatus();
        if (!worked) {
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
        syncWriters();
        long lifeAgeMs = feed.lastFrameAgeMs() == Long.MAX_VALUE ? 1_000_000_000L : feed.lastFrameAgeMs();
        outstanding.clear();
        waitingSinceMs = clock.monotonicMs();
        for (BookWriter writer : writers.values()) {
            byte[][] call = writer.next(lifeAgeMs, clock.wallMs());
            if (call != null) {
                redis.sendCommand(Command.EVALSHA, call);
                outstanding.add(writer);
            }
        }
        boolean renews = sendAliveWhenDue(redis, lifeAgeMs);
        int expected = outstanding.size() + (renews ? 1 : 0);
        if (expected > 0) {
            judge(redis.getMany(expected), renews);
        }
        waitingSinceMs = -1;
        return !outstanding.isEmpty();
    }

    private void syncWriters() {
        List<BookMailbox> mailboxes = feed.mailboxes();
        if (mailboxes.size() != writers.size()) {
            for (BookMailbox mailbox : mailboxes) {
                writers.computeIfAbsent(mailbox, key -> new BookWriter(layout, key, epoch, depth));
            }
        }
    }

    private boolean sendAliveWhenDue(Connection redis, long lifeAgeMs) {
        long nowMs = clock.monotonicMs();
        if (nowMs < nextAliveMs || feed.loopAgeMs() > FEED_DEAD_MS) {
            return false;
        }
        nextAliveMs = nowMs + ALIVE_EVERY_MS;
        Arguments arguments = new Arguments().add(LuaScript.ALIVE.sha()).add(writers.size() + 1);
        arguments.add(layout.alive());
        writers.values().forEach(writer -> arguments.add(writer.metaKey()));
        arguments.add(epoch).add(ALIVE_LIFETIME_MS).add(lifeAgeMs);
        writers.values().forEach(writer -> arguments.add(writer.ver()));
        redis.sendCommand(Command.EVALSHA, arguments.toArray());
        return true;
    }

    private void judge(List<Object> replies, boolean renews) {
        boolean reconnect = false;
        for (int i = 0; i < outstanding.size(); i++) {
            WriteOutcome outcome = outstanding.get(i).onReply(replies.get(i));
            note(outcome, replies.get(i));
            reconnect |= outcome.needsReconnect();
        }
        if (renews) {
            reconnect |= judgeAlive(replies.get(replies.size() - 1));
        }
        flushes++;
        bookWrites += outstanding.size();
        if (reconnect) {
            throw new JedisException("reconnect after " + lastError);
        }
    }

    private boolean judgeAlive(Object reply) {
        if (reply instanceof List<?> strange) {
            List<BookWriter> all = new ArrayList<>(writers.values());
            for (Object position : strange) {
                all.get(Math.toIntExact((Long) position)).onLost();
                fullWrites++;
            }
            lastOkAtMs = clock.monotonicMs();
            return false;
        }
        WriteOutcome outcome = WriteOutcome.of(reply);
        note(outcome, reply);
        return outcome.needsReconnect();
    }

    private void note(WriteOutcome outcome, Object reply) {
        if (outcome == WriteOutcome.OK) {
            lastOkAtMs = clock.monotonicMs();
        } else if (outcome == WriteOutcome.FENCED) {
            isFenced = true;
            lastError = "FENCED";
            LOG.error("fenced epoch={} action=all_writes_stopped", epoch);
        } else {
            errorReplies++;
            fullWrites++;
            lastError = outcome + (reply instanceof JedisDataException e ? " " + e.getMessage() : "");
            LOG.warn("redis_reply outcome={} error={}", outcome, lastError);
        }
    }

    private boolean runTasks(Connection redis) {
        boolean worked = false;
        while (isRunning) {
            RedisTask task = current != null ? current : tasks.poll();
            if (task == null) {
                return worked;
            }
            current = task;
            runTask(redis, task);
            current = null;
            worked = true;
            if (clock.monotonicMs() >= nextAliveMs) {
                return true; // liveness and books have their turn between tasks
            }
        }
        return worked;
    }

    private void runTask(Connection redis, RedisTask task) {
        waitingSinceMs = clock.monotonicMs();
        try {
            task.run(redis);
        } catch (JedisDataException e) {
            errorReplies++;
            lastError = String.valueOf(e.getMessage());
            task.onFailed(e);
        } finally {
            waitingSinceMs = -1;
        }
    }

    private void reconnectWhenDue() {
        long waitMs = nextConnectMs - clock.monotonicMs();
        if (waitMs > 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(waitMs));
            return;
        }
        keeper.ensureRunning();
        reconnects++;
        Connection fresh = address.connect(REPLY_TIMEOUT_MS);
        try {
            RedisChecks.refuseUnsuitable(fresh);
            adopt(fresh);
        } catch (RedisRefused e) {
            closeQuietly(fresh);
            throw e;
        }
    }

    private void adopt(Connection fresh) {
        connection = fresh;
        waitingSinceMs = clock.monotonicMs();
        LuaScript.loadAll(fresh);
        publishLayout(fresh);
        for (RedisTask task : onConnect) {
            task.run(fresh);
        }
        waitingSinceMs = -1;
        writers.values().forEach(BookWriter::onLost);
        backoff.onUp(clock.monotonicMs());
        nextAliveMs = 0;
    }

    private void publishLayout(Connection redis) {
        redis.sendCommand(
                Command.HSET,
                RedisLayout.LAYOUT_KEY,
                "template",
                layout.template(),
                "venues",
                layout.venue(),
                "depth",
                Integer.toString(depth),
                "epoch",
                Long.toString(epoch));
        redis.getOne();
    }

    private void onConnectionLost(RuntimeException error) {
        lastError = String.valueOf(error.getMessage());
        disconnect();
        writers.values().forEach(BookWriter::onLost);
        long delayMs = backoff.nextDelayMs(clock.monotonicMs());
        nextConnectMs = clock.monotonicMs() + delayMs;
        LOG.warn("redis_lost address={} problem={} retryInMs={}", address, lastError, delayMs);
        publishStatus();
    }

    private void disconnect() {
        waitingSinceMs = -1;
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

    private void publishStatus() {
        Map<String, Long> written = new HashMap<>();
        writers.values().forEach(writer -> written.put(writer.symbol(), writer.writtenFrames()));
        status = new RedisStatus(
                connection != null,
                isFenced,
                lastOkAtMs,
                flushes,
                bookWrites,
                fullWrites,
                errorReplies,
                reconnects,
                lastError,
                written);
    }

    /** A Unix socket has no read timeout: closing the connection from here ends a read that takes too long. */
    private void watch() {
        while (isRunning) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
            long since = waitingSinceMs;
            Connection stuck = connection;
            if (since >= 0 && stuck != null && clock.monotonicMs() - since > REPLY_TIMEOUT_MS) {
                LOG.warn("redis_stalled address={} waitedMs={}", address, clock.monotonicMs() - since);
                closeQuietly(stuck);
            }
        }
    }

    @Override
    public void close() {
        isRunning = false;
        LockSupport.unpark(thread);
        LockSupport.unpark(watchdog);
        try {
            thread.join(REPLY_TIMEOUT_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
