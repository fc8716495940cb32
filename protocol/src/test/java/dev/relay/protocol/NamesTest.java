package dev.relay.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
    @ParameterizedTest
    @ValueSource(strings = {"a", "risk", "9lives", "a.b_c-d", "relay-sidecar.1"})
    void shouldTakeLegalNames(String name) {
        assertThat(Names.isName(name)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "A", ".a", "-a", "a b", "a/b", "a'; DROP", "a\u0000", "\u202Ea", "a\r\n", "../x", "*"})
    void shouldRefuseEverythingElse(String name) {
        assertThat(Names.isName(name)).isFalse();
    }

    @Test
    void shouldBoundTheLength() {
        assertThat(Names.isName("a".repeat(64))).isTrue();
        assertThat(Names.isName("a".repeat(65))).isFalse();
        assertThat(Names.isTopic("a.".repeat(7) + "a")).isTrue();
        assertThat(Names.isTopic("a.".repeat(8) + "a")).isFalse();
        assertThat(Names.isName(null)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "orders.BTC-USD.filled,true,true",
        "orders.*.filled,false,true",
        "orders.>,false,true",
        ">,false,true",
        "orders.>.x,false,false",
        "orders..x,false,false",
        "orders.,false,false",
        ".orders,false,false",
        "or*ders,false,false"
    })
    void shouldTellTopicsFromPatterns(String text, boolean isTopic, boolean isPattern) {
        assertThat(Names.isTopic(text)).isEqualTo(isTopic);
        assertThat(Names.isPattern(text)).isEqualTo(isPattern);
    }

    @ParameterizedTest
    @CsvSource({
        "a.b,a.b,true",
        "a.b,a.c,false",
        "a.b,a,false",
        "a,a.b,false",
        "a.*,a.b,true",
        "a.*,a.b.c,false",
        "a.*,a,false",
        "*.b,a.b,true",
        "a.>,a.b.c,true",
        "a.>,a.b,true",
        "a.>,a,false",
        ">,a,true",
        "*,a,true",
        "*,a.b,false"
    })
    void shouldMatchSegmentBySegment(String pattern, String topic, boolean matches) {
        assertThat(TopicPattern.matches(pattern, topic)).isEqualTo(matches);
    }
}
