package dev.relay.sidecar.order;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Applying the difference gives the wanted set, nothing wanted is touched, and no request is wasted. */
class QuotePlanTest {
    private static final int RUNS = 3_000;

    @Test
    void applyingTheDifferenceGivesTheWantedSet() {
        for (int seed = 0; seed < RUNS; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            List<OrderView> open = orders(random, false);
            List<OrderTerms> wanted = wanted(random);
            QuotePlan plan = QuotePlan.of(open, wanted);
            List<String> after = new ArrayList<>();
            plan.keep().forEach(order -> after.add(key(order.terms(), QuotePlan.remaining(order))));
            plan.change().forEach(c -> after.add(key(wanted.get(c.quote()))));
            plan.place().forEach(quote -> after.add(key(wanted.get(quote))));
            assertThat(after)
                    .as("seed=%d", seed)
                    .containsExactlyInAnyOrderElementsOf(
                            wanted.stream().map(QuotePlanTest::key).toList());
        }
    }

    @Test
    void everyOrderAndEveryQuoteIsUsedOnce() {
        for (int seed = 0; seed < RUNS; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            List<OrderView> open = orders(random, true);
            List<OrderTerms> wanted = wanted(random);
            QuotePlan plan = QuotePlan.of(open, wanted);
            List<OrderView> used = new ArrayList<>(plan.keep());
            used.addAll(plan.await());
            used.addAll(plan.cancel());
            plan.change().forEach(change -> used.add(change.order()));
            assertThat(used).as("seed=%d", seed).containsExactlyInAnyOrderElementsOf(open);
            Set<Integer> quotes = new HashSet<>(plan.place());
            plan.change()
                    .forEach(change -> assertThat(quotes.add(change.quote())).isTrue());
            assertThat(quotes.size() + plan.keep().size() + plan.await().size())
                    .as("seed=%d", seed)
                    .isEqualTo(wanted.size());
        }
    }

    @Test
    void nothingThatIsWantedAsItStandsIsTouchedAndNothingIsCancelledThatCouldMove() {
        for (int seed = 0; seed < RUNS; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            List<OrderView> open = orders(random, false);
            List<OrderTerms> wanted = wanted(random);
            QuotePlan plan = QuotePlan.of(open, wanted);
            List<String> left =
                    new ArrayList<>(wanted.stream().map(QuotePlanTest::key).toList());
            long wantedAsTheyStand = open.stream()
                    .filter(order -> left.remove(key(order.terms(), QuotePlan.remaining(order))))
                    .count();
            assertThat((long) plan.keep().size()).as("seed=%d", seed).isEqualTo(wantedAsTheyStand);
            for (Side side : Side.values()) {
                boolean isCancelling =
                        plan.cancel().stream().anyMatch(order -> order.terms().side() == side);
                boolean isPlacing = plan.place().stream()
                        .anyMatch(quote -> wanted.get(quote).side() == side);
                assertThat(isCancelling && isPlacing).as("seed=%d", seed).isFalse();
            }
        }
    }

    @Test
    void anOrderWhoseOutcomeIsNotKnownIsWaitedForAtItsPrice() {
        OrderView unknown = order(1, Side.BUY, "100", "2", "0", OrderState.UNKNOWN);
        OrderTerms same = terms(Side.BUY, "100", "2");
        OrderTerms other = terms(Side.BUY, "99", "2");
        assertThat(QuotePlan.of(List.of(unknown), List.of(same)).await()).containsExactly(unknown);
        assertThat(QuotePlan.of(List.of(unknown), List.of(terms(Side.BUY, "100", "3")))
                        .place())
                .isEmpty();
        QuotePlan away = QuotePlan.of(List.of(unknown), List.of(other));
        assertThat(away.change()).isEmpty();
        assertThat(away.cancel()).containsExactly(unknown);
        assertThat(away.place()).containsExactly(0);
    }

    @Test
    void theSameSetAgainNeedsNothing() {
        for (int seed = 0; seed < RUNS; seed++) {
            List<OrderView> open = orders(new SplittableRandom(seed), false);
            List<OrderTerms> wanted = open.stream()
                    .map(order -> order.terms().withQuantity(QuotePlan.remaining(order)))
                    .toList();
            QuotePlan plan = QuotePlan.of(open, wanted);
            assertThat(plan.keep()).hasSameSizeAs(open);
            assertThat(plan.change()).isEmpty();
        }
    }

    private static List<OrderView> orders(SplittableRandom random, boolean withUnknown) {
        List<OrderView> orders = new ArrayList<>();
        int count = random.nextInt(7);
        for (int i = 0; i < count; i++) {
            OrderState state = withUnknown && random.nextInt(4) == 0 ? OrderState.UNKNOWN : OrderState.PARTIALLY_FILLED;
            orders.add(order(
                    i,
                    side(random),
                    Integer.toString(98 + random.nextInt(5)),
                    Integer.toString(3 + random.nextInt(3)),
                    state == OrderState.UNKNOWN ? "0" : Integer.toString(random.nextInt(3)),
                    state));
        }
        return orders;
    }

    private static List<OrderTerms> wanted(SplittableRandom random) {
        List<OrderTerms> wanted = new ArrayList<>();
        int count = random.nextInt(7);
        for (int i = 0; i < count; i++) {
            wanted.add(terms(
                    side(random), Integer.toString(98 + random.nextInt(5)), Integer.toString(1 + random.nextInt(5))));
        }
        return wanted;
    }

    private static Side side(SplittableRandom random) {
        return random.nextBoolean() ? Side.BUY : Side.SELL;
    }

    private static OrderTerms terms(Side side, String price, String quantity) {
        return new OrderTerms(side, OrderType.LIMIT, new BigDecimal(price), new BigDecimal(quantity), TimeInForce.GTC);
    }

    private static OrderView order(
            int number, Side side, String price, String quantity, String filled, OrderState state) {
        return new OrderView(
                "paper",
                "%032x".formatted(number),
                "alice",
                "BTC-USDT",
                terms(side, price, quantity),
                state,
                Integer.toString(number),
                new BigDecimal(filled),
                new BigDecimal(filled),
                BigDecimal.ZERO,
                Map.of(),
                "",
                "",
                "",
                false,
                1,
                1,
                number);
    }

    private static String key(OrderTerms terms) {
        return key(terms, terms.quantity());
    }

    private static String key(OrderTerms terms, BigDecimal quantity) {
        return terms.side() + " " + terms.price() + " " + quantity.toPlainString();
    }
}
