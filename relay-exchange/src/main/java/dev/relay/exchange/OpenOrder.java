package dev.relay.exchange;

/** One order that still stands in the book; decimals without trailing zeros. */
public record OpenOrder(
        String symbol,
        long orderId,
        String clientOrderId,
        String side,
        String type,
        String price,
        String qty,
        String executedQty,
        String status) {}
