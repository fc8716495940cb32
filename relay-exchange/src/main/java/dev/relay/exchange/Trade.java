package dev.relay.exchange;

/** One fill of an account as the exchange booked it; decimals without trailing zeros. */
public record Trade(
        String symbol,
        long tradeId,
        long orderId,
        String clientOrderId,
        String side,
        String price,
        String qty,
        String quoteQty,
        String commission,
        String commissionAsset,
        long timeMs,
        boolean maker) {}
