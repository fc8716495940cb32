package dev.relay.sidecar.risk;

import dev.relay.sidecar.order.Side;
import java.math.BigDecimal;

/** The largest position, long or short, that a symbol can end in if everything open on one side is executed and nothing on the other. Stateless. */
final class WorstCase {
    private WorstCase() {}

    static BigDecimal quantity(Account account, String symbol) {
        return quantityWith(account, symbol, Side.BUY, BigDecimal.ZERO);
    }

    /** As {@link #quantity}, with so much more, or with a negative amount less, asked for on one side. */
    static BigDecimal quantityWith(Account account, String symbol, Side side, BigDecimal more) {
        BigDecimal position = account.position(symbol);
        OpenSums open = account.open(symbol);
        BigDecimal buys = open.open(Side.BUY).add(side == Side.BUY ? more : BigDecimal.ZERO);
        BigDecimal sells = open.open(Side.SELL).add(side == Side.SELL ? more : BigDecimal.ZERO);
        return position.add(buys).abs().max(position.subtract(sells).abs());
    }
}
