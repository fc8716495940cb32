package dev.relay.sidecar.order;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class MessageAgeTest {
    private static final long SENT_MS = 1_763_800_000_123L;

    /** As both SDKs make them. */
    static byte[] idOf(long sentMs) {
        return ByteBuffer.allocate(16)
                .putLong(sentMs << 16 | 0x7123)
                .putLong(0x8123_4567_89ab_cdefL)
                .array();
    }

    @Test
    void anIdTellsWhenItsMessageWasSent() {
        assertThat(MessageAge.ms(idOf(SENT_MS), SENT_MS + 6_000)).isEqualTo(6_000);
        assertThat(MessageAge.ms(HexFormat.of().parseHex("017f22e279b07cc398c4dc0c0c07398f"), 1_645_557_742_001L))
                .as("the example of RFC 9562")
                .isEqualTo(1);
    }

    @Test
    void aClockThatWasSetBackMakesNothingYoungerThanNew() {
        assertThat(MessageAge.ms(idOf(SENT_MS), SENT_MS - 3_600_000)).isZero();
    }

    @Test
    void anIdOfAnotherFormTellsNoAge() {
        assertThat(MessageAge.ms(HexFormat.of().parseHex("00112233445566778899aabbccddeeff"), SENT_MS))
                .isZero();
        assertThat(MessageAge.ms(new byte[16], SENT_MS)).isZero();
    }
}
