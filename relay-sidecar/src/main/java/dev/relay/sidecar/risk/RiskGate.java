package dev.relay.sidecar.risk;

import dev.relay.sidecar.order.Balance;
import dev.relay.sidecar.order.Decimals;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderRequest;
import dev.relay.sidecar.order.OrderResult;
import dev.relay.sidecar.order.OrderTerms;
import dev.relay.sidecar.order.OrderView;
import dev.relay.sidecar.order.RefusalCode;
import dev.relay.sidecar.order.Side;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Looks at each new order before its intent is written: price collar, size, funds, position, exposure, number of positions, repeats.
 *
 * <p>Open orders and intents count as if executed, on the side that is worse. An order that makes the worst case of its symbol smaller passes the position, exposure
 * and count limits, so that a position over a limit can always be reduced. Without a believable price of the symbol, or of any asset held, nothing passes.
 * Thread "orders". Bounded: the last order of at most {@value #MAX_AGENTS} agents is remembered, the oldest is forgotten first.
 */
public final class RiskGate {
    private static final int MAX_AGENTS = 1_000;

    private final RiskLimits limits;
    private final Account account;
    private final Marks marks;
    private final Map<String, Last> lastOfAgent = new LinkedHashMap<>();
    private long refusedCount;

    private record Last(String symbol, OrderTerms terms, long atMs) {}

    public RiskGate(RiskLimits limits, Account account, Marks marks) {
        this.limits = limits;
        this.account = account;
        this.marks = marks;
    }

    /** Null when the order may go on. */
    public OrderResult.@Nullable Refused check(OrderRequest.Place order, long nowMs) {
        return check(order, null, nowMs);
    }

    /** As the short form, for an order that takes the place of {@code replaced}: only one of the two can be executed. */
    public OrderResult.@Nullable Refused check(OrderRequest.Place order, @Nullable OrderView replaced, long nowMs) {
        if (!limits.isOn()) {
            return null;
        }
        OrderResult.Refused refusal = refusal(order, replaced, nowMs);
        if (refusal != null) {
            refusedCount++;
        } else {
            remember(order, nowMs);
        }
        return refusal;
    }

    private OrderResult.@Nullable Refused refusal(OrderRequest.Place order, @Nullable OrderView replaced, long nowMs) {
        BigDecimal mark = marks.mark(order.symbol());
        if (mark == null) {
            return refused(RefusalCode.STALE_MARK, "no believable book for symbol=" + order.symbol());
        }
        BigDecimal equity = Equity.of(account, marks, limits.asset());
        if (equity == null) {
            return refused(RefusalCode.STALE_MARK, "no believable book to value the account");
        }
        OrderResult.Refused refusal = repeated(order, nowMs);
        refusal = refusal != null ? refusal : priceAndSize(order.terms(), mark, equity);
        refusal = refusal != null ? refusal : funds(order, replaced, mark);
        return refusal != null ? refusal : positions(order, replaced, mark, equity);
    }

    private OrderResult.@Nullable Refused repeated(OrderRequest.Place order, long nowMs) {
        Last last = lastOfAgent.get(order.agent());
        if (last == null
                || nowMs - last.atMs() >= limits.duplicateMs()
                || !last.symbol().equals(order.symbol())
                || !last.terms().isSameAs(order.terms())) {
            return null;
        }
        return refused(
                RefusalCode.DUPLICATE_ORDER,
                "the agent's last order has the same terms and is ms=" + (nowMs - last.atMs()) + " old");
    }

    private OrderResult.@Nullable Refused priceAndSize(OrderTerms terms, BigDecimal mark, BigDecimal equity) {
        BigDecimal price = terms.price();
        BigDecimal allowed = mark.multiply(limits.collar());
        if (price != null && cross(terms.side(), price, mark).compareTo(allowed) > 0) {
            return refused(
                    RefusalCode.PRICE_COLLAR,
                    "price=" + Decimals.text(price) + " crosses mark=" + Decimals.text(mark) + " by more than "
                            + Decimals.text(limits.collar()));
        }
        BigDecimal value = terms.quantity().multiply(price == null ? mark : price);
        return over(value, limits.maxOrder(), equity, "order");
    }

    private static BigDecimal cross(Side side, BigDecimal price, BigDecimal mark) {
        return side == Side.BUY ? price.subtract(mark) : mark.subtract(price);
    }

    /** A spot account pays with what it has: the venue's free figure less the intents that the venue has not locked yet. */
    private OrderResult.@Nullable Refused funds(
            OrderRequest.Place order, @Nullable OrderView replaced, BigDecimal mark) {
        Instrument instrument = instrument(order.symbol());
        if (instrument == null) {
            return null;
        }
        boolean isBuy = order.terms().side() == Side.BUY;
        String asset = isBuy ? instrument.quote() : instrument.base();
        BigDecimal need = cost(order.terms(), mark);
        BigDecimal free =
                free(asset).subtract(unlocked(order.terms().side(), asset)).add(given(replaced, mark));
        return need.compareTo(free) > 0
                ? refused(
                        RefusalCode.INSUFFICIENT_FUNDS,
                        "needs " + asset + "=" + Decimals.text(need) + " free=" + Decimals.text(free))
                : null;
    }

    private static BigDecimal cost(OrderTerms terms, BigDecimal mark) {
        BigDecimal price = terms.price();
        return terms.side() == Side.SELL ? terms.quantity() : terms.quantity().multiply(price == null ? mark : price);
    }

    private BigDecimal free(String asset) {
        for (Balance balance : account.balances()) {
            if (balance.asset().equals(asset)) {
                return balance.free();
            }
        }
        return BigDecimal.ZERO;
    }

    /** Funds that the replaced order gives back. */
    private static BigDecimal given(@Nullable OrderView replaced, BigDecimal mark) {
        if (replaced == null) {
            return BigDecimal.ZERO;
        }
        BigDecimal price = replaced.terms().price();
        BigDecimal remaining = OpenSums.remainingOf(replaced);
        return replaced.terms().side() == Side.SELL ? remaining : remaining.multiply(price == null ? mark : price);
    }

    private BigDecimal unlocked(Side side, String asset) {
        BigDecimal sum = BigDecimal.ZERO;
        for (Instrument instrument : account.instruments()) {
            String pays = side == Side.BUY ? instrument.quote() : instrument.base();
            BigDecimal mark = pays.equals(asset) ? marks.mark(instrument.symbol()) : null;
            if (mark != null) {
                sum = sum.add(account.open(instrument.symbol()).intentCost(side, mark));
            }
        }
        return sum;
    }

    private OrderResult.@Nullable Refused positions(
            OrderRequest.Place order, @Nullable OrderView replaced, BigDecimal mark, BigDecimal equity) {
        BigDecimal before = WorstCase.quantity(account, order.symbol());
        BigDecimal gone = replaced == null ? BigDecimal.ZERO : OpenSums.remainingOf(replaced);
        BigDecimal after = WorstCase.quantityWith(
                account,
                order.symbol(),
                order.terms().side(),
                order.terms().quantity().subtract(gone));
        if (after.compareTo(before) <= 0) {
            return null;
        }
        BigDecimal value = after.multiply(mark);
        OrderResult.Refused refusal = over(value, limits.maxPosition(), equity, "position");
        refusal = refusal != null ? refusal : exposure(order.symbol(), value, equity);
        return refusal != null || before.signum() != 0 ? refusal : count();
    }

    private OrderResult.@Nullable Refused exposure(String symbol, BigDecimal value, BigDecimal equity) {
        BigDecimal sum = value;
        for (Instrument other : account.instruments()) {
            BigDecimal quantity =
                    other.symbol().equals(symbol) ? BigDecimal.ZERO : WorstCase.quantity(account, other.symbol());
            if (quantity.signum() != 0) {
                BigDecimal mark = marks.mark(other.symbol());
                if (mark == null) {
                    return refused(RefusalCode.STALE_MARK, "no believable book for symbol=" + other.symbol());
                }
                sum = sum.add(quantity.multiply(mark));
            }
        }
        return over(sum, limits.maxExposure(), equity, "exposure");
    }

    private OrderResult.@Nullable Refused count() {
        long held = account.instruments().stream()
                .filter(i -> WorstCase.quantity(account, i.symbol()).signum() != 0)
                .count();
        return held >= limits.maxPositions()
                ? refused(RefusalCode.RISK_LIMIT, "positions=" + held + " limit=" + limits.maxPositions())
                : null;
    }

    private static OrderResult.@Nullable Refused over(
            BigDecimal value, BigDecimal share, BigDecimal equity, String what) {
        BigDecimal limit = equity.multiply(share);
        return value.compareTo(limit) > 0
                ? refused(
                        RefusalCode.RISK_LIMIT,
                        what + "=" + text(value) + " limit=" + text(limit) + " share=" + Decimals.text(share))
                : null;
    }

    private static String text(BigDecimal value) {
        return Decimals.text(value.round(MathContext.DECIMAL32));
    }

    private @Nullable Instrument instrument(String symbol) {
        for (Instrument instrument : account.instruments()) {
            if (instrument.symbol().equals(symbol)) {
                return instrument;
            }
        }
        return null;
    }

    private void remember(OrderRequest.Place order, long nowMs) {
        lastOfAgent.remove(order.agent());
        lastOfAgent.put(order.agent(), new Last(order.symbol(), order.terms(), nowMs));
        if (lastOfAgent.size() > MAX_AGENTS) {
            lastOfAgent.remove(lastOfAgent.keySet().iterator().next());
        }
    }

    private static OrderResult.Refused refused(RefusalCode code, String reason) {
        return new OrderResult.Refused(code, reason, null);
    }

    public long refusedCount() {
        return refusedCount;
    }
}
