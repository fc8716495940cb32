package dev.relay.exchange.stream;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.relay.exchange.account.Account;
import dev.relay.exchange.account.Fill;
import dev.relay.exchange.api.Json;
import dev.relay.exchange.engine.Order;
import dev.relay.exchange.engine.Scaled;
import dev.relay.exchange.market.Execution;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** User data events in the venue's JSON, with every key a reader may look for. */
final class UserEvents {
    private static final String ZERO = Scaled.format(0);

    private UserEvents() {}

    static byte[] executionReport(Execution execution) {
        Order order = execution.order();
        ObjectNode node = Json.object()
                .put("e", "executionReport")
                .put("E", execution.timeMs())
                .put("s", order.symbol())
                .put("c", execution.clientOrderId())
                .put("S", order.side().name())
                .put("o", order.spec().type().name())
                .put("f", order.spec().timeInForce().name())
                .put("q", Scaled.format(order.origQty()))
                .put("p", Scaled.format(order.price()))
                .put("P", ZERO)
                .put("F", ZERO)
                .put("g", -1)
                .put("C", execution.origClientOrderId())
                .put("x", execution.type().name())
                .put("X", order.status().name())
                .put("r", "NONE")
                .put("i", order.id());
        putFill(node, order, execution.fill());
        return Json.write(node.put("T", execution.timeMs())
                .put("t", execution.fill() == null ? -1 : execution.fill().tradeId())
                .put("v", 0)
                .put("I", execution.executionId())
                .put("w", order.status().isOpen())
                .put("m", execution.fill() != null && execution.fill().maker())
                .put("M", false)
                .put("O", order.createdAtMs())
                .put("Z", Scaled.format(order.executedQuote()))
                .put(
                        "Y",
                        execution.fill() == null
                                ? ZERO
                                : Scaled.format(execution.fill().quote()))
                .put("Q", Scaled.format(order.spec().quoteQty()))
                .put("W", order.createdAtMs())
                .put("V", "NONE"));
    }

    static byte[] accountPosition(Account account, Set<String> assets, long timeMs) {
        ObjectNode node = Json.object()
                .put("e", "outboundAccountPosition")
                .put("E", timeMs)
                .put("u", timeMs);
        ArrayNode balances = node.putArray("B");
        for (String asset : new TreeSet<>(assets)) {
            balances.addObject()
                    .put("a", asset)
                    .put("f", Scaled.format(account.balance(asset).free()))
                    .put("l", Scaled.format(account.balance(asset).locked()));
        }
        return Json.write(node);
    }

    static byte[] terminated(long timeMs) {
        return Json.write(Json.object().put("e", "eventStreamTerminated").put("E", timeMs));
    }

    private static void putFill(ObjectNode node, Order order, @Nullable Fill fill) {
        node.put("l", fill == null ? ZERO : Scaled.format(fill.qty()))
                .put("z", Scaled.format(order.executedQty()))
                .put("L", fill == null ? ZERO : Scaled.format(fill.price()))
                .put("n", fill == null ? "0" : Scaled.format(fill.commission()))
                .put("N", fill == null ? null : fill.commissionAsset());
    }
}
