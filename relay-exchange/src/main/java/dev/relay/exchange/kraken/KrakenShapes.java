package dev.relay.exchange.kraken;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.relay.exchange.account.Fill;
import dev.relay.exchange.api.Json;
import dev.relay.exchange.engine.Order;
import dev.relay.exchange.engine.OrderType;
import dev.relay.exchange.engine.Scaled;
import dev.relay.exchange.market.Market;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Locale;

/** Names and JSON of Kraken. Stateless. */
final class KrakenShapes {
    private KrakenShapes() {}

    static String symbol(Market market) {
        return market.spec().baseAsset() + "/" + market.spec().quoteAsset();
    }

    /** Ids are unique in the venue; here they tell market and number. */
    static String orderId(String symbol, long id) {
        return "O" + symbol + "-" + id;
    }

    /** Each side of a trade has an id of its own, also where one account is on both. */
    static String tradeId(Fill fill) {
        return "T" + fill.symbol() + "-" + fill.tradeId() + "-" + fill.orderId();
    }

    static BigDecimal decimal(long scaled) {
        return Scaled.toDecimal(scaled).stripTrailingZeros();
    }

    static String time(long ms) {
        return Instant.ofEpochMilli(ms).toString();
    }

    static String status(Order order) {
        return switch (order.status()) {
            case NEW -> "new";
            case PARTIALLY_FILLED -> "partially_filled";
            case FILLED -> "filled";
            case CANCELED -> "canceled";
            case EXPIRED -> "expired";
        };
    }

    /** One entry of the executions channel. */
    static ObjectNode execution(Market market, Order order, String type, String status, long timeMs) {
        ObjectNode entry = Json.object()
                .put("exec_type", type)
                .put("order_id", orderId(order.symbol(), order.id()))
                .put("cl_ord_id", order.clientOrderId())
                .put("symbol", symbol(market))
                .put("side", order.side().name().toLowerCase(Locale.ROOT))
                .put("order_type", order.spec().type() == OrderType.MARKET ? "market" : "limit")
                .put("order_qty", decimal(order.origQty()))
                .put("order_status", status)
                .put("cum_qty", decimal(order.executedQty()))
                .put("cum_cost", decimal(order.executedQuote()))
                .put("timestamp", time(timeMs));
        if (order.spec().type() != OrderType.MARKET) {
            entry.put("limit_price", decimal(order.price()));
            entry.put("time_in_force", order.spec().timeInForce().name().toLowerCase(Locale.ROOT));
            entry.put("post_only", order.spec().type() == OrderType.LIMIT_MAKER);
        }
        return entry;
    }

    static void trade(ObjectNode entry, Fill fill) {
        entry.put("exec_id", tradeId(fill))
                .put("trade_id", fill.tradeId())
                .put("last_qty", decimal(fill.qty()))
                .put("last_price", decimal(fill.price()))
                .put("cost", decimal(fill.quote()))
                .put("liquidity_ind", fill.maker() ? "m" : "t");
        ArrayNode fees = entry.putArray("fees");
        if (fill.commission() != 0) {
            fees.addObject().put("asset", fill.commissionAsset()).put("qty", decimal(fill.commission()));
        }
    }

    /** An order as REST tells it. */
    static ObjectNode order(Market market, Order order) {
        ObjectNode shape = Json.object()
                .put("cl_ord_id", order.clientOrderId())
                .put(
                        "status",
                        order.status().isOpen()
                                ? "open"
                                : order.status().name().equals("FILLED") ? "closed" : status(order))
                .put("opentm", order.createdAtMs() / 1_000.0)
                .put("vol", decimal(order.origQty()).toPlainString())
                .put("vol_exec", decimal(order.executedQty()).toPlainString())
                .put("cost", decimal(order.executedQuote()).toPlainString());
        shape.putObject("descr")
                .put("pair", symbol(market))
                .put("type", order.side().name().toLowerCase(Locale.ROOT))
                .put("ordertype", order.spec().type() == OrderType.MARKET ? "market" : "limit")
                .put("price", decimal(order.price()).toPlainString());
        shape.put("oflags", order.spec().type() == OrderType.LIMIT_MAKER ? "post" : "");
        shape.put("timeinforce", order.spec().timeInForce().name());
        return shape;
    }

    /** Every order in this answer as it was when it was accepted. */
    static ObjectNode asAccepted(ObjectNode answer) {
        answer.findParents("vol_exec")
                .forEach(order -> ((ObjectNode) order).put("vol_exec", "0").put("status", "open"));
        return answer;
    }

    /** A trade as REST tells it. */
    static ObjectNode trade(Market market, Fill fill) {
        return Json.object()
                .put("ordertxid", orderId(fill.symbol(), fill.orderId()))
                .put("pair", symbol(market))
                .put("time", BigDecimal.valueOf(fill.timeMs(), 3))
                .put("type", fill.side().name().toLowerCase(Locale.ROOT))
                .put("price", decimal(fill.price()).toPlainString())
                .put("vol", decimal(fill.qty()).toPlainString())
                .put("cost", decimal(fill.quote()).toPlainString())
                .put("fee", decimal(fill.commission()).toPlainString())
                .put("fee_asset", fill.commissionAsset())
                .put("trade_id", fill.tradeId())
                .put("maker", fill.maker());
    }
}
