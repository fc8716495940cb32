package dev.relay.sidecar.replay;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;

/** Digits after the point seen for one symbol. */
final class Decimals {
    private int price;
    private int quantity;

    void see(JsonNode priceNode, JsonNode quantityNode) {
        price = Math.max(price, of(priceNode));
        quantity = Math.max(quantity, of(quantityNode));
    }

    void atLeast(int priceDecimals, int quantityDecimals) {
        price = Math.max(price, priceDecimals);
        quantity = Math.max(quantity, quantityDecimals);
    }

    private static int of(JsonNode number) {
        return Math.max(0, new BigDecimal(number.asText()).scale());
    }

    int price() {
        return price;
    }

    int quantity() {
        return quantity;
    }

    static String step(int decimals) {
        return BigDecimal.ONE.movePointLeft(decimals).toPlainString();
    }
}
