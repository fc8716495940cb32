package dev.relay.exchange.account;

import dev.relay.exchange.engine.Side;

/** One account's side of a trade. Amounts scaled by 10^8. */
public record Fill(
        String symbol,
        long tradeId,
        long orderId,
        String clientOrderId,
        Side side,
        long price,
        long qty,
        long quote,
        long commission,
        String commissionAsset,
        long timeMs,
        boolean maker) {}
