package dev.relay.sidecar.simulation;

import dev.relay.exchange.BalanceView;
import dev.relay.exchange.OpenOrder;
import dev.relay.exchange.Trade;
import dev.relay.sidecar.order.Balance;
import dev.relay.sidecar.order.Discrepancy;
import dev.relay.sidecar.order.Fill;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderState;
import dev.relay.sidecar.order.OrderTracker;
import dev.relay.sidecar.order.OrderView;
import dev.relay.sidecar.order.PositionView;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What must hold: orders, balances and positions are the exchange's, each fill is booked once, no order is untracked, no
 * place is sent twice, places leave in the order of their intents, LIVE means that the past is booked.
 */
final class OrderVerdict {
    private static final Pattern PLACED =
            Pattern.compile("(?:newClientOrderId|cl_ord_id|client_order_id)[=\":]+([0-9a-f]{32})");

    private static final int MAX_WRONG = 5;
    private final OrderSimulation sim;
    private final List<String> wrong = new ArrayList<>();
    private final Map<String, Integer> sent = new HashMap<>();
    private final List<String> sentInOrder = new ArrayList<>();
    private int sentTwice;
    private int sendsAllowed = 1;
    private int asked;
    private int answered;
    private int lostByRestart;

    OrderVerdict(OrderSimulation sim) {
        this.sim = sim;
    }

    void require(boolean holds, String otherwise) {
        if (!holds && wrong.size() < MAX_WRONG) {
            wrong.add("at ms=" + sim.time.monotonicMs() + ": " + otherwise);
        }
    }

    /** The venue refuses for the clock, so that a second sending of the same place is right. */
    void allowRepeats() {
        sendsAllowed = 2;
    }

    void onSending(String message) {
        boolean isOrder = message.contains("\"order.place\"")
                || message.contains("\"order.cancelReplace\"")
                || message.contains("\"add_order\"")
                || message.matches("(?s)(POST|PATCH) (/api/v3/order|/alpaca/v2/order|/0/private/AddOrder).*");
        boolean isAmend = message.contains("order.amend.keepPriority")
                || message.contains("\"amend_order\"")
                || message.startsWith("PUT ");
        require(!isAmend || !sim.isKilled(), "amend sent after the kill switch");
        if (!isOrder) {
            return;
        }
        Matcher id = PLACED.matcher(message);
        if (!id.find()) {
            return;
        }
        int times = sent.merge(id.group(1), 1, Integer::sum);
        sentTwice += times > 1 ? 1 : 0;
        require(times <= sendsAllowed, "place sent again, id=" + id.group(1));
        require(!sim.isKilled(), "place sent after the kill switch, id=" + id.group(1));
        if (times == 1) {
            sentInOrder.add(id.group(1));
        }
    }

    void onAsked() {
        asked++;
    }

    void onAnswered() {
        answered++;
    }

    void onRestart() {
        lostByRestart = asked - answered;
        answered = asked;
    }

    /** Every trade of before this connection is known. */
    void onLive() {
        long connectedAtMs = sim.network.attempts().get(sim.network.attempts().size() - 1)
                + sim.time.wallMs()
                - sim.time.monotonicMs();
        OrderTracker tracker = sim.tracker();
        for (Trade trade : sim.exchange.tradesOf(OrderSimulation.KEY)) {
            require(
                    trade.timeMs() >= connectedAtMs || tracker.hasFill(key(trade)),
                    "LIVE without trade=" + trade.tradeId() + " of " + trade.clientOrderId());
        }
    }

    private Fill.Key key(Trade trade) {
        return new Fill.Key(
                symbol(trade.symbol()), sim.venue.tradeId(trade), sim.venue.orderId(trade.symbol(), trade.orderId()));
    }

    private String symbol(String venueSymbol) {
        for (Instrument instrument : sim.instruments) {
            if (sim.venue.symbol(instrument.base()).equals(venueSymbol)) {
                return instrument.symbol();
            }
        }
        throw new AssertionError("unknown symbol " + venueSymbol);
    }

    List<String> judge() {
        judgeOrders();
        judgeFills();
        judgePositions();
        judgeBalances();
        judgeSequence();
        judgeDiscrepancies();
        require(asked == answered, "requests without an answer: " + (asked - answered));
        return wrong;
    }

    private void judgeOrders() {
        Map<String, OrderView> byVenueId = new HashMap<>();
        for (OrderView order : sim.journal.orders()) {
            if (!order.venueOrderId().isEmpty()) {
                byVenueId.put(order.symbol() + order.venueOrderId(), order);
            }
            OrderView inMemory = sim.tracker().find(order.clientId());
            require(
                    inMemory != null && order.toFields().equals(inMemory.toFields()),
                    "journal and memory differ: " + order + " / " + inMemory);
        }
        Set<String> known = new HashSet<>();
        for (OpenOrder truth : sim.exchange.ordersOf(OrderSimulation.KEY)) {
            OrderView order = byVenueId.get(symbol(truth.symbol()) + sim.venue.orderId(truth));
            if (order == null) {
                require(isNeverSeen(truth), "untracked order: " + truth);
                continue;
            }
            known.add(order.clientId());
            judge(truth, order);
        }
        for (OrderView order : sim.journal.orders()) {
            require(
                    known.contains(order.clientId()) || order.state() == OrderState.REJECTED,
                    "order that the exchange does not have: " + order);
        }
    }

    /** Placed by hand and ended untraded while nobody was connected. */
    private boolean isNeverSeen(OpenOrder truth) {
        return !sent.containsKey(truth.clientOrderId())
                && truth.status().equals("CANCELED")
                && new BigDecimal(truth.executedQty()).signum() == 0;
    }

    private void judge(OpenOrder truth, OrderView order) {
        require(sim.venue.state(truth) == order.state(), "state differs: " + truth + " / " + order);
        BigDecimal executed = new BigDecimal(truth.executedQty());
        require(executed.compareTo(order.filled()) == 0, "filled differs: " + truth + " / " + order);
        require(executed.compareTo(order.cumulative()) == 0, "cumulative differs: " + truth + " / " + order);
        require(
                order.terms().quantity().signum() == 0
                        || new BigDecimal(truth.qty()).compareTo(order.terms().quantity()) == 0,
                "quantity differs: " + truth + " / " + order);
        require(order.isExternal() || order.clientId().equals(truth.clientOrderId()), "id differs: " + order);
        require(sent.containsKey(order.clientId()) || order.isExternal(), "external order not marked: " + order);
    }

    private void judgeFills() {
        Map<Fill.Key, Integer> booked = new HashMap<>();
        sim.journal.fills().forEach(fill -> booked.merge(fill.key(), 1, Integer::sum));
        List<Trade> trades = sim.exchange.tradesOf(OrderSimulation.KEY);
        for (Trade trade : trades) {
            require(
                    booked.getOrDefault(key(trade), 0) == 1,
                    "booked times=" + booked.getOrDefault(key(trade), 0) + " trade=" + trade);
        }
        require(booked.size() == trades.size(), "booked=" + booked.size() + " trades=" + trades.size());
    }

    private void judgePositions() {
        Map<String, BigDecimal> expected = new HashMap<>();
        for (Trade trade : sim.exchange.tradesOf(OrderSimulation.KEY)) {
            String symbol = symbol(trade.symbol());
            BigDecimal quantity = new BigDecimal(trade.qty());
            BigDecimal signed = trade.side().equals("BUY") ? quantity : quantity.negate();
            boolean isFeeInBase = symbol.startsWith(trade.commissionAsset() + "-");
            expected.merge(
                    symbol,
                    isFeeInBase ? signed.subtract(new BigDecimal(trade.commission())) : signed,
                    BigDecimal::add);
        }
        for (PositionView position : sim.tracker().positions()) {
            BigDecimal quantity = expected.getOrDefault(position.symbol(), BigDecimal.ZERO);
            require(
                    position.quantity().compareTo(quantity) == 0,
                    "position differs: " + position + " expected=" + quantity);
        }
    }

    private void judgeBalances() {
        Map<String, BalanceView> truth = sim.exchange.balancesOf(OrderSimulation.KEY);
        truth.forEach((asset, view) -> {
            Balance balance = sim.balances.get(asset);
            require(
                    balance != null
                            && balance.free().compareTo(new BigDecimal(view.free())) == 0
                            && balance.locked().compareTo(new BigDecimal(view.locked())) == 0,
                    "balance differs: asset=" + asset + " truth=" + view + " known=" + balance);
        });
    }

    /** Fills explain every balance at all times; a stranger's order is on record. */
    private void judgeDiscrepancies() {
        List<Discrepancy> found = sim.journal.discrepancies();
        for (Discrepancy each : found) {
            require(each.kind() != Discrepancy.Kind.BALANCE_DIFFERS, "balances not explained: " + each);
        }
        for (OrderView order : sim.journal.orders()) {
            require(
                    !order.isExternal()
                            || found.stream().anyMatch(each -> each.clientId().equals(order.clientId())),
                    "no alert of external order=" + order);
        }
    }

    /** Places leave in the order in which their intents were accepted. */
    private void judgeSequence() {
        Map<String, Long> intents = new HashMap<>();
        for (OrderView event : sim.journal.events()) {
            intents.putIfAbsent(event.clientId(), event.eventNo());
        }
        long last = 0;
        for (String id : sentInOrder) {
            long intent = intents.getOrDefault(id, -1L);
            require(intent > 0, "place sent without a journaled intent, id=" + id);
            require(intent > last, "place left out of order, id=" + id);
            last = intent;
        }
    }

    int sentCount() {
        return sentInOrder.size();
    }

    int repeatCount() {
        return sentTwice;
    }

    int lostByRestart() {
        return lostByRestart;
    }
}
