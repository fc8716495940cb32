package dev.relay.sidecar.book;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ScaleTest {
    @Test
    void shouldAgreeWithBigDecimalOnRandomNumbers() {
        SplittableRandom random = new SplittableRandom(11);
        for (int i = 0; i < 100_000; i++) {
            int decimals = random.nextInt(13);
            Scale scale = new Scale(decimals);
            long value = random.nextLong(1L << random.nextInt(1, 60));
            BigDecimal exact = BigDecimal.valueOf(value, decimals);
            String canonical =
                    exact.signum() == 0 ? "0" : exact.stripTrailingZeros().toPlainString();
            assertThat(scale.text(value)).isEqualTo(canonical);
            assertThat(scale.parse(exact.toPlainString())).isEqualTo(value);
            assertThat(scale.parse(canonical)).isEqualTo(value);
        }
    }

    @Test
    void shouldFaultInsteadOfRounding() {
        Scale cents = new Scale(2);
        assertThat(cents.parse("1.2300000")).isEqualTo(123);
        for (String wrong : new String[] {"1.234", "", ".", "-1", "1e3", "1.2.3", "92233720368547758.08", " 1", "1 "}) {
            assertThat(cents.parse(wrong)).as("text '%s'", wrong).isEqualTo(Scale.FAULT);
        }
    }

    @Test
    void shouldTakeTheScaleFromTheStep() {
        assertThat(Scale.ofStep("0.00010000").decimals()).isEqualTo(4);
        assertThat(Scale.ofStep("1.00000000").decimals()).isZero();
        assertThat(Scale.ofStep("10").decimals()).isZero();
    }
}
