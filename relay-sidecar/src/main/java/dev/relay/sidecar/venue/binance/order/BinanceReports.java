package dev.relay.sidecar.venue.binance.order;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.order.Balance;
import dev.relay.sidecar.order.Fill;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderReport;
import dev.relay.sidecar.order.OrderReport.Source;
import dev.relay.sidecar.order.OrderState;
import dev.relay.sidecar.order.OrderTerms;
import dev.relay.sidecar.order.OrderType;
import dev.relay.sidecar.order.Side;
import dev.relay.sidecar.order.TimeInForce;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Binance's order texts as {@link OrderReport}s. Stateless after construction.
 *
 * <p>A cancelled order is matched on {@code C} (the order's own id), never on {@code c} (the cancel's). A symbol that is
 * not configured keeps the venue's name, so that the tracker counts it.
 */
final class BinanceReports {
    private final Map<String, String> symbols = new HashMap<>();

    BinanceReports(List<Instrument> instruments) {
        instruments.forEach(instrument -> symbols.put(instrument.venueSymbol(), instrument.symbol()));
    }

    OrderReport executionReport(JsonNode e) {
        String original = text(e, "C");
        boolean hasOriginal = !original.isEmpty() && !original.equals("null");
        Side side = Side.valueOf(text(e, "S"));
        String symbol = symbol(text(e, "s"));
        String orderId = text(e, "i");
        boolean isTrade = text(e, "x").equals("TRADE") && e.path("t").asLong(-1) >= 0;
        Fill fill = isTrade
                ? new Fill(
                        symbol,
                        text(e, "t"),
                        orderId,
                        side,
                        decimal(e, "L"),
                        decimal(e, "l"),
                        decimal(e, "n"),
                        text(e, "N"),
                        e.path("T").asLong())
                : null;
        return new OrderReport(
                Source.PUSH,
                symbol,
                hasOriginal ? original : text(e, "c"),
                orderId,
                state(text(e, "X")),
                decimal(e, "z"),
                fill,
                terms(side, text(e, "o"), decimal(e, "p"), decimal(e, "q"), text(e, "f")),
                reason(text(e, "r"), text(e, "x")),
                e.path("T").asLong());
    }

    private static String reason(String rejectReason, String executionType) {
        return rejectReason.isEmpty() || rejectReason.equals("NONE") ? executionType : rejectReason;
    }

    /** An order object; those of a place carry fills, which come first so that totals only grow. */
    List<OrderReport> order(JsonNode o, Source source) {
        List<OrderReport> reports = new ArrayList<>();
        String symbol = symbol(text(o, "symbol"));
        String orderId = text(o, "orderId");
        String original = text(o, "origClientOrderId");
        String clientId = original.isEmpty() ? text(o, "clientOrderId") : original;
        long atMs = o.path("transactTime").asLong(o.path("updateTime").asLong(0));
        for (JsonNode f : o.path("fills")) {
            Fill fill = new Fill(
                    symbol,
                    text(f, "tradeId"),
                    orderId,
                    Side.valueOf(text(o, "side")),
                    decimal(f, "price"),
                    decimal(f, "qty"),
                    decimal(f, "commission"),
                    text(f, "commissionAsset"),
                    atMs);
            reports.add(new OrderReport(source, symbol, clientId, orderId, null, null, fill, null, "", atMs));
        }
        String status = text(o, "status");
        OrderTerms terms = o.hasNonNull("side")
                ? terms(
                        Side.valueOf(text(o, "side")),
                        text(o, "type"),
                        decimal(o, "price"),
                        decimal(o, "origQty"),
                        text(o, "timeInForce"))
                : null;
        reports.add(new OrderReport(
                source,
                symbol,
                clientId,
                orderId,
                status.isEmpty() ? OrderState.OPEN : state(status),
                o.hasNonNull("executedQty") ? decimal(o, "executedQty") : null,
                null,
                terms,
                status,
                atMs));
        return reports;
    }

    /** The answer to an amend: the order with its new quantity. */
    OrderReport amended(JsonNode result) {
        JsonNode o = result.path("amendedOrder");
        return new OrderReport(
                Source.ANSWER,
                symbol(text(o, "symbol")),
                text(o, "origClientOrderId"),
                text(o, "orderId"),
                state(text(o, "status")),
                decimal(o, "executedQty"),
                null,
                terms(
                        Side.valueOf(text(o, "side")),
                        text(o, "type"),
                        decimal(o, "price"),
                        decimal(o, "qty"),
                        text(o, "timeInForce")),
                "amended",
                result.path("transactTime").asLong(0));
    }

    /** Both halves of a replace that was done. */
    List<OrderReport> replaced(JsonNode result) {
        List<OrderReport> all = order(result.path("cancelResponse"), Source.ANSWER);
        all.addAll(order(result.path("newOrderResponse"), Source.ANSWER));
        return all;
    }

    List<OrderReport> orders(JsonNode list) {
        List<OrderReport> reports = new ArrayList<>();
        list.forEach(order -> reports.addAll(order(order, Source.POLL)));
        return reports;
    }

    List<OrderReport> trades(JsonNode list) {
        List<OrderReport> reports = new ArrayList<>();
        for (JsonNode t : list) {
            Fill fill = new Fill(
                    symbol(text(t, "symbol")),
                    text(t, "id"),
                    text(t, "orderId"),
                    t.path("isBuyer").asBoolean() ? Side.BUY : Side.SELL,
                    decimal(t, "price"),
                    decimal(t, "qty"),
                    decimal(t, "commission"),
                    text(t, "commissionAsset"),
                    t.path("time").asLong());
            reports.add(OrderReport.ofTrade(Source.POLL, fill));
        }
        return reports;
    }

    /** Balances of an account answer; {@code askedAtMs} stands in where the venue gives no time. */
    List<Balance> accountBalances(JsonNode account, long askedAtMs) {
        long updatedAtMs = account.path("updateTime").asLong(0);
        return balances(account.path("balances"), "asset", "free", "locked", updatedAtMs > 0 ? updatedAtMs : askedAtMs);
    }

    List<Balance> pushedBalances(JsonNode event) {
        return balances(
                event.path("B"),
                "a",
                "f",
                "l",
                event.path("u").asLong(event.path("E").asLong()));
    }

    /** A deposit or withdrawal: the amount by which an asset changed stands in {@code free}. */
    Balance transfer(JsonNode event) {
        return new Balance(
                text(event, "a"),
                decimal(event, "d"),
                BigDecimal.ZERO,
                event.path("T").asLong(event.path("E").asLong()));
    }

    private static List<Balance> balances(JsonNode list, String asset, String free, String locked, long atMs) {
        List<Balance> balances = new ArrayList<>();
        list.forEach(b -> balances.add(new Balance(text(b, asset), decimal(b, free), decimal(b, locked), atMs)));
        return balances;
    }

    private String symbol(String venueSymbol) {
        return symbols.getOrDefault(venueSymbol, venueSymbol);
    }

    private static OrderTerms terms(Side side, String type, BigDecimal price, BigDecimal quantity, String tif) {
        OrderType known = type.equals("MARKET")
                ? OrderType.MARKET
                : type.equals("LIMIT_MAKER") ? OrderType.LIMIT_MAKER : OrderType.LIMIT;
        return new OrderTerms(side, known, price.signum() == 0 ? null : price, quantity, timeInForce(tif));
    }

    private static @Nullable TimeInForce timeInForce(String tif) {
        return switch (tif) {
            case "GTC" -> TimeInForce.GTC;
            case "IOC" -> TimeInForce.IOC;
            case "FOK" -> TimeInForce.FOK;
            default -> null;
        };
    }

    private static OrderState state(String status) {
        return switch (status) {
            case "NEW", "PENDING_CANCEL" -> OrderState.OPEN;
            case "PENDING_NEW" -> OrderState.PENDING_NEW;
            case "PARTIALLY_FILLED" -> OrderState.PARTIALLY_FILLED;
            case "FILLED" -> OrderState.FILLED;
            case "CANCELED" -> OrderState.CANCELLED;
            case "REJECTED" -> OrderState.REJECTED;
            case "EXPIRED", "EXPIRED_IN_MATCH" -> OrderState.EXPIRED;
            default -> throw new IllegalArgumentException("unknown order status=" + status);
        };
    }

    private static String text(JsonNode node, String name) {
        return node.path(name).asText("");
    }

    private static BigDecimal decimal(JsonNode node, String name) {
        String text = text(node, name);
        return text.isEmpty() || text.equals("null") ? BigDecimal.ZERO : new BigDecimal(text);
    }
}
