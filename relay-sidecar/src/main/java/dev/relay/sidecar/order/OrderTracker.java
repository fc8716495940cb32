package dev.relay.sidecar.order;

import dev.relay.sidecar.risk.OpenSums;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All orders, fills and positions of one account, and the two rules that keep them true whatever order messages come in.
 *
 * <p>Rule 1: a fill with a new key (symbol, trade id, venue order id) is always booked, to its order and to the position,
 * whatever the order's state; a known key never is. Rule 2: state and cumulative quantity only move forward; terminal
 * states are never left, and a polled total without trade ids never moves a position. Each change gets the next event
 * number and leaves as one {@link Transition}; what changes nothing leaves nothing and is counted.
 *
 * <p>Called by the thread "orders" only. Bounded: open orders are limited by the executor before they get here; of ended
 * orders the newest {@value TrackedOrders#MAX_ENDED} are kept (older ones are in the journal); fill keys see {@link FillLedger}.
 */
public final class OrderTracker {
    static final int MAX_FILL_KEYS = 200_000;

    private final String account;
    private final Map<String, Instrument> instruments = new TreeMap<>();
    private final TrackedOrders orders = new TrackedOrders();
    private final Map<String, Position> positions = new TreeMap<>();
    private final FillLedger ledger = new FillLedger(MAX_FILL_KEYS);
    private long nextEventNo = 1;
    private long staleCount;
    private long repeatedFillCount;
    private long externalCount;
    private long lateCount;
    private long foreignCount;

    public OrderTracker(String account, List<Instrument> tradable) {
        this.account = account;
        tradable.forEach(instrument -> instruments.put(instrument.symbol(), instrument));
    }

    /** Puts back an order as the journal has it. Call before {@link #restoreFill}. */
    public void restoreOrder(OrderView view) {
        TrackedOrder order = TrackedOrder.restore(view);
        orders.add(order);
        nextEventNo = Math.max(nextEventNo, view.eventNo() + 1);
    }

    /** Puts back a booked fill, in the journal's order; the order's own totals are already in its record. */
    public void restoreFill(Fill fill, long eventNo) {
        if (ledger.add(fill.key())) {
            position(fill.symbol()).book(fill, eventNo);
        }
        nextEventNo = Math.max(nextEventNo, eventNo + 1);
    }

    /** Event numbers continue after this one, whatever was restored. */
    public void restoreEventNo(long lastEventNo) {
        nextEventNo = Math.max(nextEventNo, lastEventNo + 1);
    }

    /** Records the intent of a new order. The caller has checked that the client id is free. */
    public Transition place(String clientId, String agent, String symbol, OrderTerms terms, long nowMs) {
        return place(clientId, agent, symbol, terms, "", nowMs);
    }

    /** As the short form, for an order put in the place of another. */
    public Transition place(
            String clientId, String agent, String symbol, OrderTerms terms, String replaces, long nowMs) {
        if (orders.has(clientId)) {
            throw new IllegalStateException("client order id exists, id=" + clientId);
        }
        TrackedOrder order =
                new TrackedOrder(account, clientId, agent, symbol, terms, OrderState.PENDING_NEW, false, nowMs);
        order.replaces = replaces;
        orders.add(order);
        return transition(order, null, true, nowMs);
    }

    /** Undoes {@link #place} for an intent that the journal refused; nothing was written to the venue. */
    public void forget(String clientId) {
        orders.remove(clientId);
    }

    /** Applies what a venue said. Empty: it changed nothing (stale or repeated), which is counted. */
    public @Nullable Transition apply(OrderReport report, long nowMs) {
        if (!instruments.containsKey(report.symbol())) {
            foreignCount++;
            return null;
        }
        Fill fill = report.fill();
        boolean isNewFill = fill != null && !ledger.contains(fill.key());
        if (fill != null && !isNewFill) {
            repeatedFillCount++;
        }
        TrackedOrder order = orders.of(report);
        boolean changed = order == null;
        if (order == null) {
            if (!isWorthAdopting(report, isNewFill)) {
                staleCount++;
                return null;
            }
            order = adopt(report, nowMs);
        }
        changed |= orders.learnVenueId(order, report.venueOrderId());
        changed |= isNewFill && fill != null && book(order, fill);
        changed |= advance(order, report);
        if (!changed) {
            staleCount++;
            return null;
        }
        return transition(order, isNewFill ? fill : null, false, nowMs);
    }

    /** A place without a known outcome. Null when the order is past that question. */
    public @Nullable Transition markUnknown(String clientId, String reason, long nowMs) {
        return moveTo(clientId, OrderState.UNKNOWN, reason, nowMs);
    }

    /** The venue refused the place, or it was never written. Null when the order is past that question. */
    public @Nullable Transition reject(String clientId, String reason, long nowMs) {
        TrackedOrder order = orders.get(clientId);
        return order == null || order.state.isAcknowledged()
                ? null
                : moveTo(clientId, OrderState.REJECTED, reason, nowMs);
    }

    /** Sets or clears the field that says a cancel is under way. Null when nothing changed. */
    public @Nullable Transition setPending(String clientId, String pending, long nowMs) {
        TrackedOrder order = orders.get(clientId);
        if (order == null || order.state.isTerminal() || order.pending.equals(pending)) {
            return null;
        }
        order.pending = pending;
        return transition(order, null, false, nowMs);
    }

    private @Nullable Transition moveTo(String clientId, OrderState state, String reason, long nowMs) {
        TrackedOrder order = orders.get(clientId);
        if (order == null || !order.advance(state)) {
            staleCount++;
            return null;
        }
        order.reason = reason;
        return transition(order, null, false, nowMs);
    }

    private static boolean isWorthAdopting(OrderReport report, boolean isNewFill) {
        OrderState state = report.state();
        return isNewFill || (state != null && !state.isTerminal() && report.terms() != null);
    }

    /** An order nobody here asked for: recorded, so that the position is right, and counted as an alarm. */
    private TrackedOrder adopt(OrderReport report, long nowMs) {
        externalCount++;
        String clientId = report.clientId();
        boolean isFree = clientId != null && !clientId.isEmpty() && !orders.has(clientId);
        String name = isFree && clientId != null ? clientId : "ext-" + report.symbol() + "-" + report.venueOrderId();
        TrackedOrder order =
                new TrackedOrder(account, name, "", report.symbol(), termsOf(report), OrderState.OPEN, true, nowMs);
        order.venueOrderId = report.venueOrderId();
        orders.add(order);
        return order;
    }

    private static OrderTerms termsOf(OrderReport report) {
        OrderTerms terms = report.terms();
        if (terms != null) {
            return terms;
        }
        Fill fill = report.fill();
        if (fill == null) {
            throw new IllegalStateException("external report has neither terms nor fill");
        }
        // A trade list does not repeat the order's quantity; zero says "not told" and completes nothing.
        return new OrderTerms(fill.side(), OrderType.LIMIT, fill.price(), BigDecimal.ZERO, null);
    }

    /** An amend took quantity off; it never comes back, so that an older report changes nothing. */
    private static boolean shrink(TrackedOrder order, @Nullable OrderTerms terms) {
        boolean isLess = terms != null
                && terms.quantity().signum() > 0
                && terms.quantity().compareTo(order.terms.quantity()) < 0;
        if (isLess && terms != null) {
            order.terms = order.terms.withQuantity(terms.quantity());
        }
        return isLess;
    }

    /** What an order of somebody else asked for, told after its first trade. */
    private static boolean learnTerms(TrackedOrder order, @Nullable OrderTerms terms) {
        boolean isNews = order.isExternal
                && terms != null
                && order.terms.quantity().signum() == 0
                && terms.quantity().signum() > 0;
        if (isNews && terms != null) {
            order.terms = terms;
        }
        return isNews || shrink(order, terms);
    }

    private boolean book(TrackedOrder order, Fill fill) {
        ledger.add(fill.key());
        if (order.state.isTerminal() && order.state != OrderState.FILLED) {
            lateCount++;
        }
        order.book(fill);
        position(fill.symbol()).book(fill, nextEventNo);
        return true;
    }

    private static boolean advance(TrackedOrder order, OrderReport report) {
        boolean changed = learnTerms(order, report.terms());
        var cumulative = report.cumulative();
        if (cumulative != null && cumulative.compareTo(order.cumulative) > 0) {
            order.cumulative = cumulative;
            changed = true;
        }
        OrderState state = report.state();
        if (state != null && order.advance(state)) {
            changed = true;
            order.reason = report.reason();
        }
        return changed;
    }

    private Transition transition(TrackedOrder order, @Nullable Fill fill, boolean isNew, long nowMs) {
        order.eventNo = nextEventNo++;
        order.updatedAtMs = nowMs;
        PositionView position = fill == null ? null : position(fill.symbol()).view();
        return new Transition(order.eventNo, nowMs, isNew, orders.moved(order), fill, position);
    }

    /** What the open orders of the symbol still ask for. */
    public OpenSums open(String symbol) {
        return orders.sums(symbol);
    }

    private Position position(String symbol) {
        Instrument instrument = instruments.computeIfAbsent(symbol, Instrument::of);
        return positions.computeIfAbsent(symbol, name -> new Position(instrument));
    }

    public @Nullable OrderView find(String clientId) {
        TrackedOrder order = orders.get(clientId);
        return order == null ? null : order.view();
    }

    /** The order that a report is about, where it has ended here. */
    @Nullable
    OrderView ended(OrderReport report) {
        TrackedOrder order = orders.of(report);
        return order == null || !order.state.isTerminal() ? null : order.view();
    }

    public boolean knowsVenueOrder(String symbol, String venueOrderId) {
        return orders.ofVenue(symbol, venueOrderId) != null;
    }

    /** A place of this symbol has no venue id yet, so that a trade of an unknown order may be its own. */
    public boolean hasUnnamedOrder(String symbol) {
        return orders.open().stream().anyMatch(order -> order.symbol.equals(symbol) && order.venueOrderId.isEmpty());
    }

    public boolean hasFill(Fill.Key key) {
        return ledger.contains(key);
    }

    /** Orders that have not ended, oldest first. */
    public List<OrderView> openOrders() {
        return orders.open().stream().map(TrackedOrder::view).toList();
    }

    public int openCount() {
        return orders.open().size();
    }

    public List<PositionView> positions() {
        List<PositionView> views = new ArrayList<>(positions.size());
        positions.values().forEach(position -> views.add(position.view()));
        return views;
    }

    /** The signed quantity of the booked fills. */
    public BigDecimal positionQuantity(String symbol) {
        Position position = positions.get(symbol);
        return position == null ? BigDecimal.ZERO : position.quantity();
    }

    public @Nullable Instrument instrument(String symbol) {
        return instruments.get(symbol);
    }

    /** Orders are kept of configured instruments only. */
    Instrument instrumentOf(OrderView order) {
        Instrument instrument = instruments.get(order.symbol());
        if (instrument == null) {
            throw new IllegalStateException("order without instrument, symbol=" + order.symbol());
        }
        return instrument;
    }

    public List<Instrument> instruments() {
        return List.copyOf(instruments.values());
    }

    /** Reports that changed nothing. */
    public long staleCount() {
        return staleCount;
    }

    /** Fills that came again. */
    public long repeatedFillCount() {
        return repeatedFillCount;
    }

    /** Orders that nobody here placed. An alarm. */
    public long externalCount() {
        return externalCount;
    }

    /** Fills booked after their order had ended otherwise. */
    public long lateCount() {
        return lateCount;
    }

    /** Reports on symbols that are not configured. An alarm: no position is kept for them. */
    public long foreignCount() {
        return foreignCount;
    }
}
