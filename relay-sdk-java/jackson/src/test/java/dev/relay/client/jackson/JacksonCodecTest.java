package dev.relay.client.jackson;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relay.client.PayloadCodec;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

class JacksonCodecTest {
    /** An ordinary class with fields, which the built-in codec does not take. */
    public static final class Quote {
        public String symbol = "";
        public BigDecimal price = BigDecimal.ZERO;
    }

    private final PayloadCodec codec =
            ServiceLoader.load(PayloadCodec.class).findFirst().orElseThrow();

    @Test
    void shouldKeepDecimalsExactThereAndBack() {
        Quote quote = new Quote();
        quote.symbol = "BTC-USD";
        quote.price = new BigDecimal("64000.10");
        Quote back = codec.decode(codec.encode(quote), PayloadCodec.JSON, Quote.class);
        assertThat(back.price).isEqualTo(new BigDecimal("64000.10"));
        assertThat(back.symbol).isEqualTo("BTC-USD");
    }

    @Test
    void shouldSayWhichTypeAPayloadDoesNotFit() {
        assertThatThrownBy(() -> codec.decode("[".getBytes(StandardCharsets.UTF_8), PayloadCodec.JSON, Quote.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Quote");
    }
}
