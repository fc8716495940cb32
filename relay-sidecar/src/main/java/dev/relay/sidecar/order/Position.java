package dev.relay.sidecar.order;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Map;
import java.util.TreeMap;

/**
 * The position of one account in one instrument, folded from its fills. Owned by the thread "orders".
 *
 * <p>Quantity = signed fills − commission paid in the base asset, exact. A buy of q with base commission c is an increase
 * of q − c for the whole notional; a sell takes q + c away. {@code cost} is what the open quantity cost (below zero when
 * short). The share of the cost that leaves with a reduction is rounded at 34 digits; whatever is rounded away stays
 * in the realised figure, so realised = cost − (bought − sold notional) holds exactly, always.
 */
final class Position {
    private static final int AVERAGE_SCALE = 18;

    private final Instrument instrument;
    private BigDecimal quantity = BigDecimal.ZERO;
    private BigDecimal cost = BigDecimal.ZERO;
    private BigDecimal realised = BigDecimal.ZERO;
    private BigDecimal bought = BigDecimal.ZERO;
    private BigDecimal sold = BigDecimal.ZERO;
    private final Map<String, BigDecimal> fees = new TreeMap<>();
    private long fillCount;
    private long eventNo;

    Position(Instrument instrument) {
        this.instrument = instrument;
    }

    void book(Fill fill, long bookedByEventNo) {
        BigDecimal baseFee = fill.commissionAsset().equals(instrument.base()) ? fill.commission() : BigDecimal.ZERO;
        boolean isBuy = fill.side() == Side.BUY;
        BigDecimal signed = isBuy ? fill.quantity() : fill.quantity().negate();
        BigDecimal notional = isBuy ? fill.notional() : fill.notional().negate();
        trade(signed.subtract(baseFee), notional);
        if (isBuy) {
            bought = bought.add(fill.quantity());
        } else {
            sold = sold.add(fill.quantity());
        }
        if (fill.commission().signum() != 0) {
            fees.merge(fill.commissionAsset(), fill.commission(), BigDecimal::add);
        }
        fillCount++;
        eventNo = bookedByEventNo;
    }

    private void trade(BigDecimal change, BigDecimal notional) {
        if (change.signum() == 0) {
            realised = realised.subtract(notional);
        } else if (quantity.signum() == 0 || quantity.signum() == change.signum()) {
            quantity = quantity.add(change);
            cost = cost.add(notional);
        } else if (change.abs().compareTo(quantity.abs()) <= 0) {
            reduce(change, notional);
        } else {
            flip(change, notional);
        }
    }

    private void reduce(BigDecimal change, BigDecimal notional) {
        quantity = quantity.add(change);
        BigDecimal before = quantity.subtract(change);
        BigDecimal removed = quantity.signum() == 0
                ? cost
                : cost.multiply(change.abs()).divide(before.abs(), MathContext.DECIMAL128);
        realised = realised.subtract(notional).subtract(removed);
        cost = cost.subtract(removed);
    }

    private void flip(BigDecimal change, BigDecimal notional) {
        BigDecimal closing = notional.multiply(quantity.abs()).divide(change.abs(), MathContext.DECIMAL128);
        realised = realised.subtract(closing).subtract(cost);
        quantity = quantity.add(change);
        cost = notional.subtract(closing);
    }

    BigDecimal quantity() {
        return quantity;
    }

    PositionView view() {
        BigDecimal average =
                quantity.signum() == 0 ? BigDecimal.ZERO : cost.divide(quantity, AVERAGE_SCALE, RoundingMode.HALF_EVEN);
        return new PositionView(
                instrument.symbol(),
                quantity,
                average,
                cost,
                realised,
                bought,
                sold,
                Map.copyOf(fees),
                fillCount,
                eventNo);
    }
}
