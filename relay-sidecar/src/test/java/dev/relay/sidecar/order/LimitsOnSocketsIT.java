package dev.relay.sidecar.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.relay.exchange.AccountConfig;
import dev.relay.exchange.ExchangeConfig;
import dev.relay.exchange.RelayExchange;
import dev.relay.sidecar.order.redis.RedisChild;
import dev.relay.sidecar.risk.RiskLimits;
import dev.relay.sidecar.venue.binance.order.BinanceOrderConfig;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Row L1 on real sockets: four agents that ask for more than the venue allows, a stranger behind the same address, and
 * no 429. {@code -Drelay.l1.seconds=600} is the ten minutes. A short run judges what the venue refused, and waits for
 * what a slow machine does later; only a run of a minute or more also asks for the rate.
 */
class LimitsOnSocketsIT {
    private static final int SECONDS = Integer.getInteger("relay.l1.seconds", 15);
    private static final int AGENTS = 4;
    private static final int OPEN_EACH = 15;
    private static final int MEASURED_SECONDS = 60;
    private static final int ACCEPTED_AT_LEAST = 60;
    /** Answers of a machine that is too slow for an order's time to live or for the answer's: no refusal by a limit. */
    private static final Set<String> SLOW = Set.of("TTL_EXPIRED", "VENUE_UNAVAILABLE");
    /** 95 % of 50 orders in ten seconds; in the long run nine tenths of that must be used. */
    private static final double ACCEPTED_A_SECOND = 4.75 * 0.9;

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String KEY = "relay-orders-key";

    @TempDir
    Path directory;

    private final RedisChild redis = new RedisChild();
    private final RelayExchange exchange = RelayExchange.start(ExchangeConfig.defaults()
            .withAccounts(List.of(AccountConfig.ready("orders")))
            .withFlow(0));
    private final ScheduledExecutorService agents = Executors.newScheduledThreadPool(2);
    private final AtomicLong nextMessage = new AtomicLong();
    private final AtomicInteger accepted = new AtomicInteger();
    private final AtomicInteger held = new AtomicInteger();
    private final ConcurrentLinkedQueue<Object> wrong = new ConcurrentLinkedQueue<>();
    private OrderSide side;

    @BeforeEach
    void start() throws Exception {
        redis.start(directory);
        side = OrderSide.start(
                new OrderConfig(
                        "paper",
                        directory,
                        List.of(Instrument.of("BTC-USDT")),
                        BinanceOrderConfig.of(exchange.wsApiUri(), exchange.restUri(), KEY, "relay-orders-secret"),
                        new OrderLimits(1_000, 10_000, 200, 5_000, 15_000, 10_000, 1_000, 2_000),
                        RiskLimits.off()),
                (topic, kind, id, event) -> {},
                redis::connection,
                symbol -> null);
        await().atMost(PATIENCE)
                .until(() -> side.isLive() && Boolean.TRUE.equals(side.health().get("redis_up")));
    }

    @AfterEach
    void stop() {
        agents.shutdownNow();
        side.close();
        exchange.close();
        redis.close();
    }

    @Test
    void L1_severalAgentsAtNinetyFivePercentOfTheLimitsBringNo429AndACancelStillLeaves() throws Exception {
        for (int i = 0; i < AGENTS; i++) {
            var trading = agents.scheduleAtFixedRate(new Trader("agent-" + i, i), 0, 200, TimeUnit.MILLISECONDS);
        }
        Random random = new Random(1);
        var stranger = agents.scheduleAtFixedRate(
                () -> {
                    int used = exchange.usedWeight();
                    int part = random.nextInt(90);
                    if (used + part < 5_100) {
                        exchange.useWeight(part);
                    }
                },
                0,
                500,
                TimeUnit.MILLISECONDS);
        CompletableFuture<Void> over = new CompletableFuture<>();
        var end = agents.schedule(() -> over.complete(null), SECONDS, TimeUnit.SECONDS);
        over.get(SECONDS + 60L, TimeUnit.SECONDS);
        await().atMost(PATIENCE.multipliedBy(4)).until(() -> accepted.get() >= ACCEPTED_AT_LEAST && held.get() > 0);
        agents.shutdown();
        assertThat(agents.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        long limited = exchange.limitedCount();
        System.out.println("L1 seconds=" + SECONDS + " accepted=" + accepted + " held=" + held + " limited=" + limited);
        assertThat(limited).as("429 of the venue").isZero();
        assertThat(wrong).isEmpty();
        if (SECONDS >= MEASURED_SECONDS) {
            assertThat((double) accepted.get()).isGreaterThan(ACCEPTED_A_SECOND * (SECONDS - 10) + 10);
        }
        assertThat(ask("orders.cancel_all", "agent-0", Map.of()).get(60, TimeUnit.SECONDS))
                .containsEntry("ok", true);
        await().atMost(PATIENCE).until(() -> exchange.openOrdersOf(KEY).isEmpty());
        assertThat(exchange.limitedCount()).isZero();
    }

    private CompletableFuture<Map<String, Object>> ask(String kind, String agent, Map<String, Object> body) {
        byte[] id = ByteBuffer.allocate(16)
                .putLong(7)
                .putLong(nextMessage.incrementAndGet())
                .array();
        return side.onRequest(kind, agent, id, body);
    }

    /** Places an order five times a second, more than its part of the venue's limit, and cancels its oldest. */
    private final class Trader implements Runnable {
        private final String name;
        private final Deque<String> open = new ArrayDeque<>();
        private int cents;

        Trader(String name, int number) {
            this.name = name;
            this.cents = number * 1_000;
        }

        @Override
        public void run() {
            BigDecimal price = new BigDecimal("50000.00").add(BigDecimal.valueOf(cents++ % 10_000, 2));
            Map<String, Object> order = Map.of(
                    "symbol", "BTC-USDT",
                    "side", "BUY",
                    "type", "LIMIT",
                    "price", price.toPlainString(),
                    "quantity", "0.01",
                    "tif", "GTC");
            var unused = ask("orders.place", name, order).thenAccept(this::onAnswer);
            String oldest = null;
            synchronized (open) {
                if (open.size() > OPEN_EACH) {
                    oldest = open.remove();
                }
            }
            if (oldest != null) {
                var ignored = ask("orders.cancel", name, Map.of("client_order_id", oldest));
            }
        }

        private void onAnswer(Map<String, Object> answer) {
            if (Boolean.TRUE.equals(answer.get("ok")) && answer.get("order") instanceof Map<?, ?> order) {
                accepted.incrementAndGet();
                synchronized (open) {
                    open.add(String.valueOf(order.get("client_order_id")));
                }
            } else if ("RATE_LIMITED".equals(answer.get("code"))) {
                held.incrementAndGet();
            } else if (!"unknown".equals(answer.get("result")) && !SLOW.contains(String.valueOf(answer.get("code")))) {
                wrong.add(answer);
            }
        }
    }
}
