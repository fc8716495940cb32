package dev.relay.sidecar.order;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class ClientOrderIdTest {
    private static final String PARENT = "00112233445566778899aabbccddeeff";

    @Test
    void shouldWriteAMessageIdAsLowerCaseHex() {
        assertThat(ClientOrderId.of(HexFormat.of().parseHex(PARENT))).isEqualTo(PARENT);
        assertThat(ClientOrderId.isValid(PARENT)).isTrue();
        assertThat(ClientOrderId.isValid(PARENT.toUpperCase(java.util.Locale.ROOT)))
                .isFalse();
        assertThat(ClientOrderId.isValid("abc")).isFalse();
    }

    @Test
    void shouldDeriveStableAndDifferentChildren() {
        String first = ClientOrderId.child(PARENT, 0);
        assertThat(first).isEqualTo(ClientOrderId.child(PARENT, 0)).isNotEqualTo(ClientOrderId.child(PARENT, 1));
        assertThat(ClientOrderId.isValid(first)).isTrue();
    }

    @Test
    void shouldGiveEachEventOfEachAccountItsOwnId() {
        assertThat(ClientOrderId.ofEvent("a", 1))
                .hasSize(16)
                .isEqualTo(ClientOrderId.ofEvent("a", 1))
                .isNotEqualTo(ClientOrderId.ofEvent("a", 2))
                .isNotEqualTo(ClientOrderId.ofEvent("b", 1));
    }
}
