package dev.relay.sidecar.order;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PositionTest {
    private final Position position = new Position(Instrument.of("BTC-USDT"));
    private int nextTradeId = 1;

    @Test
    void shouldAverageBuysAndRealiseOnSells() {
        book(Side.BUY, "1", "100", "0", "USDT");
        book(Side.BUY, "3", "200", "0", "USDT");
        assertThat(position.view().averageCost()).isEqualByComparingTo("175");
        book(Side.SELL, "2", "300", "0.6", "USDT");
        PositionView view = position.view();
        assertThat(view.quantity()).isEqualByComparingTo("2");
        assertThat(view.realised()).isEqualByComparingTo("250");
        assertThat(view.averageCost()).isEqualByComparingTo("175");
        assertThat(view.fees()).containsOnlyKeys("USDT");
    }

    @Test
    void shouldTakeCommissionInBaseFromTheQuantity() {
        book(Side.BUY, "1", "100", "0.001", "BTC");
        assertThat(position.view().quantity()).isEqualByComparingTo("0.999");
        assertThat(position.view().cost()).isEqualByComparingTo("100");
    }

    @Test
    void shouldFlipFromLongToShort() {
        book(Side.BUY, "1", "100", "0", "USDT");
        book(Side.SELL, "3", "120", "0", "USDT");
        PositionView view = position.view();
        assertThat(view.quantity()).isEqualByComparingTo("-2");
        assertThat(view.realised()).isEqualByComparingTo("20");
        assertThat(view.averageCost()).isEqualByComparingTo("120");
        book(Side.BUY, "2", "110", "0", "USDT");
        assertThat(position.view().realised()).isEqualByComparingTo("40");
        assertThat(position.view().cost()).isEqualByComparingTo("0");
    }

    @Test
    void shouldKeepCostMinusCashEqualToRealisedForRandomFills() {
        for (long seed = 1; seed <= 200; seed++) {
            Random random = new Random(seed);
            Position randomPosition = new Position(Instrument.of("BTC-USDT"));
            BigDecimal cash = BigDecimal.ZERO;
            BigDecimal net = BigDecimal.ZERO;
            for (int i = 0; i < 60; i++) {
                Side side = random.nextBoolean() ? Side.BUY : Side.SELL;
                BigDecimal quantity = BigDecimal.valueOf(1 + random.nextInt(100_000), 8);
                BigDecimal price = BigDecimal.valueOf(1 + random.nextInt(10_000_000), 2);
                BigDecimal fee = random.nextBoolean() ? quantity.movePointLeft(3) : BigDecimal.ZERO;
                randomPosition.book(new Fill("BTC-USDT", "t" + i, "1", side, price, quantity, fee, "BTC", 1), i + 1L);
                BigDecimal sign = side == Side.BUY ? BigDecimal.ONE : BigDecimal.ONE.negate();
                cash = cash.add(sign.multiply(price).multiply(quantity));
                net = net.add(sign.multiply(quantity)).subtract(fee);
            }
            PositionView view = randomPosition.view();
            assertThat(view.quantity()).as("seed=%d", seed).isEqualByComparingTo(net);
            assertThat(view.realised())
                    .as("seed=%d", seed)
                    .isEqualByComparingTo(view.cost().subtract(cash));
        }
    }

    private void book(Side side, String quantity, String price, String fee, String asset) {
        Fill fill = new Fill(
                "BTC-USDT",
                Integer.toString(nextTradeId++),
                "1",
                side,
                new BigDecimal(price),
                new BigDecimal(quantity),
                new BigDecimal(fee),
                asset,
                1);
        position.book(fill, nextTradeId);
    }
}
