package dev.relay.sidecar.order.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relay.sidecar.order.Balance;
import dev.relay.sidecar.order.Fill;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderEvent;
import dev.relay.sidecar.order.OrderReport;
import dev.relay.sidecar.order.OrderState;
import dev.relay.sidecar.order.OrderTerms;
import dev.relay.sidecar.order.OrderTracker;
import dev.relay.sidecar.order.OrderType;
import dev.relay.sidecar.order.Side;
import dev.relay.sidecar.order.TimeInForce;
import dev.relay.sidecar.order.Transition;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisDataException;

/** The scripts and the republish on a real Redis child. */
class OrderProjectionIT {
    private static final String ID = "00112233445566778899aabbccddeeff";

    @TempDir
    Path directory;

    private final OrderTracker tracker = new OrderTracker("paper", List.of(Instrument.of("BTC-USDT")));
    private final List<OrderEvent> events = new ArrayList<>();
    private RedisChild redis = new RedisChild();
    private OrderProjection projection = projection("journal-a");

    @BeforeEach
    void startRedis() throws Exception {
        redis.start(directory);
        projection = projection("journal-a");
    }

    @AfterEach
    void stopRedis() {
        projection.close();
        redis.close();
    }

    private OrderProjection projection(String journalId) {
        return new OrderProjection("paper", journalId, redis::connection, Source::new);
    }

    @Test
    void shouldShowOrderPositionOpenSetAndStream() {
        assertThat(projection.connect()).isZero();
        history();
        events.forEach(projection::accept);
        try (Jedis jedis = redis.jedis()) {
            assertThat(jedis.hgetAll("order:paper:" + ID))
                    .containsEntry("state", "PARTIALLY_FILLED")
                    .containsEntry("filled", "0.5")
                    .containsEntry("agent", "alice");
            assertThat(jedis.smembers("orders:paper:open")).containsExactly(ID);
            assertThat(jedis.hgetAll("position:paper:BTC-USDT"))
                    .containsEntry("quantity", "0.4995")
                    .containsEntry("fee:BTC", "0.0005");
            assertThat(jedis.xlen("events:paper:orders")).isEqualTo(3);
        }
        end();
        projection.accept(events.get(3));
        try (Jedis jedis = redis.jedis()) {
            assertThat(jedis.scard("orders:paper:open")).isZero();
            assertThat(jedis.pttl("order:paper:" + ID)).isPositive();
        }
    }

    @Test
    void shouldChangeNothingWhenEventsComeAgain() {
        projection.connect();
        history();
        events.forEach(projection::accept);
        Map<String, Map<String, String>> before = dump();
        events.forEach(projection::accept);
        assertThat(dump()).isEqualTo(before);
        try (Jedis jedis = redis.jedis()) {
            assertThat(jedis.xlen("events:paper:orders")).isEqualTo(3);
        }
        assertThat(projection.connect()).isEqualTo(3);
    }

    @Test
    void shouldNoticeALossWhileIdleAndRepublishEverything() {
        projection.connect();
        history();
        events.forEach(projection::accept);
        projection.offerBalances(List.of(new Balance("BTC", new BigDecimal("1.5"), BigDecimal.ZERO, 10)));
        projection.idle();
        Map<String, Map<String, String>> before = dump();
        try (Jedis jedis = redis.jedis()) {
            jedis.flushAll();
        }
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 10; i++) {
                        projection.idle();
                    }
                })
                .hasMessageContaining("lost");
        long cursor = projection.connect();
        events.stream().filter(event -> event.eventNo() > cursor).forEach(projection::accept);
        projection.idle();
        assertThat(dump()).isEqualTo(before);
        assertThat(projection.republishCount()).isEqualTo(2);
        try (Jedis jedis = redis.jedis()) {
            assertThat(jedis.xlen("events:paper:orders")).isEqualTo(3);
            assertThat(jedis.smembers("orders:paper:open")).containsExactly(ID);
            assertThat(jedis.hget("balance:paper:BTC", "free")).isEqualTo("1.5");
        }
    }

    @Test
    void shouldNotTrustTheStateOfAnotherJournal() {
        try (Jedis jedis = redis.jedis()) {
            jedis.hset("orders:paper:cursor", Map.of("journal", "journal-b", "event", "900"));
            jedis.hset("position:paper:BTC-USDT", Map.of("event", "900", "quantity", "77"));
        }
        history();
        long cursor = projection.connect();
        events.stream().filter(event -> event.eventNo() > cursor).forEach(projection::accept);
        try (Jedis jedis = redis.jedis()) {
            assertThat(jedis.hget("position:paper:BTC-USDT", "quantity")).isEqualTo("0.4995");
        }
    }

    @Test
    void shouldKeepTheNewerBalance() {
        projection.connect();
        projection.offerBalances(List.of(new Balance("BTC", new BigDecimal("2"), BigDecimal.ONE, 20)));
        projection.idle();
        projection.offerBalances(List.of(new Balance("BTC", new BigDecimal("3"), BigDecimal.ONE, 19)));
        projection.idle();
        try (Jedis jedis = redis.jedis()) {
            assertThat(jedis.hget("balance:paper:BTC", "free")).isEqualTo("2");
        }
    }

    @Test
    void shouldRaiseAnErrorReplyInsteadOfGoingOn() {
        projection.connect();
        history();
        try (Jedis jedis = redis.jedis()) {
            jedis.configSet("maxmemory", "1");
        }
        assertThatThrownBy(() -> projection.accept(events.get(0)))
                .isInstanceOf(JedisDataException.class)
                .hasMessageContaining("OOM");
    }

    private Map<String, Map<String, String>> dump() {
        try (Jedis jedis = redis.jedis()) {
            return Map.of(
                    "order", jedis.hgetAll("order:paper:" + ID),
                    "position", jedis.hgetAll("position:paper:BTC-USDT"),
                    "cursor", jedis.hgetAll("orders:paper:cursor"));
        }
    }

    private void history() {
        OrderTerms terms =
                new OrderTerms(Side.BUY, OrderType.LIMIT, new BigDecimal("100"), new BigDecimal("2"), TimeInForce.GTC);
        add(tracker.place(ID, "alice", "BTC-USDT", terms, 1));
        add(Objects.requireNonNull(tracker.apply(report(OrderState.OPEN, null), 2)));
        Fill fill = new Fill(
                "BTC-USDT",
                "7",
                "42",
                Side.BUY,
                new BigDecimal("100"),
                new BigDecimal("0.5"),
                new BigDecimal("0.0005"),
                "BTC",
                3);
        add(Objects.requireNonNull(tracker.apply(report(OrderState.PARTIALLY_FILLED, fill), 3)));
    }

    private void end() {
        add(Objects.requireNonNull(tracker.apply(report(OrderState.CANCELLED, null), 4)));
    }

    private static OrderReport report(OrderState state, @org.jspecify.annotations.Nullable Fill fill) {
        return new OrderReport(OrderReport.Source.PUSH, "BTC-USDT", ID, "42", state, null, fill, null, "", 3);
    }

    private void add(Transition transition) {
        events.add(OrderEvent.of(transition));
    }

    /** The journal's part in a republish, from memory. */
    private final class Source implements OrderProjection.ProjectionSource {
        @Override
        public List<Map<String, String>> openOrders() {
            return tracker.openOrders().stream().map(order -> order.toFields()).toList();
        }

        @Override
        public List<Map<String, String>> endedOrders(int limit) {
            return List.of();
        }

        @Override
        public List<Map<String, String>> positions() {
            return tracker.positions().stream()
                    .map(position -> position.toFields())
                    .toList();
        }

        @Override
        public long lastEventNo() {
            return events.isEmpty() ? 0 : events.get(events.size() - 1).eventNo();
        }

        @Override
        public void close() {}
    }
}
