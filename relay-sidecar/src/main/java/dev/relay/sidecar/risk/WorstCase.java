package dev.relay.sidecar.risk;

import dev.relay.sidecar.order.OrderView;
import dev.relay.sidecar.order.Side;
import java.math.BigDecimal;

/** The largest position, long or short, that a symbol can end in if everything open on one side is executed and nothing on the other. Stateless. */
final class WorstCase {
    private WorstCase() {}

    static BigDecimal quantity(Account account, String symbol) {
        BigDecimal position = account.position(symbol);
        BigDecimal longest = position.add(open(account, symbol, Side.BUY));
        BigDecimal shortest = position.subtract(open(account, symbol, Side.SELL));
        return longest.abs().max(shortest.abs());
    }

    /** As {@link #quantity}, with one more order. */
    static BigDecimal quantityWith(Account account, String symbol, Side side, BigDecimal more) {
        BigDecimal position = account.position(symbol);
        BigDecimal buys = open(account, symbol, Side.BUY).add(side == Side.BUY ? more : BigDecimal.ZERO);
        BigDecimal sells = open(account, symbol, Side.SELL).add(side == Side.SELL ? more : BigDecimal.ZERO);
        return position.add(buys).abs().max(position.subtract(sells).abs());
    }

    /** What is still to be executed of the open orders of one side. */
    static BigDecimal open(Account account, String symbol, Side side) {
        BigDecimal sum = BigDecimal.ZERO;
        for (OrderView order : account.openOrders()) {
            if (order.symbol().equals(symbol) && order.terms().side() == side) {
                sum = sum.add(order.terms().quantity().subtract(order.filled()).max(BigDecimal.ZERO));
            }
        }
        return sum;
    }
}
