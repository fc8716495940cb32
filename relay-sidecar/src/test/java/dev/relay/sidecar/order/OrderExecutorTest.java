package dev.relay.sidecar.order;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The executor in virtual time against a venue that loses, refuses and races. */
class OrderExecutorTest extends ExecutorDesk {
    @Test
    void shouldCommitTheIntentBeforeTheWrite() {
        log.isHeld = true;
        place();
        assertThat(venue.placed).isEmpty();
        log.commitAll();
        assertThat(venue.placed).containsExactly(ID);
        assertThat(log.transitions.get(0).order().state()).isEqualTo(OrderState.PENDING_NEW);
        assertThat(only()).isInstanceOf(OrderResult.Accepted.class);
    }

    @Test
    void shouldAnswerAKnownClientIdWithItsOrderAndNeverWriteItAgain() {
        place();
        place();
        assertThat(venue.placed).containsExactly(ID);
        assertThat(results).hasSize(2).allMatch(OrderResult.Accepted.class::isInstance);
    }

    @Test
    void aClientIdWithOtherTermsIsAnotherOrderAndRefused() {
        place();
        OrderRequest.Place first = request(ID);
        executor.handle(with(first, first.terms().withPrice(new BigDecimal("101"))), results::add);
        executor.handle(with(first, first.terms().withQuantity(BigDecimal.ONE)), results::add);
        assertThat(results.subList(1, 3))
                .allMatch(result -> result instanceof OrderResult.Refused refused
                        && refused.code() == RefusalCode.DUPLICATE_CLIENT_ID);
        executor.handle(with(first, first.terms().withQuantity(new BigDecimal("2.00"))), results::add);
        assertThat(results.get(3)).isInstanceOf(OrderResult.Accepted.class);
        assertThat(venue.placed).containsExactly(ID);
    }

    private static OrderRequest.Place with(OrderRequest.Place request, OrderTerms terms) {
        return new OrderRequest.Place(
                request.clientId(), request.agent(), request.symbol(), terms, request.expiresAtMs());
    }

    @Test
    void aCancelBehindAPlaceThatTheJournalRefusedIsAnswered() {
        log.isHeld = true;
        place();
        executor.handle(new OrderRequest.Cancel(ID, "alice"), results::add);
        log.failsIntents = true;
        log.commitAll();
        assertThat(results)
                .extracting(result -> ((OrderResult.Refused) result).code())
                .containsExactly(RefusalCode.JOURNAL_UNAVAILABLE, RefusalCode.UNKNOWN_ORDER);
        assertThat(executor.facts().cancelsWaiting()).isZero();
    }

    @Test
    void shouldFindALiveOrderWhoseAnswerWasLostWithoutSendingItAgain() {
        venue.mode = FakeVenue.Mode.LOSE_ANSWER;
        place();
        assertThat(only()).isInstanceOf(OrderResult.Unknown.class);
        venue.mode = FakeVenue.Mode.ANSWER;
        pass(1_000);
        assertThat(order().state()).isEqualTo(OrderState.OPEN);
        assertThat(venue.placed).containsExactly(ID);
    }

    @Test
    void shouldNotCallAnUnknownOrderRejectedBeforeTheVenueCannotAcceptItAnyMore() {
        venue.mode = FakeVenue.Mode.LOSE_REQUEST;
        place();
        pass(14_000);
        assertThat(order().state()).isEqualTo(OrderState.UNKNOWN);
        pass(15_000);
        assertThat(order().state()).isEqualTo(OrderState.REJECTED);
        assertThat(venue.placed).containsExactly(ID);
    }

    @Test
    void O8_shouldBookAFillWhileTheEventStreamIsDownAndTheVenueCanBeAsked() {
        place();
        venue.isReachableAway = true;
        venue.disconnect();
        venue.fill(ID, "1", false);
        pass(1_100);
        assertThat(order().filled()).isEqualByComparingTo("1");
        venue.fill(ID, "1", false);
        pass(5_100);
        assertThat(order().state()).isEqualTo(OrderState.FILLED);
        assertThat(order().filled()).isEqualByComparingTo("2");
        assertThat(executor.isLive()).as("nobody tells what happens now").isFalse();
    }

    @Test
    void O8_shouldAskNothingWithoutTheEventStreamWhenNothingIsOpenOrTheVenueCannotBeAsked() {
        venue.isReachableAway = true;
        venue.disconnect();
        venue.calls.clear();
        pass(20_000);
        assertThat(venue.calls).isEmpty();
        venue.connect();
        place();
        venue.isReachableAway = false;
        venue.disconnect();
        venue.calls.clear();
        pass(20_000);
        assertThat(venue.calls).isEmpty();
    }

    @Test
    void shouldRefuseWhatTheVenueRefused() {
        venue.mode = FakeVenue.Mode.REFUSE;
        place();
        assertThat(refusal().code()).isEqualTo(RefusalCode.VENUE_REJECTED);
        assertThat(refusal().reason()).contains("-2010");
        assertThat(order().state()).isEqualTo(OrderState.REJECTED);
    }

    @Test
    void shouldNotWriteAnOrderWhoseTimeToLiveEndedInTheQueue() {
        log.isHeld = true;
        place();
        clock.nowMs += 6_000;
        log.commitAll();
        assertThat(venue.placed).isEmpty();
        assertThat(refusal().code()).isEqualTo(RefusalCode.TTL_EXPIRED);
        assertThat(order().state()).isEqualTo(OrderState.REJECTED);
    }

    @Test
    void shouldWriteNothingAfterTheKillSwitchAndStillCancel() {
        place();
        log.isHeld = true;
        String second = ClientOrderId.child(ID, 1);
        executor.handle(request(second), results::add);
        List<List<String>> inFlight = new ArrayList<>();
        executor.kill("test", inFlight::add);
        log.commitAll();
        assertThat(inFlight).hasSize(1);
        assertThat(venue.placed).containsExactly(ID);
        assertThat(log.isKilled).isTrue();
        assertThat(order().state()).isEqualTo(OrderState.CANCELLED);
        log.isHeld = false;
        executor.handle(request(ClientOrderId.child(ID, 2)), results::add);
        assertThat(results.subList(1, 3))
                .allMatch(result ->
                        result instanceof OrderResult.Refused refused && refused.code() == RefusalCode.KILLED);
    }

    @Test
    void I43_aPlaceRefusedForTheClockIsWrittenOnceMore() {
        venue.mode = FakeVenue.Mode.AGAIN;
        place();
        assertThat(venue.placed).isEmpty();
        venue.mode = FakeVenue.Mode.ANSWER;
        venue.held.remove(0).accept(new VenueAnswer.Again("clock"));
        assertThat(venue.placed).containsExactly(ID);
        assertThat(only()).isInstanceOf(OrderResult.Accepted.class);
    }

    @Test
    void I44_aPlaceRefusedForTheClockIsNotWrittenAgainAfterTheKillSwitch() {
        venue.mode = FakeVenue.Mode.AGAIN;
        place();
        venue.mode = FakeVenue.Mode.ANSWER;
        executor.kill("a drill", ids -> {});
        venue.held.remove(0).accept(new VenueAnswer.Again("clock"));
        assertThat(venue.placed).isEmpty();
        assertThat(refusal().code()).isEqualTo(RefusalCode.KILLED);
        assertThat(refusal().reason()).contains("a drill");
    }

    @Test
    void I43_aPlaceRefusedForTheClockIsNotWrittenAgainAfterItsTimeToLive() {
        venue.mode = FakeVenue.Mode.AGAIN;
        place();
        venue.mode = FakeVenue.Mode.ANSWER;
        clock.nowMs += 6_000;
        venue.held.remove(0).accept(new VenueAnswer.Again("clock"));
        assertThat(venue.placed).isEmpty();
        assertThat(refusal().code()).isEqualTo(RefusalCode.TTL_EXPIRED);
    }

    @Test
    void I44_aReleaseThatIsCommittedAfterALaterKillDoesNotOpenTheGate() {
        executor.kill("first", ids -> {});
        log.isHeld = true;
        List<Boolean> opened = new ArrayList<>();
        executor.release("operator", opened::add);
        executor.kill("second", ids -> {});
        log.commitAll();
        assertThat(opened).containsExactly(false);
        assertThat(gate.isClosed()).isTrue();
        assertThat(log.isKilled).isTrue();
        log.isHeld = false;
        executor.release("operator", opened::add);
        assertThat(opened).containsExactly(false, true);
        assertThat(gate.isClosed()).isFalse();
    }

    @Test
    void I44_aMarginCallOfTheVenueClosesTheSwitchAndCancels() {
        place();
        venue.marginCall = "equity=90 maintenance_margin=100";
        pass(1_100);
        assertThat(gate.isClosed()).isTrue();
        assertThat(log.isKilled).isTrue();
        assertThat(order().state()).isEqualTo(OrderState.CANCELLED);
    }

    @Test
    void shouldHoldACancelBehindAnUnansweredPlace() {
        venue.mode = FakeVenue.Mode.HOLD;
        place();
        executor.handle(new OrderRequest.Cancel(ID, "alice"), results::add);
        assertThat(venue.calls).doesNotContain("cancel");
        venue.mode = FakeVenue.Mode.ANSWER;
        venue.held.get(0).accept(new VenueAnswer.Reported(List.of(FakeVenue.report(venue.live(ID), null))));
        assertThat(venue.calls).contains("cancel");
        assertThat(results).hasSize(2).allMatch(OrderResult.Accepted.class::isInstance);
        assertThat(order().state()).isEqualTo(OrderState.CANCELLED);
    }

    @Test
    void shouldAnswerACancelOfAFilledOrderOnlyAfterTheFillIsBooked() {
        place();
        venue.fill(ID, "2", false);
        executor.handle(new OrderRequest.Cancel(ID, "alice"), result -> {
            assertThat(tracker.positions().get(0).quantity()).isEqualByComparingTo("2");
            results.add(result);
        });
        pass(1_000);
        assertThat(results).hasSize(2);
        assertThat(results.get(1))
                .isInstanceOfSatisfying(
                        OrderResult.Refused.class,
                        refused -> assertThat(refused.code()).isEqualTo(RefusalCode.ORDER_ENDED));
    }

    @Test
    void shouldFindOutACancelWhoseAnswerWasLost() {
        place();
        venue.mode = FakeVenue.Mode.LOSE_ANSWER;
        executor.handle(new OrderRequest.Cancel(ID, "alice"), results::add);
        assertThat(results.get(1)).isInstanceOf(OrderResult.Unknown.class);
        assertThat(order().pending()).isEqualTo("cancel");
        pass(1_000);
        assertThat(order().state()).isEqualTo(OrderState.CANCELLED);
    }

    @Test
    void shouldBookFillsMissedWhileDisconnectedBeforeBeingLiveAgain() {
        place();
        venue.disconnect();
        venue.fill(ID, "0.5", false);
        assertThat(executor.isLive()).isFalse();
        venue.connect();
        assertThat(executor.isLive()).isTrue();
        assertThat(tracker.positions().get(0).quantity()).isEqualByComparingTo("0.5");
        assertThat(order().state()).isEqualTo(OrderState.PARTIALLY_FILLED);
    }

    @Test
    void shouldCatchASilentEventStreamWithinThirtySeconds() {
        place();
        venue.fill(ID, "2", false);
        pass(30_000);
        assertThat(order().state()).isEqualTo(OrderState.FILLED);
        assertThat(tracker.positions().get(0).quantity()).isEqualByComparingTo("2");
        assertThat(tracker.externalCount()).isZero();
    }

    @Test
    void shouldQueryAfterARestartBeforeAnythingElse() {
        venue.mode = FakeVenue.Mode.HOLD;
        place();
        restart();
        assertThat(order().state()).isEqualTo(OrderState.UNKNOWN);
        venue.mode = FakeVenue.Mode.ANSWER;
        place();
        assertThat(results.get(results.size() - 1)).isInstanceOf(OrderResult.Unknown.class);
        venue.connect();
        pass(1_000);
        assertThat(order().state()).isEqualTo(OrderState.OPEN);
        assertThat(venue.placed).containsExactly(ID);
    }

    @Test
    void shouldCancelWhatIsOpenWhenItStartsKilled() {
        place();
        gate.close("test");
        restart();
        assertThat(order().state()).isEqualTo(OrderState.OPEN);
        venue.connect();
        pass(100);
        assertThat(order().state()).isEqualTo(OrderState.CANCELLED);
    }

    @Test
    void shouldCancelWhatIsOpenBeforeTheFirstLiveWhenItIsToldTo() {
        place();
        venue.stranger("somebody", SYMBOL);
        cancelsAtStart = true;
        restart();
        venue.mode = FakeVenue.Mode.LOSE_ANSWER;
        venue.connect();
        assertThat(venue.truth.values()).allMatch(live -> live.state == OrderState.CANCELLED);
        assertThat(executor.isLive()).isTrue();
        assertThat(gate.isClosed()).isFalse();
        venue.mode = FakeVenue.Mode.ANSWER;
        executor.handle(request(ClientOrderId.child(ID, 1)), results::add);
        venue.disconnect();
        venue.connect();
        assertThat(tracker.openCount()).as("only at the start").isEqualTo(1);
    }

    @Test
    void shouldRefusePlacesButNotCancelsWhileRedisIsDown() {
        place();
        isStateAvailable = false;
        executor.handle(request(ClientOrderId.child(ID, 1)), results::add);
        executor.handle(new OrderRequest.Cancel(ID, "alice"), results::add);
        assertThat(results.get(1))
                .isInstanceOfSatisfying(
                        OrderResult.Refused.class,
                        refused -> assertThat(refused.code()).isEqualTo(RefusalCode.STATE_UNAVAILABLE));
        assertThat(results.get(2)).isInstanceOf(OrderResult.Accepted.class);
    }

    @Test
    void L3_anAgentThatUsedItsBudgetUpCanStillCancelAndOthersCanPlace() {
        for (int i = 0; i < 41; i++) {
            executor.handle(request(ClientOrderId.child(ID, i)), results::add);
        }
        assertThat(results.get(39)).isInstanceOf(OrderResult.Accepted.class);
        assertThat(((OrderResult.Refused) results.get(40)).code()).isEqualTo(RefusalCode.RATE_LIMITED);
        executor.handle(new OrderRequest.Cancel(ClientOrderId.child(ID, 0), "alice"), results::add);
        assertThat(results.get(41)).isInstanceOf(OrderResult.Accepted.class);
        OrderRequest.Place other = request(ClientOrderId.child(ID, 99));
        executor.handle(
                new OrderRequest.Place(other.clientId(), "bob", SYMBOL, other.terms(), other.expiresAtMs()),
                results::add);
        assertThat(results.get(42)).isInstanceOf(OrderResult.Accepted.class);
    }

    @Test
    void shouldAnswerOncePerOrderOfACancelAll() {
        place();
        executor.handle(request(ClientOrderId.child(ID, 1)), results::add);
        executor.handle(new OrderRequest.CancelAll(null), results::add);
        assertThat(results.get(2))
                .isInstanceOfSatisfying(
                        OrderResult.Batch.class,
                        batch -> assertThat(batch.results())
                                .hasSize(2)
                                .allMatch(OrderResult.Accepted.class::isInstance));
        assertThat(tracker.openCount()).isZero();
    }

    private OrderResult only() {
        assertThat(results).hasSize(1);
        return results.get(0);
    }

    private OrderResult.Refused refusal() {
        return (OrderResult.Refused) only();
    }
}
