package dev.relay.sidecar.venue.order;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.sidecar.order.Fill;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderReport;
import dev.relay.sidecar.order.OrderTerms;
import dev.relay.sidecar.order.OrderTracker;
import dev.relay.sidecar.order.OrderType;
import dev.relay.sidecar.order.OrderView;
import dev.relay.sidecar.order.Side;
import dev.relay.sidecar.order.TimeInForce;
import dev.relay.sidecar.order.VenueAnswer;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Which readings a list of trades costs, and that an answer is never a part of the truth. */
class TradeListTest {
    private static final long START_MS = 1_700_000_000_000L;

    private final List<OrderReport> truth = new ArrayList<>();
    private final List<Long> readFrom = new ArrayList<>();
    private final List<Consumer<VenueAnswer>> held = new ArrayList<>();
    private final TradeList list = new TradeList((fromMs, answer) -> {
        readFrom.add(fromMs);
        held.add(answer);
    });
    private final List<VenueAnswer> got = new ArrayList<>();

    private void trade(String orderId, long afterMs) {
        truth.add(OrderReport.ofTrade(
                OrderReport.Source.POLL,
                new Fill(
                        "BTC-USD",
                        "T" + truth.size(),
                        orderId,
                        Side.BUY,
                        BigDecimal.ONE,
                        BigDecimal.ONE,
                        BigDecimal.ZERO,
                        "USD",
                        START_MS + afterMs)));
    }

    private void answer() {
        long fromMs = readFrom.get(readFrom.size() - 1);
        held.remove(0)
                .accept(new VenueAnswer.Reported(truth.stream()
                        .filter(report -> report.venueAtMs() > fromMs)
                        .toList()));
    }

    private static OrderView order(String venueId) {
        OrderTracker tracker = new OrderTracker("paper", List.of(Instrument.of("BTC-USD")));
        OrderTerms terms = new OrderTerms(Side.BUY, OrderType.LIMIT, BigDecimal.ONE, BigDecimal.ONE, TimeInForce.GTC);
        tracker.place(venueId, "alice", "BTC-USD", terms, START_MS);
        OrderReport named = new OrderReport(
                OrderReport.Source.PUSH, "BTC-USD", venueId, venueId, null, null, null, null, "", START_MS);
        return Objects.requireNonNull(tracker.apply(named, START_MS)).order();
    }

    private List<String> tradesOf(int answer) {
        return ((VenueAnswer.Reported) got.get(answer))
                .reports().stream()
                        .map(report -> Objects.requireNonNull(report.fill()).tradeId())
                        .toList();
    }

    @Test
    void O8_manyOrdersAreAnsweredByOneReadingAndTheNextGoesOnBehindIt() {
        trade("O1", 1_000);
        trade("O2", 60_000);
        list.of(order("O1"), got::add);
        list.of(order("O2"), got::add);
        list.of(order("O3"), got::add);
        answer();
        assertThat(got).hasSize(1);
        answer();
        assertThat(got).hasSize(3);
        assertThat(tradesOf(0)).containsExactly("T0");
        assertThat(tradesOf(1)).containsExactly("T1");
        assertThat(tradesOf(2)).isEmpty();
        assertThat(readFrom).containsExactly(START_MS - 60_000, START_MS + 58_000);
        trade("O1", 90_000);
        list.of(order("O1"), got::add);
        answer();
        assertThat(tradesOf(3)).containsExactly("T0", "T2");
        assertThat(readFrom).hasSize(3).endsWith(START_MS + 58_000);
    }

    @Test
    void O3_whatIsOlderThanWhatIsKeptIsReadAgainAndNothingIsToldTwice() {
        trade("O1", -500_000);
        trade("O1", 1_000);
        list.from(START_MS, got::add);
        answer();
        assertThat(tradesOf(0)).containsExactly("T1");
        list.from(START_MS - 600_000, got::add);
        answer();
        assertThat(tradesOf(1)).containsExactly("T0", "T1");
        assertThat(readFrom).endsWith(START_MS - 602_001);
    }

    @Test
    void aReadingWithoutACertainAnswerChangesNothing() {
        trade("O1", 1_000);
        list.from(START_MS, got::add);
        answer();
        list.from(START_MS, got::add);
        held.remove(0).accept(new VenueAnswer.InDoubt("timeout"));
        assertThat(got.get(1)).isInstanceOf(VenueAnswer.InDoubt.class);
        trade("O1", 2_000);
        list.from(START_MS, got::add);
        answer();
        assertThat(tradesOf(2)).containsExactly("T0", "T1");
    }

    @Test
    void moreThanIsKeptIsToldInWholeAndReadAgainTheNextTime() {
        for (int i = 0; i <= TradeList.MOST_KEPT; i++) {
            trade("O1", i * 10L);
        }
        list.from(START_MS, got::add);
        answer();
        list.from(START_MS, got::add);
        answer();
        assertThat(tradesOf(0)).hasSize(TradeList.MOST_KEPT + 1);
        assertThat(tradesOf(1)).hasSize(TradeList.MOST_KEPT + 1);
        assertThat(readFrom).containsExactly(START_MS - 2_001, START_MS - 2_001);
    }
}
