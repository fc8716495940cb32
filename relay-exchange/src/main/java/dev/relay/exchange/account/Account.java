package dev.relay.exchange.account;

import dev.relay.exchange.engine.Order;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One account: balances, open orders, and the history its owner can ask for. Owned by the exchange loop.
 *
 * <p>Open orders are bounded by the venue's MAX_NUM_ORDERS filter. History keeps the newest {@link #HISTORY_LIMIT}
 * closed orders and fills; older ones are forgotten and counted, a query for them answers "does not exist". House
 * accounts keep no history at all.
 */
public final class Account {
    public static final int HISTORY_LIMIT = 100_000;

    private record OrderKey(String symbol, long id) {}

    private record ClientKey(String symbol, String clientOrderId) {}

    private final String name;
    private final long uid;
    private final boolean house;
    private final boolean feeFree;
    private final Map<String, Balance> balances = new TreeMap<>();
    private final Map<OrderKey, Order> open = new LinkedHashMap<>();
    private final Map<ClientKey, Order> openByClientId = new LinkedHashMap<>();
    private final Map<OrderKey, Order> closed = new LinkedHashMap<>();
    private final Map<ClientKey, Order> closedByClientId = new LinkedHashMap<>();
    private final Deque<Fill> fills = new ArrayDeque<>();
    private long forgottenCount;
    private long updatedAtMs;

    public Account(String name, long uid, boolean house) {
        this(name, uid, house, house);
    }

    public Account(String name, long uid, boolean house, boolean feeFree) {
        this.feeFree = feeFree;
        this.name = name;
        this.uid = uid;
        this.house = house;
    }

    public String name() {
        return name;
    }

    public long uid() {
        return uid;
    }

    /** House accounts feed the order flow: no limits, no commission, no history. */
    public boolean isHouse() {
        return house;
    }

    /** Pays no commission: the house, and paper accounts. */
    public boolean isFeeFree() {
        return feeFree;
    }

    public Balance balance(String asset) {
        return balances.computeIfAbsent(asset, unused -> new Balance());
    }

    public Map<String, Balance> balances() {
        return balances;
    }

    public long updatedAtMs() {
        return updatedAtMs;
    }

    public void touch(long nowMs) {
        updatedAtMs = nowMs;
    }

    public void opened(Order order) {
        open.put(keyOf(order), order);
        openByClientId.put(clientKeyOf(order), order);
    }

    public void closed(Order order) {
        open.remove(keyOf(order));
        openByClientId.remove(clientKeyOf(order));
        if (!house) {
            remember(order);
        }
    }

    public void filled(Fill fill) {
        if (house) {
            return;
        }
        fills.addLast(fill);
        if (fills.size() > HISTORY_LIMIT) {
            fills.removeFirst();
            forgottenCount++;
        }
    }

    public @Nullable Order openOrder(String symbol, long id) {
        return open.get(new OrderKey(symbol, id));
    }

    public @Nullable Order openOrder(String symbol, String clientOrderId) {
        return openByClientId.get(new ClientKey(symbol, clientOrderId));
    }

    /** Open or remembered. */
    public @Nullable Order order(String symbol, long id) {
        Order order = openOrder(symbol, id);
        return order != null ? order : closed.get(new OrderKey(symbol, id));
    }

    /** The open order of this client id, else the last closed one. */
    public @Nullable Order order(String symbol, String clientOrderId) {
        Order order = openOrder(symbol, clientOrderId);
        return order != null ? order : closedByClientId.get(new ClientKey(symbol, clientOrderId));
    }

    /** Oldest first; of one symbol, or of all when null. A copy. */
    public List<Order> openOrders(@Nullable String symbol) {
        return select(open.values(), symbol);
    }

    /** Closed orders, oldest first. A copy. */
    public List<Order> closedOrders(@Nullable String symbol) {
        return select(closed.values(), symbol);
    }

    /** Oldest first; a copy. */
    public List<Fill> fills() {
        return new ArrayList<>(fills);
    }

    public long forgottenCount() {
        return forgottenCount;
    }

    private void remember(Order order) {
        closed.put(keyOf(order), order);
        closedByClientId.put(clientKeyOf(order), order);
        if (closed.size() > HISTORY_LIMIT) {
            Order eldest = closed.values().iterator().next();
            closed.remove(keyOf(eldest));
            closedByClientId.remove(clientKeyOf(eldest), eldest);
            forgottenCount++;
        }
    }

    private static List<Order> select(Collection<Order> orders, @Nullable String symbol) {
        List<Order> selected = new ArrayList<>();
        for (Order order : orders) {
            if (symbol == null || symbol.equals(order.symbol())) {
                selected.add(order);
            }
        }
        return selected;
    }

    private static OrderKey keyOf(Order order) {
        return new OrderKey(order.symbol(), order.id());
    }

    private static ClientKey clientKeyOf(Order order) {
        return new ClientKey(order.symbol(), order.clientOrderId());
    }
}
