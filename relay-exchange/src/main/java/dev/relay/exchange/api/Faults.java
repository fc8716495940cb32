package dev.relay.exchange.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Faults a test has asked for; each happens once. Owned by the exchange loop. Bounded: at most {@value #MAX_WAITING}
 * wait for a symbol's next events; more are refused.
 */
public final class Faults {
    private static final int MAX_WAITING = 1_000;

    private final Map<String, Queue<DepthFault>> depth = new HashMap<>();
    private final Map<Operation, Queue<OrderFault>> orders = new EnumMap<>(Operation.class);
    private final Map<String, Integer> badChecksums = new HashMap<>();
    private final Map<String, StaleDepth> staleDepth = new HashMap<>();
    private Map<String, JsonNode> oldOpenOrders = Map.of();
    private int serverErrors;

    /** A book of the past and how often it is still answered. */
    private record StaleDepth(JsonNode book, int left) {}

    /** The next depth event of this symbol is not sent to anyone. */
    public void dropNextDepthEvent(String symbol) {
        next(symbol, DepthFault.GAP);
    }

    /** Happens to the next depth event of this symbol that no earlier fault has taken. */
    public void next(String symbol, DepthFault fault) {
        Queue<DepthFault> waiting = depth.computeIfAbsent(symbol, unused -> new ArrayDeque<>());
        if (waiting.size() >= MAX_WAITING) {
            throw new IllegalArgumentException("too many faults wait: symbol=" + symbol + " waiting=" + MAX_WAITING);
        }
        waiting.add(fault);
    }

    public @Nullable DepthFault takeDepth(String symbol) {
        Queue<DepthFault> waiting = depth.get(symbol);
        return waiting == null ? null : waiting.poll();
    }

    /** The next checksum of this symbol is wrong. */
    public void spoilNextChecksum(String symbol) {
        badChecksums.merge(symbol, 1, Integer::sum);
    }

    public boolean takeBadChecksum(String symbol) {
        int left = badChecksums.getOrDefault(symbol, 0);
        if (left > 0) {
            badChecksums.put(symbol, left - 1);
        }
        return left > 0;
    }

    /** The next {@code times} requests for this symbol's book are answered with this one. */
    public void answerDepthWith(String symbol, JsonNode book, int times) {
        staleDepth.put(symbol, new StaleDepth(book, times));
    }

    @Nullable
    JsonNode takeStaleDepth(String symbol) {
        StaleDepth stale = staleDepth.remove(symbol);
        if (stale == null) {
            return null;
        }
        if (stale.left() > 1) {
            staleDepth.put(symbol, new StaleDepth(stale.book(), stale.left() - 1));
        }
        return stale.book();
    }

    /** So many requests for a book are answered with an internal error. */
    public void failNextDepthRequests(int times) {
        serverErrors += times;
    }

    boolean takeServerError() {
        if (serverErrors == 0) {
            return false;
        }
        serverErrors--;
        return true;
    }

    /** The next accepted order is answered with -1007 although it is live. */
    public void timeoutNextPlace() {
        next(Operation.PLACE, OrderFault.TIMEOUT);
    }

    /** Happens to the next request of this kind; one that keeps the order from being accepted anyway does not count. */
    public void next(Operation operation, OrderFault fault) {
        Queue<OrderFault> waiting = orders.computeIfAbsent(operation, unused -> new ArrayDeque<>());
        if (waiting.size() >= MAX_WAITING) {
            throw new IllegalArgumentException("too many faults wait: " + operation + " waiting=" + MAX_WAITING);
        }
        waiting.add(fault);
    }

    @Nullable
    OrderFault peekOrder(Operation operation) {
        Queue<OrderFault> waiting = orders.get(operation);
        return waiting == null ? null : waiting.peek();
    }

    @Nullable
    OrderFault takeOrder(Operation operation) {
        Queue<OrderFault> waiting = orders.get(operation);
        return waiting == null ? null : waiting.poll();
    }

    /** What waits for requests about orders is forgotten. */
    public void clearOrders() {
        orders.clear();
        oldOpenOrders = Map.of();
    }

    /** The next question for open orders is answered with these, for each venue by what its addresses begin with. */
    public void answerOpenOrdersWith(Map<String, JsonNode> orders) {
        oldOpenOrders = orders;
    }

    public @Nullable JsonNode takeOldOpenOrders(String routes) {
        JsonNode old = oldOpenOrders.get(routes);
        oldOpenOrders = Map.of();
        return old;
    }
}
