package dev.relay.exchange.alpaca;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.relay.exchange.account.Account;
import dev.relay.exchange.account.Fill;
import dev.relay.exchange.api.Json;
import dev.relay.exchange.engine.Order;
import dev.relay.exchange.engine.OrderStatus;
import dev.relay.exchange.engine.Scaled;
import dev.relay.exchange.market.Execution;
import dev.relay.exchange.market.Market;
import dev.relay.exchange.market.Venue;
import dev.relay.exchange.market.VenueListener;
import dev.relay.exchange.stream.UserEventFaults;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The orders of the clients' accounts as Alpaca shows them, and who is told of their changes. Exchange loop only.
 *
 * <p>Remembers as many orders as {@link Account#HISTORY_LIMIT} and forgets the oldest; what is asked for and not remembered is looked up in the account.
 */
public final class AlpacaUpdates implements VenueListener {
    private static final String ULID_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private static final int ULID_LENGTH = 26;

    private final Map<UUID, AlpacaOrder> orders = new LinkedHashMap<>();
    private final Map<Account, Set<AlpacaSession>> sessions = new HashMap<>();
    private final List<Market> markets = new ArrayList<>();
    private long eventNo;
    private final UserEventFaults faults;
    private @Nullable Expected expected;

    public AlpacaUpdates(UserEventFaults faults) {
        this.faults = faults;
    }

    /** Fault: those who listen now hear nothing any more. */
    public void cut() {
        sessions.clear();
    }

    /** Before anything happens. */
    void attach(Venue venue) {
        markets.clear();
        markets.addAll(venue.markets());
    }

    void add(Account account, AlpacaSession session) {
        sessions.computeIfAbsent(account, unused -> new LinkedHashSet<>()).add(session);
    }

    void remove(Account account, AlpacaSession session) {
        Set<AlpacaSession> open = sessions.get(account);
        if (open != null && open.remove(session) && open.isEmpty()) {
            sessions.remove(account);
        }
    }

    /** What is known of the next new order before the engine tells of it; until the order is there or {@code null}. */
    void expect(@Nullable Expected next) {
        expected = next;
    }

    /** What the engine does not know of an order that is about to be placed. */
    record Expected(String timeInForce, @Nullable UUID replaces) {}

    AlpacaOrder entry(Order order) {
        UUID id = AlpacaOrder.idOf(order.symbol(), order.id());
        AlpacaOrder known = orders.get(id);
        if (known == null) {
            known = new AlpacaOrder(order);
            known.told(expected);
            orders.put(id, known);
            if (orders.size() > Account.HISTORY_LIMIT) {
                orders.remove(orders.keySet().iterator().next());
            }
        }
        return known;
    }

    /** Of this account only; null when it has none with this id. */
    @Nullable
    AlpacaOrder find(Account account, String id) {
        UUID uuid;
        try {
            uuid = UUID.fromString(id);
        } catch (IllegalArgumentException notAnId) {
            throw AlpacaError.invalid("order_id is missing or malformed");
        }
        AlpacaOrder known = orders.get(uuid);
        if (known == null) {
            known = search(account, uuid);
        }
        return known != null && known.order().owner().equals(account.name()) ? known : null;
    }

    private @Nullable AlpacaOrder search(Account account, UUID id) {
        for (List<Order> some : List.of(account.openOrders(null), account.closedOrders(null))) {
            for (Order order : some) {
                if (AlpacaOrder.idOf(order.symbol(), order.id()).equals(id)) {
                    return entry(order);
                }
            }
        }
        return null;
    }

    Market market(String symbol) {
        return markets.stream()
                .filter(market -> market.symbol().equals(symbol))
                .findFirst()
                .orElseThrow();
    }

    @Override
    public void onExecution(Execution execution) {
        if (execution.account().isHouse()) {
            return;
        }
        AlpacaOrder entry = entry(execution.order());
        Set<AlpacaSession> listening = sessions.get(execution.account());
        if (listening != null) {
            byte[] event = Json.write(event(execution, entry));
            List.copyOf(listening).forEach(session -> faults.pass(() -> session.tell(event)));
        }
    }

    private ObjectNode event(Execution execution, AlpacaOrder entry) {
        Market market = market(execution.order().symbol());
        ObjectNode data = Json.object()
                .put("at", AlpacaShapes.time(execution.timeMs()))
                .put("event_id", ulid(execution.timeMs(), ++eventNo))
                .put("event", name(execution, entry))
                .put("timestamp", AlpacaShapes.time(execution.timeMs()));
        data.set("order", AlpacaShapes.order(market, entry));
        Fill fill = execution.fill();
        if (fill != null) {
            var base = execution.account().balance(market.spec().baseAsset());
            data.put("execution_id", AlpacaShapes.executionId(fill).toString())
                    .put("price", Scaled.plain(fill.price()))
                    .put("qty", Scaled.plain(fill.qty()))
                    .put(
                            "position_qty",
                            Scaled.toDecimal(base.free() + base.locked()).toPlainString());
        }
        ObjectNode message = Json.object().put("stream", "trade_updates");
        message.set("data", data);
        return message;
    }

    private static String name(Execution execution, AlpacaOrder entry) {
        return switch (execution.type()) {
            case NEW -> "new";
            case TRADE -> execution.order().status() == OrderStatus.FILLED ? "fill" : "partial_fill";
            case REPLACED -> "replaced";
            case CANCELED, EXPIRED -> entry.status();
        };
    }

    /** 48 bits of time, then a counter: sorts as the events happened. */
    private static String ulid(long ms, long number) {
        char[] text = new char[ULID_LENGTH];
        for (int i = ULID_LENGTH - 1; i >= 0; i--) {
            boolean isTime = i < 10;
            int shift = 5 * (isTime ? 9 - i : ULID_LENGTH - 1 - i);
            long value = shift > 60 ? 0 : (isTime ? ms : number) >> shift;
            text[i] = ULID_DIGITS.charAt((int) (value & 31));
        }
        return new String(text);
    }
}
