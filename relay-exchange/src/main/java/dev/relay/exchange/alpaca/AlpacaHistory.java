package dev.relay.exchange.alpaca;

import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.relay.exchange.account.Account;
import dev.relay.exchange.account.Fill;
import dev.relay.exchange.api.Json;
import dev.relay.exchange.engine.Order;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.stream.Collectors;

/** Lists of orders and fills, filtered and in pages. {@code query} gives a parameter or its default. Exchange loop only. */
final class AlpacaHistory {
    private static final int MOST_ORDERS = 500;
    private static final int MOST_FILLS = 100;

    private final AlpacaUpdates updates;

    AlpacaHistory(AlpacaUpdates updates) {
        this.updates = updates;
    }

    /** Newest first unless {@code direction=asc}. */
    ArrayNode orders(Account account, BinaryOperator<String> query) {
        String status = query.apply("status", "open");
        List<Order> found = new ArrayList<>();
        if (!status.equals("open")) {
            found.addAll(account.closedOrders(null));
        }
        if (!status.equals("closed")) {
            found.addAll(account.openOrders(null));
        }
        long after = time(query.apply("after", ""), Long.MIN_VALUE);
        long until = time(query.apply("until", ""), Long.MAX_VALUE);
        Set<String> symbols = Arrays.stream(query.apply("symbols", "").split(",", -1))
                .filter(name -> !name.isEmpty())
                .collect(Collectors.toSet());
        found.removeIf(order -> order.createdAtMs() <= after
                || order.createdAtMs() >= until
                || (!symbols.isEmpty() && !symbols.contains(AlpacaSymbols.of(updates.market(order.symbol())))));
        found.sort(Comparator.comparingLong(Order::createdAtMs));
        if (!query.apply("direction", "desc").equals("asc")) {
            Collections.reverse(found);
        }
        ArrayNode array = Json.array();
        found.stream()
                .limit(number(query.apply("limit", "50"), MOST_ORDERS))
                .forEach(order -> array.add(AlpacaShapes.order(updates.market(order.symbol()), updates.entry(order))));
        return array;
    }

    /** Newest first unless {@code direction=asc}; {@code page_token} is the id of the last one of the page before. */
    ArrayNode fills(Account account, BinaryOperator<String> query) {
        long after = time(query.apply("after", ""), Long.MIN_VALUE);
        long until = time(query.apply("until", ""), Long.MAX_VALUE);
        List<Fill> found = account.fills();
        found.removeIf(fill -> fill.timeMs() <= after || fill.timeMs() >= until);
        boolean isAscending = query.apply("direction", "desc").equals("asc");
        found.sort(Comparator.comparing(AlpacaShapes::activityId));
        if (!isAscending) {
            Collections.reverse(found);
        }
        String token = query.apply("page_token", "");
        ArrayNode array = Json.array();
        found.stream()
                .filter(fill -> token.isEmpty() || isBehind(AlpacaShapes.activityId(fill), token, isAscending))
                .limit(number(query.apply("page_size", "100"), MOST_FILLS))
                .forEach(fill -> array.add(AlpacaShapes.activity(
                        updates.market(fill.symbol()), fill, account.order(fill.symbol(), fill.orderId()))));
        return array;
    }

    private static boolean isBehind(String id, String token, boolean isAscending) {
        return isAscending ? id.compareTo(token) > 0 : id.compareTo(token) < 0;
    }

    private static int number(String text, int most) {
        try {
            return Math.min(most, Math.max(1, Integer.parseInt(text)));
        } catch (NumberFormatException notANumber) {
            throw AlpacaError.invalid("not a number: " + text);
        }
    }

    private static long time(String text, long fallback) {
        if (text.isEmpty()) {
            return fallback;
        }
        try {
            return (text.endsWith("Z")
                            ? Instant.parse(text)
                            : OffsetDateTime.parse(text).toInstant())
                    .toEpochMilli();
        } catch (DateTimeException notATime) {
            throw AlpacaError.invalid("not a time: " + text);
        }
    }
}
