package dev.relay.exchange.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.relay.exchange.account.Fill;
import dev.relay.exchange.engine.Order;
import dev.relay.exchange.engine.OrderStatus;
import dev.relay.exchange.engine.Scaled;
import dev.relay.exchange.engine.Side;
import dev.relay.exchange.market.Venue;
import java.util.List;

/** Orders and fills in the venue's JSON. */
public final class OrderShapes {
    /** How much a new order's answer says. */
    public enum Detail {
        ACK,
        RESULT,
        FULL
    }

    private static final String STP_MODE = "NONE";

    private OrderShapes() {}

    /** Answer to a query. */
    public static ObjectNode order(Order order) {
        ObjectNode node = Json.object()
                .put("symbol", order.symbol())
                .put("orderId", order.id())
                .put("orderListId", -1)
                .put("clientOrderId", order.clientOrderId());
        putState(node, order);
        return node.put("stopPrice", Scaled.format(0))
                .put("icebergQty", Scaled.format(0))
                .put("time", order.createdAtMs())
                .put("updateTime", order.updatedAtMs())
                .put("isWorking", true)
                .put("workingTime", order.createdAtMs())
                .put("selfTradePreventionMode", STP_MODE);
    }

    public static ObjectNode placed(Venue.Placed placed, Detail detail) {
        Order order = placed.order();
        ObjectNode node = Json.object()
                .put("symbol", order.symbol())
                .put("orderId", order.id())
                .put("orderListId", -1)
                .put("clientOrderId", order.clientOrderId())
                .put("transactTime", order.createdAtMs());
        if (detail == Detail.ACK) {
            return node;
        }
        putState(node, order);
        node.put("workingTime", order.createdAtMs());
        if (detail == Detail.FULL) {
            node.set("fills", fills(placed.fills()));
        }
        return node.put("selfTradePreventionMode", STP_MODE);
    }

    public static ObjectNode cancelled(Venue.Cancelled cancelled) {
        Order order = cancelled.order();
        ObjectNode node = Json.object()
                .put("symbol", order.symbol())
                .put("origClientOrderId", order.clientOrderId())
                .put("orderId", order.id())
                .put("orderListId", -1)
                .put("clientOrderId", cancelled.cancelClientId())
                .put("transactTime", order.updatedAtMs());
        putState(node, order);
        return node.put("selfTradePreventionMode", STP_MODE);
    }

    public static ObjectNode amended(Venue.Amended amended) {
        Order order = amended.order();
        ObjectNode node =
                Json.object().put("transactTime", order.updatedAtMs()).put("executionId", amended.executionId());
        node.putObject("amendedOrder")
                .put("symbol", order.symbol())
                .put("orderId", order.id())
                .put("orderListId", -1)
                .put("origClientOrderId", order.clientOrderId())
                .put("clientOrderId", order.clientOrderId())
                .put("price", Scaled.format(order.price()))
                .put("qty", Scaled.format(order.origQty()))
                .put("executedQty", Scaled.format(order.executedQty()))
                .put("preventedQty", Scaled.format(0))
                .put("quoteOrderQty", Scaled.format(0))
                .put("cumulativeQuoteQty", Scaled.format(order.executedQuote()))
                .put("status", order.status().name())
                .put("timeInForce", order.spec().timeInForce().name())
                .put("type", order.spec().type().name())
                .put("side", order.side().name())
                .put("workingTime", order.createdAtMs())
                .put("selfTradePreventionMode", STP_MODE);
        return node;
    }

    /** Fault: the same answer as it was when the order was accepted. */
    static ObjectNode asAccepted(ObjectNode answer) {
        answer.put("executedQty", Scaled.format(0))
                .put("cummulativeQuoteQty", Scaled.format(0))
                .put("status", OrderStatus.NEW.name());
        if (answer.has("fills")) {
            answer.putArray("fills");
        }
        return answer;
    }

    public static ObjectNode myTrade(Fill fill) {
        return Json.object()
                .put("symbol", fill.symbol())
                .put("id", fill.tradeId())
                .put("orderId", fill.orderId())
                .put("orderListId", -1)
                .put("price", Scaled.format(fill.price()))
                .put("qty", Scaled.format(fill.qty()))
                .put("quoteQty", Scaled.format(fill.quote()))
                .put("commission", Scaled.format(fill.commission()))
                .put("commissionAsset", fill.commissionAsset())
                .put("time", fill.timeMs())
                .put("isBuyer", fill.side() == Side.BUY)
                .put("isMaker", fill.maker())
                .put("isBestMatch", true);
    }

    private static void putState(ObjectNode node, Order order) {
        node.put("price", Scaled.format(order.price()))
                .put("origQty", Scaled.format(order.origQty()))
                .put("executedQty", Scaled.format(order.executedQty()))
                .put("origQuoteOrderQty", Scaled.format(order.spec().quoteQty()))
                .put("cummulativeQuoteQty", Scaled.format(order.executedQuote()))
                .put("status", order.status().name())
                .put("timeInForce", order.spec().timeInForce().name())
                .put("type", order.spec().type().name())
                .put("side", order.side().name());
    }

    private static ArrayNode fills(List<Fill> fills) {
        ArrayNode array = Json.array();
        for (Fill fill : fills) {
            array.addObject()
                    .put("price", Scaled.format(fill.price()))
                    .put("qty", Scaled.format(fill.qty()))
                    .put("commission", Scaled.format(fill.commission()))
                    .put("commissionAsset", fill.commissionAsset())
                    .put("tradeId", fill.tradeId());
        }
        return array;
    }
}
