package dev.relay.sidecar.order;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.sidecar.order.Discrepancy.Kind;
import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What reconciliation finds is on record once, and what is only late is not. */
class DiscrepanciesTest extends ExecutorDesk {
    private static final long A_RUN_MS = 16_000;

    @Test
    void O7_anOrderOfSomebodyElseIsAnAlert() {
        FakeVenue.Live stranger = venue.stranger("by-hand-1", SYMBOL);
        venue.owner().onReport(FakeVenue.report(stranger, null));
        pass(A_RUN_MS);
        assertThat(kinds()).containsExactly(Kind.EXTERNAL_ORDER);
        assertThat(log.discrepancies.get(0).clientId()).isEqualTo("by-hand-1");
        assertThat(executor.facts().toMap()).containsEntry("discrepancies_external_order_total", 1L);
    }

    @Test
    void O7_aStrangersTradeDoesNotKeepTheAccountFromLiveWhileAPlaceIsInDoubt() {
        venue.mode = FakeVenue.Mode.LOSE_REQUEST;
        place();
        assertThat(order().state()).isEqualTo(OrderState.UNKNOWN);
        venue.disconnect();
        venue.stranger("by-hand", SYMBOL);
        venue.fill("by-hand", "1", false);
        venue.connect();
        assertThat(venue.calls).contains("find");
        assertThat(executor.isLive()).isTrue();
        assertThat(tracker.externalCount()).isOne();
        assertThat(tracker.positions().get(0).quantity()).isEqualByComparingTo("-1");
    }

    @Test
    void anOrderUnderAnIdOfOurFormThatTheJournalDoesNotKnowIsAnOrphan() {
        venue.stranger("f".repeat(32), SYMBOL);
        pass(A_RUN_MS);
        assertThat(kinds()).containsExactly(Kind.ORPHAN_ORDER);
    }

    @Test
    void aNoteOfAStrangerStandsInTheJournalBeforeItsOrder() {
        log.isHeld = true;
        venue.owner().onReport(FakeVenue.report(venue.stranger("by-hand-1", SYMBOL), null));
        log.waiting.remove().run();
        assertThat(log.discrepancies).hasSize(1);
        assertThat(log.transitions).isEmpty();
    }

    @Test
    void anInstrumentThatIsNotConfiguredIsAnAlertOnce() {
        FakeVenue.Live stranger = venue.stranger("by-hand-1", "DOGE-USDT");
        venue.owner().onReport(FakeVenue.report(stranger, null));
        venue.owner().onReport(FakeVenue.report(stranger, null));
        assertThat(kinds()).containsExactly(Kind.FOREIGN_SYMBOL);
    }

    @Test
    void aFillThatOnlyTheTradeListToldWasMissed() {
        place();
        venue.fill(ID, "0.5", false);
        pass(A_RUN_MS + Discrepancies.PUSH_WAIT_MS);
        assertThat(order().filled()).isEqualByComparingTo("0.5");
        assertThat(kinds()).containsExactly(Kind.MISSED_FILL);
        assertThat(log.discrepancies.get(0).detail()).contains("trade_id=1", "quantity=0.5");
    }

    @Test
    void aPushThatComesJustBehindThePollWasNotMissed() {
        place();
        venue.fill(ID, "2", false);
        while (order().filled().signum() == 0) {
            pass(50);
        }
        Fill fill = log.transitions.stream()
                .map(Transition::fill)
                .filter(each -> each != null)
                .findFirst()
                .orElseThrow();
        venue.owner().onReport(FakeVenue.report(venue.live(ID), fill));
        pass(Discrepancies.PUSH_WAIT_MS * 2);
        assertThat(log.discrepancies).isEmpty();
    }

    @Test
    void anEndThatOnlyAQueryToldWasMissed() {
        place();
        venue.live(ID).state = OrderState.CANCELLED;
        pass(A_RUN_MS + Discrepancies.PUSH_WAIT_MS);
        assertThat(order().state()).isEqualTo(OrderState.CANCELLED);
        assertThat(kinds()).containsExactly(Kind.MISSED_REPORT);
    }

    @Test
    void O5_anOrderThatTheVenueDoesNotFindAnyMoreIsAnAlertAndStaysOpen() {
        place();
        venue.truth.remove(ID);
        pass(2 * A_RUN_MS);
        assertThat(order().state()).isEqualTo(OrderState.OPEN);
        assertThat(kinds()).containsExactly(Kind.VANISHED_ORDER);
    }

    @Test
    void anOrderFoundOpenLongAfterItsPlaceGotNoAnswerIsCancelled() {
        venue.mode = FakeVenue.Mode.LOSE_ANSWER;
        place();
        FakeVenue.Live lost = venue.truth.remove(ID);
        pass(11_000);
        assertThat(order().state()).isEqualTo(OrderState.UNKNOWN);
        venue.mode = FakeVenue.Mode.ANSWER;
        venue.truth.put(ID, lost);
        pass(6_000);
        assertThat(order().state()).isEqualTo(OrderState.CANCELLED);
        assertThat(kinds()).containsExactly(Kind.STUCK_ORDER);
    }

    @Test
    void aStuckOrderWhoseCancelCouldNotLeaveIsCancelledLater() {
        venue.mode = FakeVenue.Mode.LOSE_ANSWER;
        place();
        FakeVenue.Live lost = venue.truth.remove(ID);
        pass(11_000);
        venue.mode = FakeVenue.Mode.NOT_SENT;
        venue.truth.put(ID, lost);
        pass(6_000);
        assertThat(order().state()).isEqualTo(OrderState.OPEN);
        venue.mode = FakeVenue.Mode.ANSWER;
        pass(6_000);
        assertThat(order().state()).isEqualTo(OrderState.CANCELLED);
        assertThat(kinds()).containsExactly(Kind.STUCK_ORDER);
    }

    @Test
    void O1_anOrderThatTheVenueTookAfterItsPlaceWasGivenUpIsAnOrphanAndCancelled() {
        venue.mode = FakeVenue.Mode.LOSE_REQUEST;
        place();
        pass(30_000);
        assertThat(order().state()).isEqualTo(OrderState.REJECTED);
        venue.mode = FakeVenue.Mode.ANSWER;
        FakeVenue.Live late = new FakeVenue.Live(order(), "77");
        venue.truth.put(ID, late);
        venue.fill(ID, "0.5", false);
        pass(2 * A_RUN_MS);
        assertThat(late.state).isEqualTo(OrderState.CANCELLED);
        assertThat(order().state()).isEqualTo(OrderState.REJECTED);
        assertThat(order().filled()).isEqualByComparingTo("0.5");
        assertThat(kinds()).contains(Kind.ORPHAN_ORDER);
    }

    @Test
    void anOrderFoundOpenSoonAfterALostAnswerIsLeftOpen() {
        venue.mode = FakeVenue.Mode.LOSE_ANSWER;
        place();
        venue.mode = FakeVenue.Mode.ANSWER;
        pass(2 * A_RUN_MS);
        assertThat(order().state()).isEqualTo(OrderState.OPEN);
        assertThat(log.discrepancies).isEmpty();
    }

    @Test
    void aBalanceThatFillsDoNotExplainIsAnAlertWithItsAmountOnce() {
        hold("1000", "5");
        pass(3 * A_RUN_MS);
        assertThat(log.facts).containsEntry("anchor:USDT", "1000").containsEntry("anchor:BTC", "5");
        place();
        venue.fill(ID, "2", true);
        hold("800", "7");
        pass(3 * A_RUN_MS);
        assertThat(log.discrepancies).isEmpty();
        hold("793", "7");
        pass(4 * A_RUN_MS);
        assertThat(kinds()).containsExactly(Kind.BALANCE_DIFFERS);
        assertThat(log.discrepancies.get(0).detail()).contains("asset=USDT difference=-7 anchor=1000");
        assertThat(log.facts).containsEntry("anchor:USDT", "993");
    }

    @Test
    void aTransferMovesTheAnchorAndIsNoAlert() {
        hold("1000", "5");
        pass(3 * A_RUN_MS);
        venue.owner().onTransfer("USDT", new BigDecimal("250"));
        hold("1250", "5");
        pass(4 * A_RUN_MS);
        assertThat(log.discrepancies).isEmpty();
        assertThat(log.facts).containsEntry("anchor:USDT", "1250");
    }

    private void hold(String usdt, String btc) {
        venue.account.clear();
        venue.account.add(new Balance("USDT", new BigDecimal(usdt), BigDecimal.ZERO, 1));
        venue.account.add(new Balance("BTC", new BigDecimal(btc), BigDecimal.ZERO, 1));
    }

    private List<Kind> kinds() {
        return log.discrepancies.stream().map(Discrepancy::kind).toList();
    }
}
