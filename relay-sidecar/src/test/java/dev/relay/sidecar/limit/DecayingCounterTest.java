package dev.relay.sidecar.limit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What a counter that falls lets through, and when. */
class DecayingCounterTest {
    private final DecayingCounter counter = new DecayingCounter(20, 0.5);

    @Test
    void holdsWhatIsTooMuchAndSaysWhenItIsWorthAskingAgain() {
        for (int i = 0; i < 16; i++) {
            assertThat(counter.take(1, 0.8, 0)).isZero();
        }
        long waitMs = counter.take(1, 0.8, 0);
        assertThat(waitMs).isEqualTo(2_000);
        assertThat(counter.take(1, 0.8, waitMs - 1)).isPositive();
        assertThat(counter.take(1, 0.8, waitMs)).isZero();
    }

    @Test
    void leavesItsReserveToWhatHasALargerShare() {
        for (int i = 0; i < 16; i++) {
            counter.take(1, 0.8, 0);
        }
        assertThat(counter.take(1, 0.95, 0)).isZero();
        assertThat(counter.take(4, 0.95, 0)).isPositive();
        counter.add(8, 0); // a cancel always passes
        assertThat(counter.left(0)).isZero();
        assertThat(counter.left(50_000)).isEqualTo(20);
    }

    @Test
    void fallsFromFullWhenTheVenueSaysThatNothingIsLeft() {
        counter.exhaust(0);
        assertThat(counter.take(1, 1, 0)).isEqualTo(2_000);
        assertThat(counter.take(1, 1, 2_000)).isZero();
    }
}
