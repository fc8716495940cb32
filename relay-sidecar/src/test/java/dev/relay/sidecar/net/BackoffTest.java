package dev.relay.sidecar.net;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BackoffTest {
    @Test
    void shouldSpreadDelaysWithinTheCapForAThousandReconnects() {
        Backoff backoff = new Backoff(250, 30_000, 60_000, 7);
        long nowMs = 0;
        int lowerHalf = 0;
        long[] starts = new long[1_000];
        for (int i = 0; i < starts.length; i++) {
            long delayMs = backoff.nextDelayMs(nowMs);
            assertThat(delayMs).isBetween(0L, 30_000L);
            lowerHalf += i > 10 && delayMs < 15_000 ? 1 : 0;
            nowMs += delayMs;
            starts[i] = nowMs;
        }
        assertThat(lowerHalf).isBetween(400, 600);
        for (int i = 299; i < starts.length; i++) {
            assertThat(starts[i] - starts[i - 299])
                    .as("300 attempts within 5 min")
                    .isGreaterThan(300_000L);
        }
    }

    @Test
    void shouldStartAgainOnlyAfterAHealthyConnection() {
        Backoff backoff = new Backoff(100, 100_000, 60_000, 3);
        for (int i = 0; i < 10; i++) {
            backoff.nextDelayMs(0);
        }
        backoff.onUp(1_000);
        long maxAfterFlap = 0;
        for (int i = 0; i < 20; i++) {
            backoff.onUp(1_000);
            maxAfterFlap = Math.max(maxAfterFlap, backoff.nextDelayMs(1_500));
        }
        assertThat(maxAfterFlap).isGreaterThan(100);
        backoff.onUp(2_000);
        assertThat(backoff.nextDelayMs(62_000)).isLessThanOrEqualTo(100);
    }
}
