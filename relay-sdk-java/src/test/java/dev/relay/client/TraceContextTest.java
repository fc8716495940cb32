package dev.relay.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TraceContextTest {
    private static final String PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    @AfterEach
    void leave() {
        TraceContext.handling(null);
    }

    @Test
    void shouldBeginTracesInTheFormOfTheStandard() {
        assertThat(TraceContext.in(block(TraceContext.begin()))).isNotNull();
        assertThat(TraceContext.begin()).isNotEqualTo(TraceContext.begin());
    }

    @Test
    void shouldSendANewSpanOfTheMessageThatIsHandled() {
        assertThat(TraceContext.inherited()).isNull();
        TraceContext.handling(PARENT);
        assertThat(TraceContext.current()).isEqualTo(PARENT);
        assertThat(TraceContext.inherited())
                .startsWith(PARENT.substring(0, 36))
                .endsWith("-01")
                .hasSameSizeAs(PARENT)
                .isNotEqualTo(PARENT);
    }

    @Test
    void shouldEndAMalformedContext() {
        for (String bad : List.of("", "x", "00-" + "0".repeat(32) + "-00f067aa0ba902b7-01", PARENT + "-")) {
            assertThat(TraceContext.in(block(bad))).as(bad).isNull();
        }
        assertThat(TraceContext.in(HeaderBlock.EMPTY)).isNull();
        assertThat(TraceContext.in(block(PARENT))).isEqualTo(PARENT);
    }

    private static byte[] block(String context) {
        return new HeaderBlock.Builder()
                .put(HeaderKey.TOPIC, "a.b")
                .put(HeaderKey.TRACEPARENT, context)
                .build();
    }
}
