package dev.relay.sidecar.risk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.sidecar.order.Balance;
import dev.relay.sidecar.order.ClientOrderId;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderRequest;
import dev.relay.sidecar.order.OrderResult;
import dev.relay.sidecar.order.OrderTerms;
import dev.relay.sidecar.order.OrderTracker;
import dev.relay.sidecar.order.OrderType;
import dev.relay.sidecar.order.OrderView;
import dev.relay.sidecar.order.RefusalCode;
import dev.relay.sidecar.order.Side;
import dev.relay.sidecar.order.TimeInForce;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Each limit refuses one step beyond it and passes at it; equity is 100,000 USDT. */
final class RiskGateTest {
    private static final String BTC = "BTC-USDT";
    private static final String PARENT = "00112233445566778899aabbccddeeff";

    private final OrderTracker tracker = new OrderTracker("paper", instruments());
    private final Map<String, BigDecimal> prices = new HashMap<>();
    private final Map<String, BigDecimal> positions = new HashMap<>();
    private final List<Balance> balances = new ArrayList<>();
    private final RiskGate gate = new RiskGate(RiskLimits.defaults("USDT"), account(), prices::get);
    private @Nullable String marginCall;
    private int orders;
    private long nowMs = 1_000;

    RiskGateTest() {
        instruments().forEach(i -> prices.put(i.symbol(), new BigDecimal("100")));
        balances.add(balance("USDT", "90000"));
        balances.add(balance("BTC", "100"));
    }

    private static List<Instrument> instruments() {
        List<Instrument> all = new ArrayList<>(List.of(Instrument.of(BTC)));
        for (int i = 0; i < 20; i++) {
            all.add(Instrument.of("A" + i + "-USDT"));
        }
        return all;
    }

    private static Balance balance(String asset, String free) {
        return new Balance(asset, new BigDecimal(free), BigDecimal.ZERO, 1);
    }

    private Account account() {
        return new Account() {
            @Override
            public OpenSums open(String symbol) {
                return tracker.open(symbol);
            }

            @Override
            public boolean hasOpenOrders() {
                return tracker.openCount() > 0;
            }

            @Override
            public BigDecimal position(String symbol) {
                return positions.getOrDefault(symbol, BigDecimal.ZERO);
            }

            @Override
            public List<Instrument> instruments() {
                return tracker.instruments();
            }

            @Override
            public Iterable<Balance> balances() {
                return balances;
            }

            @Override
            public @Nullable String marginCall() {
                return marginCall;
            }
        };
    }

    @Test
    void shouldCountAnOrderThatTakesThePlaceOfAnotherOnce() {
        OrderTerms terms =
                new OrderTerms(Side.BUY, OrderType.LIMIT, new BigDecimal("100"), new BigDecimal("49"), TimeInForce.GTC);
        tracker.place(ClientOrderId.child(PARENT, 900), "a", BTC, terms, nowMs);
        OrderView old = tracker.place(ClientOrderId.child(PARENT, 901), "a", BTC, terms, nowMs)
                .order();
        OrderRequest.Place more = new OrderRequest.Place(ClientOrderId.child(PARENT, 902), "a", BTC, terms, nowMs);
        positions.put(BTC, BigDecimal.ZERO);
        assertThat(gate.check(more, nowMs)).isNotNull();
        assertThat(gate.check(more, old, nowMs)).isNull();
    }

    private @Nullable RefusalCode check(String symbol, Side side, String price, String quantity) {
        nowMs += 1_000;
        OrderResult.Refused refused = gate.check(order(symbol, side, price, quantity), nowMs);
        return refused == null ? null : refused.code();
    }

    private OrderRequest.Place order(String symbol, Side side, String price, String quantity) {
        OrderTerms terms =
                new OrderTerms(side, OrderType.LIMIT, new BigDecimal(price), new BigDecimal(quantity), TimeInForce.GTC);
        return new OrderRequest.Place(ClientOrderId.child(PARENT, orders++), "alice", symbol, terms, nowMs + 5_000);
    }

    /** An order that is open: it counts as if executed. */
    private void open(String symbol, Side side, String quantity) {
        OrderRequest.Place place = order(symbol, side, "100", quantity);
        tracker.place(place.clientId(), "alice", symbol, place.terms(), 1);
    }

    @Test
    void anOrderIsAtMostFivePercentOfEquity() {
        assertThat(check(BTC, Side.BUY, "100", "50")).isNull();
        assertThat(check(BTC, Side.BUY, "100", "50.01")).isEqualTo(RefusalCode.RISK_LIMIT);
    }

    @Test
    void anAccountOfWhichTheVenueHasToldNothingYetIsNotALoss() {
        balances.clear();
        SafetyWatch watch = new SafetyWatch(
                RiskLimits.defaults("USDT"), account(), prices::get, "2023-11-14 100000", (name, value) -> {});
        assertThat(watch.look(1_000, 1_700_000_000_000L, false)).isNull();
        assertThat(watch.equity()).isNull();
        assertThat(check(BTC, Side.BUY, "100", "1")).isEqualTo(RefusalCode.STALE_MARK);
        balances.add(balance("USDT", "90000"));
        assertThat(watch.look(2_000, 1_700_000_000_000L, false)).startsWith("daily loss=10000");
    }

    @Test
    void aPositionIsAtMostTenPercentWithOpenOrdersAtTheirWorst() {
        positions.put(BTC, new BigDecimal("40"));
        open(BTC, Side.BUY, "40");
        assertThat(check(BTC, Side.BUY, "100", "20")).isNull();
        assertThat(check(BTC, Side.BUY, "100", "20.01")).isEqualTo(RefusalCode.RISK_LIMIT);
    }

    @Test
    void aPositionOverItsLimitCanAlwaysBeReduced() {
        positions.put(BTC, new BigDecimal("500"));
        assertThat(check(BTC, Side.BUY, "100", "1")).isEqualTo(RefusalCode.RISK_LIMIT);
        assertThat(check(BTC, Side.SELL, "100", "50")).isNull();
    }

    @Test
    void exposureOfAllSymbolsIsAtMostHalfOfEquity() {
        for (int i = 0; i < 5; i++) {
            positions.put("A" + i + "-USDT", new BigDecimal("90"));
        }
        assertThat(check(BTC, Side.BUY, "100", "50")).isNull();
        assertThat(check(BTC, Side.BUY, "100", "50.1")).isEqualTo(RefusalCode.RISK_LIMIT);
        positions.put("A5-USDT", new BigDecimal("1"));
        assertThat(check(BTC, Side.BUY, "100", "50")).isEqualTo(RefusalCode.RISK_LIMIT);
    }

    @Test
    void aSixteenthPositionIsRefusedAndAnOldOneMayGrow() {
        for (int i = 0; i < 15; i++) {
            positions.put("A" + i + "-USDT", BigDecimal.ONE);
        }
        assertThat(check(BTC, Side.BUY, "100", "1")).isEqualTo(RefusalCode.RISK_LIMIT);
        assertThat(check("A0-USDT", Side.BUY, "100", "1")).isNull();
    }

    @Test
    void aPriceMayCrossTheMarkByFivePercentAndRestAnywhere() {
        assertThat(check(BTC, Side.BUY, "105", "1")).isNull();
        assertThat(check(BTC, Side.BUY, "105.01", "1")).isEqualTo(RefusalCode.PRICE_COLLAR);
        assertThat(check(BTC, Side.SELL, "94.99", "1")).isEqualTo(RefusalCode.PRICE_COLLAR);
        assertThat(check(BTC, Side.BUY, "10", "1")).isNull();
        assertThat(check(BTC, Side.SELL, "1000", "1")).isNull();
    }

    @Test
    void withoutABelievablePriceNothingPasses() {
        prices.remove("A0-USDT");
        assertThat(check("A0-USDT", Side.BUY, "100", "1")).isEqualTo(RefusalCode.STALE_MARK);
        assertThat(check(BTC, Side.BUY, "100", "1")).isNull();
        prices.remove(BTC);
        assertThat(check("A1-USDT", Side.BUY, "100", "1"))
                .as("the account holds BTC, which cannot be valued")
                .isEqualTo(RefusalCode.STALE_MARK);
    }

    @Test
    void fundsLessTheIntentsThatTheVenueHasNotLocked() {
        balances.set(0, balance("USDT", "1000"));
        open(BTC, Side.BUY, "9");
        assertThat(check(BTC, Side.BUY, "100", "1")).isNull();
        assertThat(check(BTC, Side.BUY, "100", "1.1")).isEqualTo(RefusalCode.INSUFFICIENT_FUNDS);
        assertThat(check("A0-USDT", Side.SELL, "100", "1")).isEqualTo(RefusalCode.INSUFFICIENT_FUNDS);
    }

    @Test
    void theSameOrderAgainWithinAMomentIsAMistake() {
        assertThat(gate.check(order(BTC, Side.BUY, "100", "1"), 5_000)).isNull();
        OrderResult.Refused refused = gate.check(order(BTC, Side.BUY, "100", "1"), 5_099);
        assertThat(refused).isNotNull().extracting(OrderResult.Refused::code).isEqualTo(RefusalCode.DUPLICATE_ORDER);
        assertThat(gate.check(order(BTC, Side.BUY, "100", "1"), 5_100)).isNull();
        assertThat(gate.refusedCount()).isEqualTo(1);
    }

    @Test
    void anotherWayToWriteTheSameNumberIsTheSameOrder() {
        assertThat(gate.check(order(BTC, Side.BUY, "100", "1"), 5_000)).isNull();
        assertThat(gate.check(order(BTC, Side.BUY, "100.0", "1.00"), 5_050))
                .isNotNull()
                .extracting(OrderResult.Refused::code)
                .isEqualTo(RefusalCode.DUPLICATE_ORDER);
    }

    @Test
    void aTransferThatCannotBeValuedYetMovesTheBaselineOnceItCan() {
        Map<String, String> journal = new HashMap<>();
        long noonMs = 1_700_000_000_000L;
        SafetyWatch watch = new SafetyWatch(RiskLimits.defaults("USDT"), account(), prices::get, null, journal::put);
        assertThat(watch.look(1, noonMs, false)).isNull();
        BigDecimal before = watch.baseline();
        BigDecimal mark = Objects.requireNonNull(prices.remove(BTC));
        watch.onTransfer("BTC", new BigDecimal("2"));
        assertThat(watch.baseline()).isEqualByComparingTo(before);
        prices.put(BTC, mark);
        assertThat(watch.look(1_000, noonMs + 1_000, false)).isNull();
        assertThat(watch.baseline()).isEqualByComparingTo(before.add(mark.multiply(new BigDecimal("2"))));
        assertThat(watch.look(2_000, noonMs + 2_000, false)).isNull();
        assertThat(watch.baseline()).isEqualByComparingTo(before.add(mark.multiply(new BigDecimal("2"))));
    }

    @Test
    void theDaysLossClosesTheSwitchAndSurvivesARestartAndIsNoTransfer() {
        Map<String, String> journal = new HashMap<>();
        long noonMs = 1_700_000_000_000L;
        SafetyWatch watch = new SafetyWatch(RiskLimits.defaults("USDT"), account(), prices::get, null, journal::put);
        assertThat(watch.look(1, noonMs, false)).isNull();
        assertThat(journal.get(SafetyWatch.journalName())).isEqualTo("2023-11-14 100000");
        watch.onTransfer("USDT", new BigDecimal("-4000"));
        balances.set(0, balance("USDT", "86000"));
        prices.put(BTC, new BigDecimal("52.01"));
        assertThat(watch.look(2_000, noonMs, false))
                .as("a withdrawal and a loss of 4,799")
                .isNull();
        SafetyWatch again = new SafetyWatch(
                RiskLimits.defaults("USDT"),
                account(),
                prices::get,
                journal.get(SafetyWatch.journalName()),
                journal::put);
        prices.put(BTC, new BigDecimal("52.00"));
        assertThat(again.look(1, noonMs + 60_000, false)).contains("daily loss=4800", "limit=4800");
        assertThat(again.look(2, noonMs + 86_400_000, false)).as("a new day").isNull();
    }

    @Test
    void aMarginCallClosesTheSwitchWithoutLimitsOfRiskToo() {
        SafetyWatch watch = new SafetyWatch(RiskLimits.off(), account(), prices::get, null, (k, v) -> {});
        assertThat(watch.look(0, 1, false)).isNull();
        marginCall = "equity=90 maintenance_margin=100";
        assertThat(watch.look(1_000, 1, false)).isEqualTo("margin call: equity=90 maintenance_margin=100");
    }

    @Test
    void noPriceWhileOrdersAreOpenAndAFailingJournalCloseTheSwitch() {
        SafetyWatch watch = new SafetyWatch(RiskLimits.defaults("USDT"), account(), prices::get, null, (k, v) -> {});
        assertThat(watch.look(0, 1, false)).isNull();
        prices.remove(BTC);
        assertThat(watch.look(60_000, 1, false)).as("nothing is open").isNull();
        open(BTC, Side.BUY, "1");
        assertThat(watch.look(89_999, 1, false)).isNull();
        assertThat(watch.look(90_000, 1, false)).contains("feed staleness");
        prices.put(BTC, new BigDecimal("100"));
        assertThat(watch.look(90_001, 1, true)).isNull();
        assertThat(watch.look(100_000, 1, true)).contains("critical error");
    }
}
