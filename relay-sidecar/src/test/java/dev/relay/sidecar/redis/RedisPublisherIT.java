package dev.relay.sidecar.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.relay.client.redis.BookLevel;
import dev.relay.client.redis.BookReader;
import dev.relay.client.redis.BookView;
import dev.relay.client.redis.BookWatch;
import dev.relay.client.redis.ReadRefused;
import dev.relay.client.redis.RedisAddress;
import dev.relay.client.redis.TapeReader;
import dev.relay.client.redis.TickerView;
import dev.relay.client.redis.TradeView;
import dev.relay.sidecar.book.BookSide;
import dev.relay.sidecar.book.Scale;
import dev.relay.sidecar.net.SidecarClock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;

/** The writer against a real Redis: exactness, losses, a newer writer, unsuitable servers. */
class RedisPublisherIT {
    private static final Duration SOON = Duration.ofSeconds(10);

    @TempDir
    Path dir = Path.of("");

    private RedisServerChild server = new RedisServerChild(Path.of("."));
    private RedisAddress address = server.address();
    private final FakeFeed feed = new FakeFeed();
    private RedisPublisher publisher = publisher(1);

    private RedisPublisher publisher(long epoch) {
        return new RedisPublisher(
                address,
                server,
                new RedisLayout("BINANCE", RedisLayout.DEFAULT_TEMPLATE),
                feed,
                SidecarClock.system(),
                epoch,
                100);
    }

    @BeforeEach
    void start() {
        server = new RedisServerChild(dir);
        server.ensureRunning();
        address = server.address();
        publisher = publisher(1_000);
        publisher.start(RedisPublisher.connect(address));
    }

    @AfterEach
    void stop() {
        publisher.close();
        server.close();
    }

    private void awaitSame() {
        await().atMost(SOON)
                .ignoreExceptions()
                .pollInterval(Duration.ofMillis(5))
                .untilAsserted(() -> {
                    try (BookReader reader = new BookReader(address, "BINANCE")) {
                        BookView book = reader.book(FakeFeed.SYMBOL, 0);
                        assertThat(book.sequence()).isEqualTo(feed.sync.seq());
                        assertThat(texts(book.bids()))
                                .isEqualTo(texts(feed.sync.book().bids()));
                        assertThat(texts(book.asks()))
                                .isEqualTo(texts(feed.sync.book().asks()));
                    }
                });
    }

    private static List<String> texts(List<BookLevel> levels) {
        return levels.stream()
                .map(level ->
                        level.price().toPlainString() + ":" + level.quantity().toPlainString())
                .toList();
    }

    private static List<String> texts(BookSide side) {
        List<String> texts = new ArrayList<>();
        for (int rank = 0; rank < Math.min(100, side.size()); rank++) {
            texts.add(new Scale(2).text(side.price(rank)) + ":" + new Scale(8).text(side.quantity(rank)));
        }
        return texts;
    }

    private ReadRefused.Code refusal() {
        try (BookReader reader = new BookReader(address, "BINANCE")) {
            reader.book(FakeFeed.SYMBOL, 5);
            throw new AssertionError("not refused");
        } catch (ReadRefused refused) {
            return refused.code();
        }
    }

    private Object command(Command command, String... arguments) {
        try (Connection redis = address.connect(1_000)) {
            redis.sendCommand(command, arguments);
            return redis.getOne();
        }
    }

    /** B3 */
    @Test
    void shouldKeepTheExactWindowWhileLevelsEnterAndLeaveIt() {
        feed.goLive();
        publisher.signal();
        awaitSame();
        for (int i = 0; i < 300; i++) {
            feed.move();
            publisher.signal();
            if (i % 10 == 0) {
                awaitSame();
            }
        }
        awaitSame();
        assertThat(publisher.status().errorReplies()).isZero();
        assertThat(new String((byte[]) command(Command.GET, "book:BTC-USDT:top"), StandardCharsets.UTF_8))
                .contains("\"status\":\"LIVE\"");
    }

    /** B7 */
    @Test
    void shouldRewriteTheWholeBookAfterFlushallEvenWhenTheBookIsQuiet() {
        feed.goLive();
        publisher.signal();
        awaitSame();
        command(Command.FLUSHALL);
        awaitSame();
    }

    /** B7 */
    @Test
    void shouldSurviveAKilledRedisAndPublishAgain() {
        feed.goLive();
        publisher.signal();
        awaitSame();
        ProcessHandle.of(server.pid()).orElseThrow().destroyForcibly();
        for (int i = 0; i < 50; i++) {
            feed.move();
            publisher.signal();
        }
        awaitSame();
        assertThat(publisher.status().reconnects()).isPositive();
    }

    @Test
    void shouldMakeAnEndedSyncVisibleAndRefuseReaders() {
        feed.goLive();
        publisher.signal();
        awaitSame();
        feed.sync.onDisconnected();
        publisher.signal();
        await().atMost(SOON).untilAsserted(() -> assertThat(refusal()).isEqualTo(ReadRefused.Code.BOOK_STALE));
        feed.sync.onSubscribed();
        publisher.signal();
        await().atMost(SOON).untilAsserted(() -> assertThat(refusal()).isEqualTo(ReadRefused.Code.BOOK_SYNCING));
    }

    @Test
    void shouldRefuseABookWhoseFeedShowsNoLife() {
        feed.goLive();
        feed.lastFrameAgeMs = 60_000;
        publisher.signal();
        await().atMost(SOON).untilAsserted(() -> assertThat(refusal()).isEqualTo(ReadRefused.Code.BOOK_STALE));
    }

    @Test
    void shouldLetTheLivenessKeyExpireWhenThePublisherStops() {
        feed.goLive();
        publisher.signal();
        awaitSame();
        publisher.close();
        await().atMost(SOON).untilAsserted(() -> assertThat(refusal()).isEqualTo(ReadRefused.Code.SIDECAR_DOWN));
    }

    @Test
    void shouldStopForGoodWhenANewerSidecarWrites() {
        feed.goLive();
        publisher.signal();
        awaitSame();
        RedisPublisher newer = publisher(2_000);
        try {
            feed.goLive();
            newer.start(RedisPublisher.connect(address));
            await().atMost(SOON).until(() -> {
                feed.move();
                newer.signal();
                publisher.signal();
                return publisher.status().isFenced();
            });
            assertThat(newer.status().isFenced()).isFalse();
        } finally {
            newer.close();
        }
    }

    @Test
    void shouldRecoverFromOutOfMemory() {
        feed.goLive();
        publisher.signal();
        awaitSame();
        command(Command.CONFIG, "SET", "maxmemory", "1");
        await().atMost(SOON).until(() -> {
            feed.move();
            publisher.signal();
            return publisher.status().errorReplies() > 0;
        });
        await().atMost(SOON).untilAsserted(() -> assertThat(refusal()).isEqualTo(ReadRefused.Code.REDIS_ERROR));
        await().atMost(SOON).until(() -> command(Command.GET, "sidecar:alive:BINANCE") == null);
        command(Command.CONFIG, "SET", "maxmemory", "0");
        awaitSame();
    }

    @Test
    void shouldTellAWatcherOfEachChangeAndOfItsEnd() throws InterruptedException {
        feed.goLive();
        publisher.signal();
        awaitSame();
        BookReader own = new BookReader(address, "BINANCE");
        try (BookWatch watch = new BookWatch(address, own, FakeFeed.SYMBOL, 10)) {
            long last = watch.next(5_000).version();
            for (int i = 0; i < 20; i++) {
                feed.move();
                publisher.signal();
                BookView book = watch.next(5_000);
                assertThat(book.version()).isGreaterThan(last);
                last = book.version();
            }
            assertThatThrownBy(() -> watch.next(100))
                    .isInstanceOfSatisfying(
                            ReadRefused.class, e -> assertThat(e.code()).isEqualTo(ReadRefused.Code.NO_CHANGE));
            feed.sync.onDisconnected();
            publisher.signal();
            assertThatThrownBy(() -> watch.next(5_000))
                    .isInstanceOfSatisfying(
                            ReadRefused.class, e -> assertThat(e.code()).isEqualTo(ReadRefused.Code.BOOK_STALE));
        }
    }

    @Test
    void shouldWriteMoreBooksThanOneFlushMayHoldInTurns() {
        publisher.close();
        RedisPublisher small = new RedisPublisher(
                address,
                server,
                List.of(new BookSource(new RedisLayout("BINANCE", RedisLayout.DEFAULT_TEMPLATE), feed)),
                SidecarClock.system(),
                5_000,
                100,
                1);
        try {
            small.start(RedisPublisher.connect(address));
            feed.goLive();
            small.signal();
            awaitSame();
            assertThat(small.status().capped()).isPositive();
            assertThat(small.status().maxFlushBytes()).isPositive();
        } finally {
            small.close();
        }
    }

    @Test
    void shouldRefuseTwoVenuesUnderTheSameNames() {
        RedisLayout layout = new RedisLayout("BINANCE", RedisLayout.DEFAULT_TEMPLATE);
        BookSource source = new BookSource(layout, feed);
        assertThatThrownBy(() -> new RedisPublisher(
                        address, server, List.of(source, source), SidecarClock.system(), 1, 100, 1_000))
                .isInstanceOf(RedisRefused.class)
                .hasMessageContaining("LAYOUT_NEEDS_VENUE");
    }

    @Test
    void shouldRefuseARedisThatEvicts() {
        command(Command.CONFIG, "SET", "maxmemory-policy", "allkeys-lru");
        assertThatThrownBy(() -> RedisPublisher.connect(address))
                .isInstanceOf(RedisRefused.class)
                .hasMessageContaining("REDIS_EVICTION");
    }

    @Test
    void shouldAdoptAServerLeftBehindInsteadOfDoublingIt() {
        RedisServerChild second = new RedisServerChild(dir);
        second.ensureRunning();
        assertThat(second.pid()).isEqualTo(-1);
    }

    @Test
    void shouldKeepSetsAsSkiplists() {
        feed.goLive();
        publisher.signal();
        awaitSame();
        byte[] encoding = (byte[]) command(Command.OBJECT, "ENCODING", "book:BTC-USDT:bids");
        assertThat(new String(encoding, StandardCharsets.UTF_8)).isEqualTo("skiplist");
    }

    @Test
    void shouldWriteTradesAndTickersExactlyAndKeepOnlyTheNewestTrades() {
        feed.goLive();
        Scale price = new Scale(2);
        Scale quantity = new Scale(8);
        feed.mailbox.tape().quote(6_400_010, 5_000, 0, 0, 7, 8, price, quantity);
        feed.mailbox.tape().trade(77, 6_400_011, 1, false, 9, price, quantity);
        publisher.signal();
        try (TapeReader reader = new TapeReader(address, "BINANCE")) {
            await().atMost(SOON).until(() -> reader.trades(FakeFeed.SYMBOL, 10).size() == 1);
            TickerView ticker = reader.ticker(FakeFeed.SYMBOL);
            assertThat(ticker.bid().toPlainString()).isEqualTo("64000.1");
            assertThat(ticker.bidQuantity().toPlainString()).isEqualTo("0.00005");
            assertThat(ticker.ask()).isZero();
            TradeView first = reader.trades(FakeFeed.SYMBOL, 10).get(0);
            assertThat(first.price().toPlainString()).isEqualTo("64000.11");
            assertThat(first.venueId()).isEqualTo(77);
            assertThat(first.isBuy()).isFalse();
            assertThat(first.epoch()).isEqualTo(1_000);
            for (int i = 0; i < 30; i++) {
                for (int trade = 0; trade < 100; trade++) {
                    feed.mailbox.tape().trade(-1, 1, 1, true, 1, price, quantity);
                }
                long last = 1 + 100L * (i + 1);
                await().atMost(SOON).until(() -> newest(reader) == last);
            }
            assertThat(reader.tradesAfter(first, 10)).hasSizeLessThanOrEqualTo(10);
            assertThat(reader.trades(FakeFeed.SYMBOL, 10_000)).hasSizeBetween(1_000, 1_300);
            assertThat(feed.mailbox.tape().lost()).isZero();
        }
    }

    private static long newest(TapeReader reader) {
        return reader.trades(FakeFeed.SYMBOL, 1).get(0).number();
    }
}
