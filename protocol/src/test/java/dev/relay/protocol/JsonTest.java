package dev.relay.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "[1,-2,9223372036854775807]",
                "{\"a\":[true,false,null],\"b\":{\"c\":\"d\"}}",
                "\"\\\"\\\\\\u0001\"",
                "64000.10",
                "\"ausführung ☃\""
            })
    void shouldWriteBackWhatItRead(String text) {
        assertThat(Json.write(Json.parse(text))).isEqualTo(text);
    }

    @Test
    void shouldKeepNumbersExact() {
        Map<String, ?> m = Json.object("{\"p\":64000.10,\"big\":123456789012345678901234567890,\"e\":1e-8}");
        assertThat(Objects.requireNonNull(m.get("p"))).isEqualTo(new BigDecimal("64000.10"));
        assertThat(Objects.requireNonNull(m.get("big"))).isEqualTo(new BigDecimal("123456789012345678901234567890"));
        assertThat(Json.write(m.get("e"))).isEqualTo("0.00000001");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "}",
                "{\"a\"}",
                "{\"a\":1,}",
                "[1,]",
                "01",
                "1.",
                "-",
                "+1",
                "1e",
                "nul",
                "'a'",
                "\"\n\"",
                "\"\\x\"",
                "\"\\u12g4\"",
                "{} x",
                "{\"a\":1,\"a\":2}",
                "1e1000000000",
                "NaN"
            })
    void shouldRefuseWhatIsNotJson(String text) {
        assertThatThrownBy(() -> Json.parse(text)).isInstanceOf(JsonException.class);
    }

    @Test
    void shouldRefuseDepthWithoutOverflowingTheStack() {
        assertThatThrownBy(() -> Json.parse("[".repeat(100_000)))
                .isInstanceOf(JsonException.class)
                .hasMessageContaining("deeper than 16");
    }

    @Test
    void shouldRefuseToWriteWhatJsonCannotSay() {
        assertThatThrownBy(() -> Json.write(Double.NaN)).isInstanceOf(JsonException.class);
        assertThatThrownBy(() -> Json.write(new Object())).isInstanceOf(JsonException.class);
    }

    @Test
    void shouldRefuseANumberWhoseExponentOverflows() {
        for (String number : new String[] {"1e99999999999", "1e-99999999999", "0e2147483648", "1e1001"}) {
            Assertions.assertThatThrownBy(() -> Json.parse(number))
                    .as(number)
                    .isInstanceOf(JsonException.class)
                    .hasMessageContaining("exponent out of range");
        }
    }

    @Test
    void shouldWriteNumbersSoThatTheyCanBeReadAgain() {
        Object large = Json.parse("1e400");
        Assertions.assertThat(Json.parse(Json.write(large))).isEqualTo(large);
    }
}
