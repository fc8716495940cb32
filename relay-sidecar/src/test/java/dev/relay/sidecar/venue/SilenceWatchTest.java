package dev.relay.sidecar.venue;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SilenceWatchTest {
    private final SilenceWatch watch = new SilenceWatch();

    @Test
    void shouldSuspectABookAfterAMinuteOrFourTimesItsLongestPause() {
        watch.onSubscribed(0);
        watch.onData(1_000);
        assertThat(watch.isSilent(61_000)).isFalse();
        assertThat(watch.isSilent(61_001)).isTrue();
        watch.onData(41_000); // a pause of forty seconds is this market's way
        assertThat(watch.isSilent(41_000 + 160_000)).isFalse();
        assertThat(watch.isSilent(41_000 + 160_001)).isTrue();
    }

    @Test
    void shouldGrowMorePatientWhileNothingComesOfIt() {
        watch.onSubscribed(0);
        watch.onSuspected(7, 60_001);
        assertThat(watch.isSilent(60_001 + 120_000)).isFalse();
        assertThat(watch.isSilent(60_001 + 120_001)).isTrue();
        watch.onData(200_000);
        assertThat(watch.suspicions()).isEqualTo(1);
    }

    @Test
    void shouldTellOnceThatACopyIsNewerThanTheStream() {
        watch.onSubscribed(0);
        assertThat(watch.hasMissed(100)).isFalse();
        watch.onSuspected(100, 70_000);
        assertThat(watch.hasMissed(101)).isTrue();
        assertThat(watch.hasMissed(101)).isFalse();
        watch.onSuspected(101, 200_000);
        assertThat(watch.hasMissed(101)).isFalse();
    }
}
