package dev.relay.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class Uuid7Test {
    private long wallMs = 1_700_000_000_000L;

    private final Clock clock = new Clock() {
        @Override
        public long nanoTime() {
            return 0;
        }

        @Override
        public long wallMs() {
            return wallMs;
        }
    };

    @Test
    void shouldRiseWithinAMillisecondAndWhenTheClockGoesBack() {
        Uuid7 ids = new Uuid7(clock, new SplittableRandom(1));
        long last = 0;
        for (int i = 0; i < 20_000; i++) {
            ids.next();
            assertThat(ids.msb()).isGreaterThan(last);
            UUID id = new UUID(ids.msb(), ids.lsb());
            assertThat(id.version()).isEqualTo(7);
            assertThat(id.variant()).isEqualTo(2);
            last = ids.msb();
            wallMs -= i % 1000 == 0 ? 5 : 0;
        }
    }
}
