package dev.relay.exchange.kraken;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.relay.exchange.account.Account;
import dev.relay.exchange.account.Fill;
import dev.relay.exchange.api.Json;
import dev.relay.exchange.engine.Order;
import dev.relay.exchange.engine.OrderStatus;
import dev.relay.exchange.market.Execution;
import dev.relay.exchange.market.Market;
import dev.relay.exchange.market.VenueListener;
import dev.relay.exchange.stream.UserEventFaults;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The executions channel. A trade is always told as {@code partially_filled}; when it completes the order, {@code filled}
 * follows as an entry of its own, as the venue does. Exchange loop only; bounded by the server's connections.
 */
public final class KrakenExecutions implements VenueListener {
    private static final int SNAPSHOT_TRADES = 50;

    private final Map<Account, Set<KrakenPrivateSession>> sessions = new HashMap<>();
    private final Map<String, Market> markets = new HashMap<>();
    private final UserEventFaults faults;

    public KrakenExecutions(UserEventFaults faults) {
        this.faults = faults;
    }

    /** Fault: those who listen now hear nothing any more. */
    public void cut() {
        sessions.clear();
    }

    /** Before anything happens. */
    void attach(Collection<Market> all) {
        all.forEach(market -> markets.put(market.symbol(), market));
    }

    Market market(String symbol) {
        Market market = markets.get(symbol);
        if (market == null) {
            throw new IllegalStateException("unknown market, symbol=" + symbol);
        }
        return market;
    }

    void add(Account account, KrakenPrivateSession session) {
        sessions.computeIfAbsent(account, unused -> new LinkedHashSet<>()).add(session);
    }

    void remove(Account account, KrakenPrivateSession session) {
        Set<KrakenPrivateSession> open = sessions.get(account);
        if (open != null && open.remove(session) && open.isEmpty()) {
            sessions.remove(account);
        }
    }

    /** Open orders, and with {@code trades} the newest trades. */
    ArrayNode snapshot(Account account, boolean orders, boolean trades) {
        ArrayNode data = Json.array();
        if (orders) {
            account.openOrders(null)
                    .forEach(order -> data.add(KrakenShapes.execution(
                            market(order.symbol()), order, "new", KrakenShapes.status(order), order.updatedAtMs())));
        }
        if (trades) {
            List<Fill> fills = account.fills();
            fills.subList(Math.max(0, fills.size() - SNAPSHOT_TRADES), fills.size())
                    .forEach(fill -> {
                        Order order = account.order(fill.symbol(), fill.orderId());
                        if (order != null) {
                            ObjectNode entry = KrakenShapes.execution(
                                    market(fill.symbol()), order, "trade", "partially_filled", fill.timeMs());
                            KrakenShapes.trade(entry, fill);
                            data.add(entry);
                        }
                    });
        }
        return data;
    }

    @Override
    public void onExecution(Execution execution) {
        Set<KrakenPrivateSession> listening = sessions.get(execution.account());
        if (listening == null) {
            return;
        }
        List<ObjectNode> entries = entries(execution);
        List.copyOf(listening).forEach(session -> faults.pass(() -> session.tell(entries)));
    }

    private List<ObjectNode> entries(Execution execution) {
        Order order = execution.order();
        Market market = market(order.symbol());
        long timeMs = execution.timeMs();
        List<ObjectNode> entries = new ArrayList<>();
        switch (execution.type()) {
            case NEW -> {
                entries.add(KrakenShapes.execution(market, order, "pending_new", "pending_new", timeMs));
                entries.add(KrakenShapes.execution(market, order, "new", "new", timeMs));
            }
            case TRADE -> {
                ObjectNode trade = KrakenShapes.execution(market, order, "trade", "partially_filled", timeMs);
                Fill fill = execution.fill();
                if (fill != null) {
                    KrakenShapes.trade(trade, fill);
                }
                entries.add(trade);
                if (order.status() == OrderStatus.FILLED) {
                    entries.add(KrakenShapes.execution(market, order, "filled", "filled", timeMs));
                }
            }
            case CANCELED -> entries.add(KrakenShapes.execution(market, order, "canceled", "canceled", timeMs));
            case REPLACED ->
                entries.add(KrakenShapes.execution(market, order, "amended", KrakenShapes.status(order), timeMs));
            case EXPIRED -> entries.add(KrakenShapes.execution(market, order, "expired", "expired", timeMs));
        }
        return entries;
    }
}
