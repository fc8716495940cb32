package dev.relay.daemon.flow;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RetryScheduleTest {
    @Test
    void shouldRetryAtTheTimesOfTheContractAndDieWhenTheSixthAttemptFails() {
        long[] offsets = {2_000, 6_000, 14_000, 30_000, 55_000};
        for (int failures = 1; failures <= 5; failures++) {
            assertThat(RetrySchedule.nextOffsetMs(failures, 0, 0)).isEqualTo(offsets[failures - 1]);
        }
        assertThat(RetrySchedule.nextOffsetMs(6, 55_001, 0)).isEqualTo(RetrySchedule.DEAD);
    }

    @Test
    void shouldLetAHandlerDelayARetryButNotHastenIt() {
        assertThat(RetrySchedule.nextOffsetMs(1, 0, 500)).isEqualTo(2_000);
        assertThat(RetrySchedule.nextOffsetMs(1, 0, 5_000)).isEqualTo(5_000);
        assertThat(RetrySchedule.isPastBudget(RetrySchedule.nextOffsetMs(1, 0, 90_000)))
                .isTrue();
    }

    @Test
    void shouldDieAtTheEndOfTheBudget() {
        assertThat(RetrySchedule.nextOffsetMs(2, 60_000, 0)).isEqualTo(RetrySchedule.DEAD);
    }
}
