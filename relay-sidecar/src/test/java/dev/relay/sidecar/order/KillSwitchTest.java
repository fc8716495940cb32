package dev.relay.sidecar.order;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The kill switch goes on until nothing is open any more. */
class KillSwitchTest extends ExecutorDesk {
    @Test
    void I44_aCancelThatCouldNotLeaveIsSentAgainUntilTheOrderHasEnded() {
        place();
        venue.mode = FakeVenue.Mode.NOT_SENT;
        executor.kill("test", ids -> {});
        pass(20_000);
        assertThat(order().state()).isEqualTo(OrderState.OPEN);
        venue.mode = FakeVenue.Mode.ANSWER;
        pass(6_000);
        assertThat(order().state()).isEqualTo(OrderState.CANCELLED);
    }

    @Test
    void I44_anOrderThatIsFoundAfterTheKillIsCancelledToo() {
        executor.kill("test", ids -> {});
        FakeVenue.Live found = venue.stranger("somebody's", SYMBOL);
        pass(25_000);
        assertThat(found.state).isEqualTo(OrderState.CANCELLED);
    }

    @Test
    void I44_whatIsOpenAfterTheReleaseIsLeftAlone() {
        place();
        venue.mode = FakeVenue.Mode.NOT_SENT;
        executor.kill("test", ids -> {});
        executor.release("test", isOpen -> {});
        venue.mode = FakeVenue.Mode.ANSWER;
        pass(20_000);
        assertThat(order().state()).isEqualTo(OrderState.OPEN);
    }
}
