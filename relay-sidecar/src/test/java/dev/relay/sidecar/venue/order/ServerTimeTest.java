package dev.relay.sidecar.venue.order;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** How well the venue's clock is known. */
final class ServerTimeTest {
    private final ServerTime time = new ServerTime();

    @Test
    void shouldBeOffByHalfARoundTripAtMost() {
        assertThat(time.errorMs(0)).isZero();
        time.onAnswer(1_000_900, 0, 1_000);
        assertThat(1_000_900 - time.at(1_000)).isLessThanOrEqualTo(time.errorMs(1_000));
        assertThat(time.errorMs(1_000)).isEqualTo(501);
    }

    @Test
    void shouldKeepWhatAQuickAnswerToldWhenASlowOneAgreesAndTrustItLessWithTime() {
        time.onAnswer(1_000_001, 0, 2);
        time.onAnswer(1_010_500, 10_000, 12_000);
        assertThat(time.errorMs(12_000)).isLessThan(10);
        assertThat(time.at(12_000)).isBetween(1_011_990L, 1_012_010L);
        assertThat(time.errorMs(72_000)).isGreaterThan(time.errorMs(12_000) + 20);
    }

    @Test
    void shouldFollowAClockThatWasSet() {
        time.onAnswer(1_000_001, 0, 2);
        time.onAnswer(995_001, 10, 12);
        assertThat(time.at(11)).isBetween(994_999L, 995_003L);
        assertThat(time.errorMs(12)).isEqualTo(2);
    }
}
