package dev.relay.sidecar.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.relay.exchange.AccountConfig;
import dev.relay.exchange.ExchangeConfig;
import dev.relay.exchange.OpenOrder;
import dev.relay.exchange.RelayExchange;
import dev.relay.exchange.api.LimitsConfig;
import dev.relay.sidecar.order.redis.RedisChild;
import dev.relay.sidecar.risk.RiskLimits;
import dev.relay.sidecar.venue.binance.order.BinanceOrderConfig;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * I44 on real sockets: under a stream of places nothing is written after the confirmation, and how long that takes. A few
 * rounds by default, {@code -Drelay.m1.rounds=300} for the figure.
 */
class KillSwitchIT {
    private static final int ROUNDS = Integer.getInteger("relay.m1.rounds", 8);
    private static final long MOST_P99_MS = Long.getLong("relay.m1.p99.ms", 1_000);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String KEY = "relay-orders-key";

    @TempDir
    Path directory;

    private final RedisChild redis = new RedisChild();
    private final RelayExchange exchange = RelayExchange.start(ExchangeConfig.defaults()
            .withAccounts(List.of(AccountConfig.ready("orders")))
            .withLimits(new LimitsConfig(1_000_000, 1_000_000, 10_000_000, 300, 5, 1_024, 10))
            .withFlow(0));
    private final AtomicLong nextMessage = new AtomicLong();
    private final AtomicBoolean isBusDead = new AtomicBoolean();

    @AfterEach
    void stop() {
        exchange.close();
        redis.close();
    }

    @Test
    void I44_M1_nothingIsWrittenAfterTheConfirmationAlsoWithRedisAndTheBusDead() throws Exception {
        redis.start(directory);
        try (OrderSide side = open()) {
            long[] micros = new long[ROUNDS];
            for (int round = 0; round < ROUNDS; round++) {
                micros[round] = killUnderLoad(side);
                assertThat(ask(side, "orders.release", Map.of())).containsEntry("ok", true);
            }
            report("alive", micros);
            isBusDead.set(true);
            for (int round = 0; round < ROUNDS; round++) {
                Thread sender = stream(side);
                if (round == 0) {
                    redis.close();
                }
                micros[round] = kill(side, sender);
                assertThat(ask(side, "orders.release", Map.of())).containsEntry("ok", true);
            }
            report("Redis and bus dead", micros);
        }
    }

    private static void report(String what, long[] micros) {
        Arrays.sort(micros);
        long p99 = micros[(int) Math.ceil(micros.length * 0.99) - 1];
        System.out.printf(
                "kill switch, %s: rounds=%d p50_us=%d p99_us=%d max_us=%d%n",
                what, micros.length, micros[micros.length / 2], p99, micros[micros.length - 1]);
        assertThat(p99).as("reaction, %s", what).isLessThanOrEqualTo(MOST_P99_MS * 1_000);
    }

    private long killUnderLoad(OrderSide side) throws Exception {
        int before = exchange.ordersOf(KEY).size();
        Thread sender = stream(side);
        await().atMost(PATIENCE).until(() -> exchange.ordersOf(KEY).size() > before + 5);
        return kill(side, sender);
    }

    /** From the call to the confirmation, in microseconds. */
    private long kill(OrderSide side, Thread sender) throws Exception {
        long askedNs = System.nanoTime();
        Map<String, Object> answer = side.kill("test").get(15, TimeUnit.SECONDS);
        long tookUs = (System.nanoTime() - askedNs) / 1_000;
        assertThat(answer).containsEntry("result", "killed");
        long writtenAtOk = written(side);
        sender.join();
        await().atMost(PATIENCE).until(() -> exchange.openOrdersOf(KEY).isEmpty());
        assertThat(written(side)).isEqualTo(writtenAtOk);
        assertThat(exchange.ordersOf(KEY)).extracting(OpenOrder::status).containsOnly("CANCELED");
        await().atMost(PATIENCE)
                .until(() -> Integer.valueOf(0).equals(side.health().get("open_orders")));
        return tookUs;
    }

    private long written(OrderSide side) throws Exception {
        long looks = number(side, "looks_total"); // the figure is of the last look, which may be long ago on busy cores
        await().atMost(PATIENCE).until(() -> number(side, "looks_total") > looks);
        return number(side, "places_written_total");
    }

    private static long number(OrderSide side, String name) {
        return side.health().get(name) instanceof Number count ? count.longValue() : -1;
    }

    /** Asks for 300 places as fast as it can. */
    private Thread stream(OrderSide side) {
        Thread thread = new Thread(() -> {
            for (int i = 0; i < 300; i++) {
                var unused = side.onRequest("orders.place", "agent" + i % 20, messageId(), RESTING);
            }
        });
        thread.start();
        return thread;
    }

    private static final Map<String, Object> RESTING =
            Map.of("symbol", "BTC-USDT", "side", "BUY", "type", "LIMIT", "price", "50000.00", "quantity", "0.001");

    private OrderSide open() {
        OrderSide side = OrderSide.start(
                new OrderConfig(
                        "paper",
                        directory,
                        List.of(Instrument.of("BTC-USDT")),
                        BinanceOrderConfig.of(exchange.wsApiUri(), exchange.restUri(), KEY, "relay-orders-secret"),
                        new OrderLimits(1_000, 10_000, 200, 5_000, 15_000, 10_000, 100_000, 200_000),
                        RiskLimits.off()),
                (topic, kind, id, event) -> {
                    if (isBusDead.get()) {
                        throw new IllegalStateException("no bus");
                    }
                },
                redis::connection,
                symbol -> null);
        await().atMost(PATIENCE)
                .until(() -> side.isLive() && Boolean.TRUE.equals(side.health().get("redis_up")));
        return side;
    }

    private byte[] messageId() {
        return ByteBuffer.allocate(16)
                .putLong(11)
                .putLong(nextMessage.incrementAndGet())
                .array();
    }

    private Map<String, Object> ask(OrderSide side, String kind, Map<String, Object> body) throws Exception {
        return side.onRequest(kind, "alice", messageId(), body).get(15, TimeUnit.SECONDS);
    }
}
