package dev.relay.exchange.alpaca;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.relay.exchange.account.Account;
import dev.relay.exchange.account.Fill;
import dev.relay.exchange.api.Json;
import dev.relay.exchange.engine.Order;
import dev.relay.exchange.engine.OrderType;
import dev.relay.exchange.engine.Scaled;
import dev.relay.exchange.engine.Side;
import dev.relay.exchange.market.Market;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Alpaca's JSON: amounts as text, times in UTC, every key that a client reads. Stateless. */
final class AlpacaShapes {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMddHHmmssSSS").withZone(ZoneOffset.UTC);

    private AlpacaShapes() {}

    static String time(long ms) {
        return TIME.format(Instant.ofEpochMilli(ms));
    }

    static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    static ObjectNode order(Market market, AlpacaOrder entry) {
        Order order = entry.order();
        String status = entry.status();
        ObjectNode node = Json.object()
                .put("id", entry.id().toString())
                .put("client_order_id", order.clientOrderId())
                .put("created_at", time(order.createdAtMs()))
                .put("updated_at", time(order.updatedAtMs()))
                .put("submitted_at", time(order.createdAtMs()))
                .put("filled_at", status.equals("filled") ? time(order.updatedAtMs()) : null)
                .put("expired_at", status.equals("expired") ? time(order.updatedAtMs()) : null)
                .put("canceled_at", status.equals("canceled") ? time(order.updatedAtMs()) : null)
                .putNull("failed_at")
                .put("replaced_at", status.equals("replaced") ? time(order.updatedAtMs()) : null)
                .put("replaced_by", text(entry.replacedBy()))
                .put("replaces", text(entry.replaces()))
                .put("asset_id", AlpacaSymbols.assetId(market).toString())
                .put("symbol", AlpacaSymbols.of(market))
                .put("asset_class", AlpacaSymbols.assetClass(market));
        return terms(node, order, entry).put("status", status);
    }

    /** The order as it was when it was accepted. */
    static ObjectNode asAccepted(ObjectNode order) {
        return order.put("status", "new").put("filled_qty", "0").putNull("filled_avg_price");
    }

    private static ObjectNode terms(ObjectNode node, Order order, AlpacaOrder entry) {
        boolean byQuote = order.spec().quoteQty() > 0;
        String type = order.spec().type() == OrderType.MARKET ? "market" : "limit";
        return node.put("notional", byQuote ? Scaled.plain(order.spec().quoteQty()) : null)
                .put("qty", byQuote ? null : Scaled.plain(order.spec().qty()))
                .put("filled_qty", Scaled.plain(order.executedQty()))
                .put("filled_avg_price", average(order))
                .put("order_class", "")
                .put("order_type", type)
                .put("type", type)
                .put("side", lower(order.side()))
                .put("position_intent", order.side() == Side.BUY ? "buy_to_open" : "sell_to_close")
                .put("time_in_force", entry.timeInForce())
                .put("limit_price", order.price() == 0 ? null : Scaled.plain(order.price()))
                .putNull("stop_price")
                .put("extended_hours", false)
                .putNull("legs")
                .putNull("trail_percent")
                .putNull("trail_price")
                .putNull("hwm");
    }

    private static @Nullable String text(@Nullable UUID id) {
        return id == null ? null : id.toString();
    }

    private static @Nullable String average(Order order) {
        return order.executedQty() == 0
                ? null
                : Scaled.plain(Scaled.divide(order.executedQuote(), order.executedQty()));
    }

    /** The same for a fill in the stream and in the list of activities. */
    static UUID executionId(Fill fill) {
        String name = "fill:" + fill.symbol() + ":" + fill.tradeId() + ":" + fill.orderId();
        return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
    }

    static String activityId(Fill fill) {
        return STAMP.format(Instant.ofEpochMilli(fill.timeMs())) + "::" + executionId(fill);
    }

    /** Cumulative and leaving quantity are those of now: what the engine keeps. */
    static ObjectNode activity(Market market, Fill fill, @Nullable Order order) {
        boolean isWhole = order != null && order.leavesQty() == 0;
        return Json.object()
                .put("id", activityId(fill))
                .put("activity_type", "FILL")
                .put("transaction_time", time(fill.timeMs()))
                .put("type", isWhole ? "fill" : "partial_fill")
                .put("price", Scaled.plain(fill.price()))
                .put("qty", Scaled.plain(fill.qty()))
                .put("side", lower(fill.side()))
                .put("symbol", AlpacaSymbols.of(market))
                .put("leaves_qty", order == null ? "0" : Scaled.plain(order.leavesQty()))
                .put("cum_qty", order == null ? Scaled.plain(fill.qty()) : Scaled.plain(order.executedQty()))
                .put("order_id", AlpacaOrder.idOf(fill.symbol(), fill.orderId()).toString())
                .put("order_status", isWhole ? "filled" : "partially_filled");
    }

    static ObjectNode position(Market market, Account account) {
        long free = account.balance(market.spec().baseAsset()).free();
        long all =
                Math.addExact(free, account.balance(market.spec().baseAsset()).locked());
        BigDecimal entry = averageEntry(market, account);
        BigDecimal last = Scaled.toDecimal(market.lastPrice());
        BigDecimal quantity = Scaled.toDecimal(all);
        return Json.object()
                .put("asset_id", AlpacaSymbols.assetId(market).toString())
                .put("symbol", AlpacaSymbols.of(market).replace("/", ""))
                .put("exchange", market.spec().isEquity() ? "NASDAQ" : "CRYPTO")
                .put("asset_class", AlpacaSymbols.assetClass(market))
                .put("asset_marginable", false)
                .put("qty", Scaled.plain(all))
                .put("qty_available", Scaled.plain(free))
                .put("side", "long")
                .put("avg_entry_price", entry.toPlainString())
                .put("market_value", quantity.multiply(last).toPlainString())
                .put("cost_basis", quantity.multiply(entry).toPlainString())
                .put("unrealized_pl", quantity.multiply(last.subtract(entry)).toPlainString())
                .put("unrealized_plpc", "0")
                .put("unrealized_intraday_pl", "0")
                .put("unrealized_intraday_plpc", "0")
                .put("current_price", last.toPlainString())
                .put("lastday_price", last.toPlainString())
                .put("change_today", "0");
    }

    /** What the bought quantity cost on average, over all its fills. */
    private static BigDecimal averageEntry(Market market, Account account) {
        BigDecimal cost = BigDecimal.ZERO;
        BigDecimal quantity = BigDecimal.ZERO;
        for (Fill fill : account.fills()) {
            if (fill.symbol().equals(market.symbol()) && fill.side() == Side.BUY) {
                cost = cost.add(Scaled.toDecimal(fill.quote()));
                quantity = quantity.add(Scaled.toDecimal(fill.qty()));
            }
        }
        return quantity.signum() == 0
                ? BigDecimal.ZERO
                : cost.divide(quantity, Scaled.DECIMALS, java.math.RoundingMode.HALF_EVEN);
    }

    static ObjectNode asset(Market market) {
        boolean isEquity = market.spec().isEquity();
        return Json.object()
                .put("id", AlpacaSymbols.assetId(market).toString())
                .put("class", AlpacaSymbols.assetClass(market))
                .put("exchange", isEquity ? "NASDAQ" : "CRYPTO")
                .put("symbol", AlpacaSymbols.of(market))
                .put("name", AlpacaSymbols.of(market))
                .put("status", "active")
                .put("tradable", true)
                .put("marginable", false)
                .put("shortable", false)
                .put("easy_to_borrow", false)
                .put("fractionable", !isEquity)
                .put("min_order_size", Scaled.plain(market.spec().stepSize()))
                .put("min_trade_increment", Scaled.plain(market.spec().stepSize()))
                .put("price_increment", Scaled.plain(market.spec().tickSize()));
    }
}
