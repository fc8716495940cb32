package dev.relay.sidecar.redis;

import dev.relay.sidecar.book.BookMailbox;
import dev.relay.sidecar.net.SidecarClock;
import dev.relay.sidecar.venue.MarketFeed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.Connection;

/**
 * The writers of one venue's books and its liveness key. Redis thread only, except {@link #all}. Grows with the feed's
 * mailboxes, whose number the configuration bounds.
 */
final class VenueWriters implements ReplyHandler {
    static final int ALIVE_EVERY_MS = 200;
    private static final int ALIVE_LIFETIME_MS = 800;
    private static final int FEED_DEAD_MS = 2_000;

    private final RedisLayout layout;
    private final MarketFeed feed;
    private final SidecarClock clock;
    private final RedisTime redisTime;
    private final long epoch;
    private final int depth;
    private final WriteTap tap;
    private final WriteCounts counts;
    private final Map<BookMailbox, BookWriter> known = new HashMap<>();
    private final Arguments arguments = new Arguments();
    private final List<TapeWriter> tapes = new ArrayList<>();
    private volatile List<BookWriter> writers = List.of();
    private WriteTimes times = WriteTimes.NONE;
    private long nextAliveMs;
    private int turn;

    VenueWriters(
            BookSource source,
            SidecarClock clock,
            RedisTime redisTime,
            WriteCounts counts,
            long epoch,
            int depth,
            WriteTap tap) {
        this.tap = tap;
        this.layout = source.layout();
        this.feed = source.feed();
        this.clock = clock;
        this.redisTime = redisTime;
        this.counts = counts;
        this.epoch = epoch;
        this.depth = depth;
    }

    /** Before the first write. */
    void measure(WriteTimes newTimes) {
        times = newTimes;
    }

    /** Any thread. */
    List<BookWriter> all() {
        return writers;
    }

    void onLost() {
        writers.forEach(BookWriter::onLost);
        tapes.forEach(TapeWriter::onLost);
        nextAliveMs = 0;
    }

    /**
     * Sends a script for each changed book while {@code maxBytes} are not spent, in turns, so that none waits for ever.
     * Returns the bytes sent; what is left is conflated into the next flush.
     */
    long send(Connection redis, long maxBytes, List<ReplyHandler> outstanding) {
        adoptNewBooks();
        List<BookWriter> current = writers;
        long aliveAtMs = aliveAtMs();
        long bytes = 0;
        for (int i = 0; i < current.size(); i++) {
            if (bytes >= maxBytes) {
                turn = (turn + i) % current.size();
                return bytes;
            }
            BookWriter writer = current.get((turn + i) % current.size());
            CommandArguments call = writer.next(aliveAtMs, clock.wallMs());
            if (call != null) {
                redis.sendCommand(call);
                redis.getMany(0); // reads nothing and flushes: Redis writes this book while the next call is made
                outstanding.add(writer);
                bytes += writer.callBytes();
                counts.bookWrites.increment();
                counts.levels.add(writer.levels());
                counts.fullWrites.add(writer.isFull() ? 1 : 0);
            }
        }
        return bytes + sendTapes(redis, maxBytes - bytes, outstanding);
    }

    /** Trades and tickers come after the books, with what is left. */
    private long sendTapes(Connection redis, long maxBytes, List<ReplyHandler> outstanding) {
        long bytes = 0;
        for (TapeWriter tape : tapes) {
            CommandArguments call = bytes < maxBytes ? tape.next(clock.monotonicMs()) : null;
            if (call != null) {
                redis.sendCommand(call);
                outstanding.add(tape);
                bytes += arguments.bytes();
            }
        }
        return bytes;
    }

    private void adoptNewBooks() {
        List<BookMailbox> mailboxes = feed.mailboxes();
        if (mailboxes.size() == writers.size()) {
            return;
        }
        List<BookWriter> grown = new ArrayList<>(mailboxes.size());
        for (BookMailbox mailbox : mailboxes) {
            grown.add(known.computeIfAbsent(mailbox, this::adopt));
        }
        writers = List.copyOf(grown);
    }

    private BookWriter adopt(BookMailbox mailbox) {
        tapes.add(new TapeWriter(layout, mailbox, epoch, arguments));
        return new BookWriter(layout, mailbox, epoch, depth, tap, this::readable, arguments);
    }

    private void readable(long receivedAtMs) {
        times.readable(Math.max(0, clock.wallMs() - receivedAtMs));
    }

    /** When the feed last proved to be alive, by the Redis clock. */
    private long aliveAtMs() {
        long ageMs = feed.lastFrameAgeMs();
        return ageMs == Long.MAX_VALUE ? 0 : redisTime.at(clock.monotonicMs() - ageMs);
    }

    /** Renews the liveness key when it is time and the feed's thread works. True: one more reply to come. */
    boolean sendAliveWhenDue(Connection redis) {
        long nowMs = clock.monotonicMs();
        if (nowMs < nextAliveMs || feed.loopAgeMs() > FEED_DEAD_MS) {
            return false;
        }
        nextAliveMs = nowMs + ALIVE_EVERY_MS;
        List<BookWriter> current = writers;
        arguments.clear().add(LuaScript.ALIVE.sha()).add(current.size() + 1).add(layout.alive());
        current.forEach(writer -> arguments.add(writer.metaKey()));
        arguments.add(epoch).add(ALIVE_LIFETIME_MS).add(redisTime.at(nowMs)).add(aliveAtMs());
        current.forEach(writer -> arguments.add(writer.ver()));
        redis.sendCommand(arguments.call());
        return true;
    }

    /** The answer to a renewal: Redis' time, then the positions of books that are not as last written. */
    @Override
    public WriteOutcome onReply(Object reply) {
        if (!(reply instanceof List<?> answer)) {
            return WriteOutcome.of(reply);
        }
        redisTime.onTime((Long) answer.get(0), clock.monotonicMs());
        List<BookWriter> current = writers;
        for (Object position : answer.subList(1, answer.size())) {
            current.get(Math.toIntExact((Long) position)).onLost();
        }
        return answer.size() == 1 ? WriteOutcome.OK : WriteOutcome.RESYNC;
    }
}
