package dev.relay.sidecar.order;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Amends against a venue that loses, refuses and races. */
class AmendsTest extends ExecutorDesk {
    private static final String NEW_ID = ClientOrderId.child(ID, 1);

    @Test
    void shouldTakeQuantityOffInPlaceAndKeepTheId() {
        place();
        amend(null, "0.5");
        assertThat(last()).isInstanceOf(OrderResult.Accepted.class);
        assertThat(order().terms().quantity()).isEqualByComparingTo("0.5");
        assertThat(order().state()).isEqualTo(OrderState.OPEN);
        assertThat(order().pending()).isEmpty();
        assertThat(venue.calls).contains("reduce").doesNotContain("replace");
        venue.fill(ID, "0.5", true);
        assertThat(order().state()).isEqualTo(OrderState.FILLED);
    }

    @Test
    void shouldPutAnotherOrderInThePlaceOfOneWhosePriceChanges() {
        place();
        venue.fill(ID, "0.5", true);
        amend("101", null);
        assertThat(last()).isInstanceOfSatisfying(OrderResult.Accepted.class, accepted -> {
            assertThat(accepted.order().clientId()).isEqualTo(NEW_ID);
            assertThat(accepted.order().replaces()).isEqualTo(ID);
            assertThat(accepted.order().terms().quantity()).isEqualByComparingTo("1.5");
        });
        assertThat(order().state()).isEqualTo(OrderState.CANCELLED);
        assertThat(order().filled()).isEqualByComparingTo("0.5");
    }

    @Test
    void shouldWriteARepeatedAmendOnce() {
        place();
        amend("101", null);
        amend("101", null);
        assertThat(venue.calls).containsOnlyOnce("replace");
        assertThat(results).hasSize(3).allMatch(OrderResult.Accepted.class::isInstance);
    }

    @Test
    void shouldCommitTheIntentBeforeAReplaceAndWriteNothingAfterTheKillSwitch() {
        place();
        log.isHeld = true;
        amend("101", null);
        amendOther("0.5");
        assertThat(venue.calls).doesNotContain("replace", "reduce");
        gate.close("test");
        log.commitAll();
        assertThat(venue.calls).doesNotContain("replace", "reduce");
        assertThat(results.subList(1, results.size()))
                .allMatch(result -> result instanceof OrderResult.Refused refused
                        && (refused.code() == RefusalCode.KILLED || refused.code() == RefusalCode.ORDER_BUSY));
        assertThat(Objects.requireNonNull(tracker.find(NEW_ID)).state()).isEqualTo(OrderState.REJECTED);
        assertThat(order().state()).isEqualTo(OrderState.OPEN);
    }

    @Test
    void O6_aReplaceThatLostTheRaceToAFillPlacesNothingAndTellsAfterTheFillIsBooked() {
        place();
        venue.fill(ID, "2", false);
        amend("101", null);
        assertThat(last())
                .isInstanceOfSatisfying(
                        OrderResult.Refused.class,
                        refused -> assertThat(refused.code()).isEqualTo(RefusalCode.ORDER_ENDED));
        assertThat(order().state()).isEqualTo(OrderState.FILLED);
        assertThat(venue.placed).containsExactly(ID);
    }

    @Test
    void shouldTellThatTheNewOrderWasRefusedAfterTheOldOneWasCancelled() {
        place();
        venue.mode = FakeVenue.Mode.REFUSE;
        amend("101", null);
        assertThat(((OrderResult.Refused) last()).reason()).contains("-2010");
        assertThat(order().state()).isEqualTo(OrderState.CANCELLED);
        assertThat(Objects.requireNonNull(tracker.find(NEW_ID)).state()).isEqualTo(OrderState.REJECTED);
    }

    @Test
    void shouldFindOutAReplaceWhoseAnswerWasLost() {
        place();
        venue.mode = FakeVenue.Mode.LOSE_ANSWER;
        amend("101", null);
        assertThat(last()).isInstanceOf(OrderResult.Unknown.class);
        venue.mode = FakeVenue.Mode.ANSWER;
        pass(1_000);
        assertThat(order().state()).isEqualTo(OrderState.CANCELLED);
        assertThat(Objects.requireNonNull(tracker.find(NEW_ID)).state()).isEqualTo(OrderState.OPEN);
        assertThat(venue.placed).containsExactly(ID, NEW_ID);
    }

    @Test
    void shouldFindOutAReductionWhoseAnswerWasLost() {
        place();
        venue.mode = FakeVenue.Mode.LOSE_ANSWER;
        amend(null, "0.5");
        assertThat(last()).isInstanceOf(OrderResult.Unknown.class);
        assertThat(order().pending()).isEqualTo("amend");
        amendOther("0.4");
        assertThat(((OrderResult.Refused) last()).code()).isEqualTo(RefusalCode.ORDER_BUSY);
        pass(1_000);
        assertThat(order().terms().quantity()).isEqualByComparingTo("0.5");
        assertThat(order().pending()).isEmpty();
    }

    @Test
    void shouldWaitBehindAnUnansweredPlaceForItsTimeToLive() {
        venue.mode = FakeVenue.Mode.HOLD;
        place();
        amend(null, "0.5");
        assertThat(results).isEmpty();
        venue.mode = FakeVenue.Mode.ANSWER;
        venue.held.get(0).accept(new VenueAnswer.Reported(List.of(FakeVenue.report(venue.live(ID), null))));
        assertThat(results).hasSize(2).allMatch(OrderResult.Accepted.class::isInstance);
        assertThat(order().terms().quantity()).isEqualByComparingTo("0.5");
    }

    @Test
    void shouldRefuseAQuantityThatIsExecutedAlreadyAndAnEndedOrder() {
        place();
        venue.fill(ID, "0.5", true);
        amend(null, "0.5");
        assertThat(((OrderResult.Refused) last()).code()).isEqualTo(RefusalCode.BAD_REQUEST);
        venue.fill(ID, "1.5", true);
        amend(null, "0.7");
        assertThat(((OrderResult.Refused) last()).code()).isEqualTo(RefusalCode.ORDER_ENDED);
    }

    @Test
    void anOrderThatIsBeingCancelledIsNotAmended() {
        place();
        venue.mode = FakeVenue.Mode.LOSE_ANSWER;
        executor.handle(new OrderRequest.Cancel(ID, "alice"), results::add);
        assertThat(order().pending()).isEqualTo("cancel");
        amend("101", null);
        assertThat(((OrderResult.Refused) last()).code()).isEqualTo(RefusalCode.ORDER_BUSY);
        assertThat(venue.calls).doesNotContain("replace");
        pass(1_000);
        assertThat(order().state()).isEqualTo(OrderState.CANCELLED);
    }

    @Test
    void anOrderWhoseReplaceWasNotWrittenCanBeAmendedAgain() {
        place();
        venue.mode = FakeVenue.Mode.AGAIN;
        amend("101", null);
        clock.nowMs += 6_000;
        venue.held.get(0).accept(new VenueAnswer.Again("the venue refused the timestamp"));
        assertThat(((OrderResult.Refused) last()).code()).isEqualTo(RefusalCode.TTL_EXPIRED);
        assertThat(order().pending()).isEmpty();
        venue.mode = FakeVenue.Mode.ANSWER;
        amendOther("0.5");
        assertThat(last()).isInstanceOf(OrderResult.Accepted.class);
    }

    @Test
    void O6_aReplaceThatIsOnlyPromisedEndsTheOldOrderWhenTheVenueSaysSo() {
        place();
        venue.mode = FakeVenue.Mode.PROMISE;
        amend("101", null);
        assertThat(order().state()).isEqualTo(OrderState.OPEN);
        assertThat(order().pending()).isEqualTo("amend");
        venue.live(ID).state = OrderState.CANCELLED;
        pass(1_000);
        assertThat(order().state()).isEqualTo(OrderState.CANCELLED);
        assertThat(Objects.requireNonNull(tracker.find(NEW_ID)).state()).isEqualTo(OrderState.OPEN);
    }

    @Test
    void O6_anOrderWhoseReplaceWasPromisedAndNotDoneStaysTracked() {
        place();
        venue.mode = FakeVenue.Mode.PROMISE;
        amend("101", null);
        FakeVenue.Live fresh = venue.live(NEW_ID);
        fresh.state = OrderState.REJECTED;
        venue.owner().onReport(FakeVenue.report(fresh, null));
        pass(30_000);
        assertThat(Objects.requireNonNull(tracker.find(NEW_ID)).state()).isEqualTo(OrderState.REJECTED);
        assertThat(order().state()).isEqualTo(OrderState.OPEN);
        assertThat(order().pending()).isEmpty();
        venue.fill(ID, "2", true);
        assertThat(order().state()).isEqualTo(OrderState.FILLED);
    }

    private void amend(@Nullable String price, @Nullable String quantity) {
        amend(NEW_ID, price, quantity);
    }

    private void amendOther(String quantity) {
        amend(ClientOrderId.child(ID, 2), null, quantity);
    }

    private void amend(String newId, @Nullable String price, @Nullable String quantity) {
        executor.handle(
                new OrderRequest.Amend(
                        ID,
                        "alice",
                        newId,
                        price == null ? null : new BigDecimal(price),
                        quantity == null ? null : new BigDecimal(quantity),
                        clock.nowMs + 5_000),
                results::add);
    }

    private OrderResult last() {
        return results.get(results.size() - 1);
    }
}
