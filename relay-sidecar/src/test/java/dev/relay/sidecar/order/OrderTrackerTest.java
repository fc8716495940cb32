package dev.relay.sidecar.order;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class OrderTrackerTest {
    private static final String ID = "00112233445566778899aabbccddeeff";
    private static final String SYMBOL = "BTC-USDT";
    private final OrderTracker tracker = new OrderTracker("paper", List.of(Instrument.of(SYMBOL)));

    @Test
    void shouldStayFilledWhenAnOlderNewArrivesLater() {
        place("1");
        tracker.apply(trade("7", "1", "100"), 2);
        assertThat(order().state()).isEqualTo(OrderState.FILLED);
        assertThat(tracker.apply(status(OrderState.OPEN, "0"), 3)).isNull();
        assertThat(order().state()).isEqualTo(OrderState.FILLED);
        assertThat(tracker.staleCount()).isEqualTo(1);
    }

    @Test
    void shouldBookTheSameTradeOnceWhateverItsSource() {
        place("2");
        tracker.apply(trade("7", "1", "100"), 2);
        OrderReport polled = OrderReport.ofTrade(OrderReport.Source.POLL, fill("7", "1", "100", Side.BUY));
        assertThat(tracker.apply(polled, 3)).isNull();
        assertThat(position().quantity()).isEqualByComparingTo("1");
        assertThat(tracker.repeatedFillCount()).isEqualTo(1);
    }

    @Test
    void shouldBookAFillThatArrivesAfterTheCancel() {
        place("2");
        tracker.apply(status(OrderState.CANCELLED, "0"), 2);
        tracker.apply(trade("7", "0.5", "100"), 3);
        assertThat(order().state()).isEqualTo(OrderState.CANCELLED);
        assertThat(order().filled()).isEqualByComparingTo("0.5");
        assertThat(position().quantity()).isEqualByComparingTo("0.5");
        assertThat(tracker.lateCount()).isEqualTo(1);
    }

    @Test
    void shouldKeepThePartOfAnExpiredRemainder() {
        place("2");
        tracker.apply(trade("7", "0.5", "100"), 2);
        tracker.apply(status(OrderState.EXPIRED, "0.5"), 3);
        assertThat(order().state()).isEqualTo(OrderState.EXPIRED);
        assertThat(order().cumulative()).isEqualByComparingTo("0.5");
    }

    @Test
    void shouldNeverMoveThePositionFromAPolledTotal() {
        place("2");
        tracker.apply(status(OrderState.PARTIALLY_FILLED, "1.5"), 2);
        assertThat(order().cumulative()).isEqualByComparingTo("1.5");
        assertThat(order().hasMissingFills()).isTrue();
        assertThat(tracker.positions()).isEmpty();
        tracker.apply(status(OrderState.PARTIALLY_FILLED, "1"), 3);
        assertThat(order().cumulative()).isEqualByComparingTo("1.5");
    }

    @Test
    void shouldRecordAFillOfAnUnknownOrderAsExternal() {
        Fill fill = new Fill(SYMBOL, "9", "555", Side.SELL, dec("100"), dec("2"), dec("0.2"), "USDT", 1);
        Transition transition = tracker.apply(OrderReport.ofTrade(OrderReport.Source.POLL, fill), 2);
        assertThat(transition).isNotNull();
        assertThat(tracker.externalCount()).isEqualTo(1);
        assertThat(position().quantity()).isEqualByComparingTo("-2");
        OrderView external = tracker.find("ext-BTC-USDT-555");
        assertThat(external).isNotNull();
        assertThat(external.isExternal()).isTrue();
    }

    @Test
    void O7_anOpenOrderOfSomebodyElseIsRecordedBeforeItTrades() {
        OrderTerms terms = new OrderTerms(Side.BUY, OrderType.LIMIT, dec("100"), dec("2"), TimeInForce.GTC);
        OrderReport report = new OrderReport(
                OrderReport.Source.PUSH, SYMBOL, "by-hand", "77", OrderState.OPEN, dec("0"), null, terms, "NEW", 1);
        Transition transition = tracker.apply(report, 2);
        assertThat(transition).isNotNull();
        assertThat(transition.order().isExternal()).isTrue();
        assertThat(tracker.apply(report, 3)).isNull();
    }

    @Test
    void shouldCountReportsOnSymbolsThatAreNotConfigured() {
        Fill fill = new Fill("XYZ", "9", "555", Side.SELL, dec("1"), dec("2"), dec("0"), "USDT", 1);
        assertThat(tracker.apply(OrderReport.ofTrade(OrderReport.Source.PUSH, fill), 2))
                .isNull();
        assertThat(tracker.foreignCount()).isEqualTo(1);
    }

    @Test
    void shouldLeaveUnknownByALaterReportOnlyForward() {
        place("2");
        assertThat(tracker.markUnknown(ID, "timeout", 2)).isNotNull();
        assertThat(order().state()).isEqualTo(OrderState.UNKNOWN);
        tracker.apply(status(OrderState.OPEN, "0"), 3);
        assertThat(order().state()).isEqualTo(OrderState.OPEN);
        assertThat(tracker.markUnknown(ID, "late timeout", 4)).isNull();
        assertThat(tracker.reject(ID, "late refusal", 5)).isNull();
    }

    @Test
    void shouldEndInTheSameTotalsForEveryOrderAndRepetitionOfEvents() {
        for (long seed = 1; seed <= 300; seed++) {
            assertShuffledRunIsEqual(seed);
        }
    }

    /** One true history; its messages shuffled and repeated must give its totals. */
    private static void assertShuffledRunIsEqual(long seed) {
        Random random = new Random(seed);
        int parts = 1 + random.nextInt(6);
        boolean isCancelled = random.nextBoolean();
        BigDecimal cumulative = BigDecimal.ZERO;
        List<OrderReport> history = new ArrayList<>();
        history.add(status(OrderState.OPEN, "0"));
        for (int i = 1; i <= parts; i++) {
            BigDecimal quantity = BigDecimal.valueOf(1 + random.nextInt(1000), 4);
            cumulative = cumulative.add(quantity);
            history.add(trade(Integer.toString(i), quantity.toPlainString(), "100." + random.nextInt(99)));
            history.add(status(OrderState.PARTIALLY_FILLED, cumulative.toPlainString()));
        }
        BigDecimal asked = isCancelled ? cumulative.add(BigDecimal.ONE) : cumulative;
        OrderState end = isCancelled ? OrderState.CANCELLED : OrderState.FILLED;
        history.add(status(end, cumulative.toPlainString()));
        OrderTracker straight = run(history, asked);
        List<OrderReport> shuffled = new ArrayList<>(history);
        history.forEach(report -> {
            if (random.nextBoolean()) {
                shuffled.add(report);
            }
        });
        Collections.shuffle(shuffled, random);
        OrderTracker mixed = run(shuffled, asked);
        OrderView expected = view(straight);
        OrderView actual = view(mixed);
        assertThat(actual.state()).as("seed=%d", seed).isEqualTo(end).isEqualTo(expected.state());
        assertThat(actual.filled()).as("seed=%d", seed).isEqualByComparingTo(cumulative);
        assertThat(actual.cumulative()).isEqualByComparingTo(expected.cumulative());
        assertThat(actual.notional()).isEqualByComparingTo(expected.notional());
        assertThat(actual.fees()).isEqualTo(expected.fees());
        PositionView position = mixed.positions().get(0);
        assertThat(position.quantity())
                .isEqualByComparingTo(straight.positions().get(0).quantity());
        assertThat(position.cost())
                .isEqualByComparingTo(straight.positions().get(0).cost());
        assertThat(position.fillCount()).isEqualTo(parts);
    }

    private static OrderTracker run(List<OrderReport> reports, BigDecimal asked) {
        OrderTracker tracker = new OrderTracker("paper", List.of(Instrument.of(SYMBOL)));
        tracker.place(ID, "alice", SYMBOL, terms(asked), 1);
        reports.forEach(report -> tracker.apply(report, 2));
        return tracker;
    }

    @Test
    void shouldNumberTransitionsWithoutHolesAndRestoreToTheSameState() {
        List<Transition> transitions = new ArrayList<>();
        transitions.add(tracker.place(ID, "alice", SYMBOL, terms(dec("2")), 1));
        addIfAny(transitions, tracker.apply(status(OrderState.OPEN, "0"), 2));
        addIfAny(transitions, tracker.apply(trade("1", "0.5", "100"), 3));
        addIfAny(transitions, tracker.apply(trade("2", "0.5", "110"), 4));
        assertThat(transitions).extracting(Transition::eventNo).containsExactly(1L, 2L, 3L, 4L);

        OrderTracker restored = new OrderTracker("paper", List.of(Instrument.of(SYMBOL)));
        restored.restoreOrder(OrderView.fromFields(order().toFields()));
        transitions.forEach(t -> {
            if (t.fill() != null) {
                restored.restoreFill(t.fill(), t.eventNo());
            }
        });
        assertThat(view(restored).toFields()).isEqualTo(order().toFields());
        assertThat(restored.positions()).isEqualTo(tracker.positions());
        assertThat(restored.apply(trade("2", "0.5", "110"), 5)).isNull();
        Transition next = restored.apply(trade("3", "1", "120"), 6);
        assertThat(next).isNotNull();
        assertThat(next.eventNo()).isEqualTo(5);
    }

    private static void addIfAny(List<Transition> transitions, @Nullable Transition transition) {
        if (transition != null) {
            transitions.add(transition);
        }
    }

    private void place(String quantity) {
        tracker.place(ID, "alice", SYMBOL, terms(dec(quantity)), 1);
    }

    private OrderView order() {
        return view(tracker);
    }

    private static OrderView view(OrderTracker tracker) {
        OrderView view = tracker.find(ID);
        if (view == null) {
            throw new AssertionError("order is missing");
        }
        return view;
    }

    private PositionView position() {
        return tracker.positions().get(0);
    }

    static OrderTerms terms(BigDecimal quantity) {
        return new OrderTerms(Side.BUY, OrderType.LIMIT, dec("100"), quantity, TimeInForce.GTC);
    }

    static OrderReport status(OrderState state, String cumulative) {
        return new OrderReport(OrderReport.Source.PUSH, SYMBOL, ID, "42", state, dec(cumulative), null, null, "", 1);
    }

    static OrderReport trade(String tradeId, String quantity, String price) {
        return new OrderReport(
                OrderReport.Source.PUSH,
                SYMBOL,
                ID,
                "42",
                null,
                null,
                fill(tradeId, quantity, price, Side.BUY),
                null,
                "",
                1);
    }

    static Fill fill(String tradeId, String quantity, String price, Side side) {
        return new Fill(SYMBOL, tradeId, "42", side, dec(price), dec(quantity), dec("0.01"), "USDT", 1);
    }

    static BigDecimal dec(String text) {
        return new BigDecimal(text);
    }
}
