package dev.relay.sidecar.order;

import java.math.BigDecimal;

/** One execution at the venue. {@code commission} is never negative for a fee; a rebate is below zero. */
public record Fill(
        String symbol,
        String tradeId,
        String venueOrderId,
        Side side,
        BigDecimal price,
        BigDecimal quantity,
        BigDecimal commission,
        String commissionAsset,
        long atMs) {
    public Fill {
        if (price.signum() < 0 || quantity.signum() <= 0) {
            throw new IllegalArgumentException("fill needs price >= 0 and quantity > 0, tradeId=" + tradeId);
        }
    }

    /** What makes a fill the same fill within one account. */
    public Key key() {
        return new Key(symbol, tradeId, venueOrderId);
    }

    public BigDecimal notional() {
        return price.multiply(quantity);
    }

    /** Identity of a fill; the account is the tracker's. */
    public record Key(String symbol, String tradeId, String venueOrderId) {}
}
