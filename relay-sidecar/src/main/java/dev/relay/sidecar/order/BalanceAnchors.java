package dev.relay.sidecar.order;

import dev.relay.sidecar.order.Discrepancy.Kind;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * The truth check of the books kept here: what the venue says an account holds of an asset must be its anchor plus what
 * the booked fills and fees moved. Thread "orders".
 *
 * <p>The anchor is what the account held before the first fill booked here. It is fixed by the first reconciliations and
 * kept in the journal; transfers move it. A figure counts when two reconciliations one after the other find the same:
 * a fill between the venue's answers makes two that differ. A difference is noted with its amount, and the anchor moves
 * by it, so that each unexplained change is an alert once. Only assets of configured instruments and of their fees are
 * looked at.
 */
final class BalanceAnchors {
    /** Name of an asset's anchor among the journal's facts. */
    static final String PREFIX = "anchor:";

    private final OrderTracker tracker;
    private final OrderLog log;
    private final Discrepancies discrepancies;
    private final Map<String, BigDecimal> anchors;
    private final Map<String, BigDecimal> suspected = new HashMap<>();
    private long differenceCount;

    /** @param kept the anchors of the journal, by asset */
    BalanceAnchors(OrderTracker tracker, OrderLog log, Discrepancies discrepancies, Map<String, BigDecimal> kept) {
        this.tracker = tracker;
        this.log = log;
        this.discrepancies = discrepancies;
        this.anchors = new TreeMap<>(kept);
    }

    /** A reconciliation is done; {@code balances} are all that the account holds. */
    void onReconciled(Collection<Balance> balances) {
        Map<String, BigDecimal> flows = flows();
        Map<String, BigDecimal> held = new HashMap<>();
        balances.forEach(balance -> held.put(balance.asset(), balance.free().add(balance.locked())));
        flows.forEach((asset, flow) ->
                check(asset, held.getOrDefault(asset, BigDecimal.ZERO).subtract(flow)));
    }

    /** A reconciliation that is not to be judged, or the connection went. */
    void forget() {
        suspected.clear();
    }

    private void check(String asset, BigDecimal seen) {
        BigDecimal anchor = anchors.get(asset);
        BigDecimal before = suspected.remove(asset);
        if (anchor != null && anchor.compareTo(seen) == 0) {
            return;
        }
        if (before == null || before.compareTo(seen) != 0) {
            suspected.put(asset, seen);
            return;
        }
        keep(asset, seen);
        if (anchor != null) {
            noteDifference(asset, anchor, seen.subtract(anchor));
        }
    }

    private void noteDifference(String asset, BigDecimal anchor, BigDecimal difference) {
        discrepancies.note(
                Kind.BALANCE_DIFFERS,
                asset + " " + ++differenceCount,
                "",
                "",
                "",
                "asset=" + asset + " difference=" + Decimals.text(difference) + " anchor=" + Decimals.text(anchor));
    }

    /** A deposit, or with a negative amount a withdrawal. */
    void onTransfer(String asset, BigDecimal amount) {
        BigDecimal anchor = anchors.get(asset);
        if (anchor != null) {
            keep(asset, anchor.add(amount));
        }
    }

    private void keep(String asset, BigDecimal anchor) {
        anchors.put(asset, anchor);
        log.saveFact(PREFIX + asset, Decimals.text(anchor));
    }

    /** What the booked fills moved, by asset; zero for an asset that none moved. */
    private Map<String, BigDecimal> flows() {
        Map<String, BigDecimal> flows = new TreeMap<>();
        for (Instrument instrument : tracker.instruments()) {
            flows.putIfAbsent(instrument.base(), BigDecimal.ZERO);
            flows.putIfAbsent(instrument.quote(), BigDecimal.ZERO);
        }
        for (PositionView position : tracker.positions()) {
            Instrument instrument = tracker.instrument(position.symbol());
            if (instrument == null) {
                continue;
            }
            flows.merge(instrument.base(), position.quantity(), BigDecimal::add);
            flows.merge(instrument.quote(), position.realised().subtract(position.cost()), BigDecimal::add);
            position.fees().forEach((asset, fee) -> {
                if (!asset.equals(instrument.base())) { // that part is in the quantity
                    flows.merge(asset, fee.negate(), BigDecimal::add);
                }
            });
        }
        return flows;
    }
}
