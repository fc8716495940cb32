package dev.relay.exchange.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The book against a model so naive that it is plainly right: a list searched from the start for every match. */
class OrderBookPropertyTest {
    private static final int SEEDS = 300;
    private static final int STEPS = 250;
    private static final List<TimeInForce> KINDS = List.of(TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK);

    @Test
    void shouldMatchLikeTheNaiveModelForEverySeed() {
        for (long seed = 0; seed < SEEDS; seed++) {
            new Run(seed).go();
        }
    }

    private static final class Resting {
        final Order.Spec spec;
        final long id;
        long left;

        Resting(Order.Spec spec, long id) {
            this.spec = spec;
            this.id = id;
            this.left = spec.qty();
        }
    }

    private static final class Run implements BookListener {
        final long seed;
        final Random random;
        final OrderBook book = new OrderBook(1000, this);
        final List<String> fills = new ArrayList<>();
        final List<String> expectedFills = new ArrayList<>();
        final Map<Long, Long> mirroredBids = new TreeMap<>();
        final Map<Long, Long> mirroredAsks = new TreeMap<>();
        final List<Resting> model = new ArrayList<>();
        final Map<Long, Order> orders = new TreeMap<>();
        long lastUpdateId = 1000;

        Run(long seed) {
            this.seed = seed;
            this.random = new Random(seed);
        }

        void go() {
            for (int step = 0; step < STEPS; step++) {
                if (!model.isEmpty() && random.nextInt(4) == 0) {
                    cancel();
                } else {
                    submit(step + 1);
                }
                check(step);
            }
        }

        private void submit(long id) {
            Order.Spec spec = randomSpec(id);
            Order order = new Order(id, "owner", spec, 0);
            orders.put(id, order);
            submitToModel(new Resting(spec, id));
            book.submit(order);
        }

        private Order.Spec randomSpec(long id) {
            Side side = random.nextBoolean() ? Side.BUY : Side.SELL;
            boolean market = random.nextInt(6) == 0;
            TimeInForce tif = market ? TimeInForce.GTC : KINDS.get(random.nextInt(KINDS.size()));
            long price = market ? 0 : (90 + random.nextInt(20)) * Scaled.ONE;
            long qty = (1 + random.nextInt(9)) * Scaled.ONE / 10;
            return new Order.Spec("S", "c" + id, side, market ? OrderType.MARKET : OrderType.LIMIT, tif, price, qty, 0);
        }

        private void submitToModel(Resting taker) {
            if (taker.spec.timeInForce() == TimeInForce.FOK && reachable(taker) < taker.left) {
                return;
            }
            for (Resting maker = best(taker); taker.left > 0 && maker != null; maker = best(taker)) {
                long qty = Math.min(taker.left, maker.left);
                taker.left -= qty;
                maker.left -= qty;
                expectedFills.add(maker.id + "/" + taker.id + "@" + maker.spec.price() + "x" + qty);
                if (maker.left == 0) {
                    model.remove(maker);
                }
            }
            if (taker.left > 0 && taker.spec.type() == OrderType.LIMIT && taker.spec.timeInForce() == TimeInForce.GTC) {
                model.add(taker);
            }
        }

        private long reachable(Resting taker) {
            return model.stream()
                    .filter(maker -> crosses(taker, maker))
                    .mapToLong(maker -> maker.left)
                    .sum();
        }

        private @Nullable Resting best(Resting taker) {
            Comparator<Resting> byPrice = Comparator.comparingLong(
                    maker -> taker.spec.side() == Side.BUY ? maker.spec.price() : -maker.spec.price());
            return model.stream()
                    .filter(maker -> crosses(taker, maker))
                    .min(byPrice.thenComparingLong(maker -> maker.id))
                    .orElse(null);
        }

        private static boolean crosses(Resting taker, Resting maker) {
            if (taker.spec.side() == maker.spec.side()) {
                return false;
            }
            if (taker.spec.type() == OrderType.MARKET) {
                return true;
            }
            return taker.spec.side() == Side.BUY
                    ? maker.spec.price() <= taker.spec.price()
                    : maker.spec.price() >= taker.spec.price();
        }

        private void cancel() {
            Resting victim = model.remove(random.nextInt(model.size()));
            Order order = Objects.requireNonNull(orders.get(victim.id));
            assertThat(order.leavesQty()).as("seed %s", seed).isEqualTo(victim.left);
            assertThat(book.cancel(order)).as("seed %s", seed).isTrue();
        }

        private void check(int step) {
            assertThat(fills).as("seed %s step %s", seed, step).isEqualTo(expectedFills);
            assertSide(Side.BUY, mirroredBids);
            assertSide(Side.SELL, mirroredAsks);
            assertThat(book.updateId()).isEqualTo(lastUpdateId);
            assertThat(book.bestPrice(Side.BUY) != 0
                            && book.bestPrice(Side.SELL) != 0
                            && book.bestPrice(Side.BUY) >= book.bestPrice(Side.SELL))
                    .as("crossed, seed %s step %s", seed, step)
                    .isFalse();
        }

        private void assertSide(Side side, Map<Long, Long> mirror) {
            Map<Long, Long> expected = new TreeMap<>();
            model.stream()
                    .filter(resting -> resting.spec.side() == side)
                    .forEach(resting -> expected.merge(resting.spec.price(), resting.left, Long::sum));
            Map<Long, Long> actual = new TreeMap<>();
            book.forEachLevel(side, Integer.MAX_VALUE, actual::put);
            assertThat(actual).as("book, seed %s", seed).isEqualTo(expected);
            assertThat(mirror).as("book rebuilt from events, seed %s", seed).isEqualTo(expected);
        }

        @Override
        public void onLevel(Side side, long price, long qty, long updateId) {
            assertThat(updateId).isEqualTo(++lastUpdateId);
            Map<Long, Long> mirror = side == Side.BUY ? mirroredBids : mirroredAsks;
            if (qty == 0) {
                mirror.remove(price);
            } else {
                mirror.put(price, qty);
            }
        }

        @Override
        public void onFill(Order maker, Order taker, long price, long qty, long quote) {
            fills.add(maker.id() + "/" + taker.id() + "@" + price + "x" + qty);
        }
    }
}
