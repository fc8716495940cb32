package dev.relay.client.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigDecimal;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisConnectionException;

/** The readers against a real Redis. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReadersIT {
    @SuppressWarnings("NullAway.Init")
    private RedisServer redis;

    @BeforeAll
    void start() throws IOException {
        redis = new RedisServer();
    }

    @AfterAll
    void stop() {
        redis.close();
    }

    @BeforeEach
    void empty() {
        redis.write(Command.FLUSHALL);
    }

    private void writeBook(String status, String bidCount, long aliveMs) {
        redis.write(Command.ZADD, "book:BTCUSDT:bids", "64000.10", "64000.10:1.50", "64000.00", "64000.00:2");
        redis.write(Command.ZADD, "book:BTCUSDT:asks", "64000.20", "64000.20:0.00000001");
        redis.write(
                Command.HSET,
                "book:BTCUSDT:meta",
                "ver",
                "7",
                "epoch",
                "3",
                "seq",
                "99",
                "status",
                status,
                "nb",
                bidCount,
                "na",
                "1",
                "alive",
                Long.toString(aliveMs),
                "proven",
                "100",
                "frames",
                "5",
                "ts_exch",
                "1");
        redis.write(Command.SET, "sidecar:alive:BINANCE", "1", "PX", "60000");
    }

    private BookView book() {
        try (BookReader books = new BookReader(redis.address, "BINANCE")) {
            return books.book("BTCUSDT", 0);
        }
    }

    @Test
    void shouldReadAgainAfterTheConnectionWasCut() {
        writeBook("LIVE", "2", redis.timeMs());
        redis.write(Command.HSET, "position:acct:BTCUSDT", "quantity", "1", "average_cost", "2", "realised_pnl", "3");
        try (BookReader books = new BookReader(redis.address, "BINANCE");
                OrderReader orders = new OrderReader(redis.address, "acct");
                PositionReader positions = new PositionReader(redis.address, "acct")) {
            books.book("BTCUSDT", 0);
            orders.open();
            positions.position("BTCUSDT");
            redis.write(Command.CLIENT, "KILL", "TYPE", "normal", "SKIPME", "yes");
            assertThatThrownBy(() -> books.book("BTCUSDT", 0)).isInstanceOf(JedisConnectionException.class);
            assertThatThrownBy(orders::open).isInstanceOf(JedisConnectionException.class);
            assertThatThrownBy(() -> positions.position("BTCUSDT")).isInstanceOf(JedisConnectionException.class);
            assertThat(books.book("BTCUSDT", 0).bids()).hasSize(2);
            assertThat(orders.open()).isEmpty();
            assertThat(positions.position("BTCUSDT").quantity()).isEqualByComparingTo("1");
        }
    }

    @Test
    void shouldReadABookExactAndBestFirst() {
        writeBook("LIVE", "2", redis.timeMs());
        BookView book = book();
        assertThat(book.bids())
                .extracting(level -> level.price().toPlainString())
                .containsExactly("64000.10", "64000.00");
        assertThat(book.asks().get(0).quantity()).isEqualTo(new BigDecimal("0.00000001"));
        assertThat(book.version()).isEqualTo(7);
        assertThat(book.epoch()).isEqualTo(3);
    }

    @Test
    void shouldRefuseABookThatMayNotBeUsed() {
        assertRefused(ReadRefused.Code.NO_SUCH_BOOK);
        writeBook("STALE", "2", redis.timeMs());
        assertRefused(ReadRefused.Code.BOOK_STALE);
        writeBook("SYNCING", "2", redis.timeMs());
        assertRefused(ReadRefused.Code.BOOK_SYNCING);
        writeBook("LIVE", "3", redis.timeMs());
        assertRefused(ReadRefused.Code.BOOK_MALFORMED);
        writeBook("LIVE", "2", redis.timeMs() - 60_000);
        assertRefused(ReadRefused.Code.BOOK_STALE);
        writeBook("LIVE", "2", redis.timeMs());
        redis.write(Command.DEL, "sidecar:alive:BINANCE");
        assertRefused(ReadRefused.Code.SIDECAR_DOWN);
    }

    private void assertRefused(ReadRefused.Code code) {
        assertThatThrownBy(this::book)
                .isInstanceOfSatisfying(
                        ReadRefused.class, refused -> assertThat(refused.code()).isEqualTo(code));
    }

    @Test
    void shouldReadOneOrderAndAllOpenOnes() {
        redis.write(
                Command.HSET,
                "order:main:abc",
                "venue_order_id",
                "77",
                "symbol",
                "BTCUSDT",
                "side",
                "BUY",
                "type",
                "LIMIT",
                "state",
                "PARTIALLY_FILLED",
                "price",
                "64000.10",
                "quantity",
                "1.50",
                "cumulative",
                "0.50",
                "average_price",
                "64000.05");
        redis.write(Command.SADD, "orders:main:open", "abc", "ended-between-the-reads");
        try (OrderReader orders = new OrderReader(redis.address, "main")) {
            OrderRecord order = orders.order("abc");
            assertThat(order.state()).isEqualTo("PARTIALLY_FILLED");
            assertThat(order.price()).isEqualTo(new BigDecimal("64000.10"));
            assertThat(order.cumulative()).isEqualTo(new BigDecimal("0.50"));
            assertThat(order.fields()).containsEntry("venue_order_id", "77");
            assertThat(orders.open()).extracting(OrderRecord::clientOrderId).containsExactly("abc");
            assertThatThrownBy(() -> orders.order("none"))
                    .isInstanceOfSatisfying(
                            ReadRefused.class,
                            refused -> assertThat(refused.code()).isEqualTo(ReadRefused.Code.NO_SUCH_ORDER));
        }
    }

    @Test
    void shouldReadPositionsAndBalances() {
        redis.write(
                Command.HSET,
                "position:main:BTCUSDT",
                "quantity",
                "-0.5",
                "average_cost",
                "64000.1",
                "realised_pnl",
                "3",
                "fee:BNB",
                "0.01");
        redis.write(Command.HSET, "balance:main:USDT", "free", "100.50", "locked", "2");
        try (PositionReader positions = new PositionReader(redis.address, "main")) {
            PositionReader.PositionRecord position = positions.position("BTCUSDT");
            assertThat(position.quantity()).isEqualTo(new BigDecimal("-0.5"));
            assertThat(position.fees()).containsEntry("BNB", new BigDecimal("0.01"));
            assertThat(positions.balance("USDT").free()).isEqualTo(new BigDecimal("100.50"));
            assertThat(positions.balance("NONE").free()).isZero();
            assertThatThrownBy(() -> positions.position("NONE"))
                    .isInstanceOfSatisfying(
                            ReadRefused.class,
                            refused -> assertThat(refused.code()).isEqualTo(ReadRefused.Code.NO_SUCH_POSITION));
        }
    }
}
