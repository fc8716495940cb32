package dev.relay.sidecar.venue.kraken.order;

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
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads Kraken's JSON. Orders of pairs that are not configured are left out. A trade comes as
 * partially_filled even when it completes the order; {@code filled} follows. The identity of a fill is the
 * venue's trade id, which the executions channel and the trade history share. Thread "orders".
 */
final class KrakenReports {
    private static final BigDecimal MS = BigDecimal.valueOf(1_000);

    private final Map<String, Instrument> byPair = new LinkedHashMap<>();

    KrakenReports(List<Instrument> instruments) {
        instruments.forEach(instrument -> byPair.put(instrument.venueSymbol(), instrument));
    }

    /** Entries of the executions channel. */
    List<OrderReport> executions(JsonNode data) {
        List<OrderReport> reports = new ArrayList<>();
        data.forEach(entry -> {
            Instrument instrument = byPair.get(text(entry, "symbol"));
            if (instrument != null) {
                reports.add(execution(entry, instrument));
            }
        });
        return reports;
    }

    private static OrderReport execution(JsonNode entry, Instrument instrument) {
        boolean isTrade = entry.path("exec_type").asText().equals("trade");
        long atMs = time(text(entry, "timestamp"));
        return new OrderReport(
                Source.PUSH,
                instrument.symbol(),
                orNull(entry.path("cl_ord_id").asText("")),
                text(entry, "order_id"),
                state(text(entry, "order_status")),
                entry.has("cum_qty") ? decimal(entry, "cum_qty") : null,
                isTrade ? fill(entry, instrument, atMs) : null,
                entry.has("order_qty") ? terms(entry) : null,
                entry.path("reason").asText(""),
                atMs);
    }

    private static Fill fill(JsonNode entry, Instrument instrument, long atMs) {
        JsonNode fee = entry.path("fees").path(0);
        return new Fill(
                instrument.symbol(),
                text(entry, "exec_id"),
                text(entry, "order_id"),
                side(text(entry, "side")),
                decimal(entry, "last_price"),
                decimal(entry, "last_qty"),
                fee.has("qty") ? decimal(fee, "qty") : BigDecimal.ZERO,
                fee.path("asset").asText(instrument.quote()),
                atMs);
    }

    private static @Nullable OrderState state(String status) {
        return switch (status) {
            case "pending_new" -> null;
            case "new" -> OrderState.OPEN;
            case "partially_filled" -> OrderState.PARTIALLY_FILLED;
            case "filled" -> OrderState.FILLED;
            case "canceled" -> OrderState.CANCELLED;
            case "expired" -> OrderState.EXPIRED;
            default -> throw new IllegalArgumentException("unknown order status=" + status);
        };
    }

    private static OrderTerms terms(JsonNode entry) {
        boolean isMarket = text(entry, "order_type").equals("market");
        boolean isMaker = entry.path("post_only").asBoolean();
        return new OrderTerms(
                side(text(entry, "side")),
                isMarket ? OrderType.MARKET : isMaker ? OrderType.LIMIT_MAKER : OrderType.LIMIT,
                isMarket ? null : decimal(entry, "limit_price"),
                decimal(entry, "order_qty"),
                isMarket || isMaker ? null : tif(entry.path("time_in_force").asText("gtc")));
    }

    private static TimeInForce tif(String text) {
        return text.equalsIgnoreCase("ioc") ? TimeInForce.IOC : TimeInForce.GTC;
    }

    /** A list of REST: order ids with their orders. */
    List<OrderReport> orders(JsonNode byId) {
        List<OrderReport> reports = new ArrayList<>();
        byId.properties().forEach(entry -> {
            Instrument instrument = byPair.get(text(entry.getValue().path("descr"), "pair"));
            if (instrument != null) {
                reports.add(order(entry.getKey(), entry.getValue(), instrument));
            }
        });
        return reports;
    }

    private static OrderReport order(String id, JsonNode order, Instrument instrument) {
        BigDecimal executed = decimal(order, "vol_exec");
        JsonNode descr = order.path("descr");
        boolean isMarket = text(descr, "ordertype").equals("market");
        boolean isMaker = order.path("oflags").asText("").contains("post");
        OrderTerms terms = new OrderTerms(
                side(text(descr, "type")),
                isMarket ? OrderType.MARKET : isMaker ? OrderType.LIMIT_MAKER : OrderType.LIMIT,
                isMarket ? null : decimal(descr, "price"),
                decimal(order, "vol"),
                isMarket || isMaker ? null : tif(order.path("timeinforce").asText("GTC")));
        return new OrderReport(
                Source.POLL,
                instrument.symbol(),
                orNull(order.path("cl_ord_id").asText("")),
                id,
                restState(text(order, "status"), executed),
                executed,
                null,
                terms,
                order.path("reason").asText(""),
                0);
    }

    private static OrderState restState(String status, BigDecimal executed) {
        return switch (status) {
            case "pending", "open" -> executed.signum() > 0 ? OrderState.PARTIALLY_FILLED : OrderState.OPEN;
            case "closed" -> OrderState.FILLED;
            case "canceled" -> OrderState.CANCELLED;
            case "expired" -> OrderState.EXPIRED;
            default -> throw new IllegalArgumentException("unknown order status=" + status);
        };
    }

    /** Trades as the venue lists them (newest first). */
    List<OrderReport> trades(JsonNode byId) {
        List<OrderReport> reports = new ArrayList<>();
        byId.properties().forEach(entry -> {
            JsonNode trade = entry.getValue();
            Instrument instrument = byPair.get(text(trade, "pair"));
            if (instrument != null) {
                reports.add(OrderReport.ofTrade(
                        Source.POLL,
                        new Fill(
                                instrument.symbol(),
                                entry.getKey(),
                                text(trade, "ordertxid"),
                                side(text(trade, "type")),
                                decimal(trade, "price"),
                                decimal(trade, "vol"),
                                decimal(trade, "fee"),
                                trade.path("fee_asset").asText(instrument.quote()),
                                decimal(trade, "time").multiply(MS).longValue())));
            }
        });
        return reports;
    }

    static List<Balance> balances(JsonNode byAsset, long atMs) {
        List<Balance> balances = new ArrayList<>();
        byAsset.properties().forEach(entry -> {
            BigDecimal held = decimal(entry.getValue(), "hold_trade");
            balances.add(new Balance(
                    asset(entry.getKey()), decimal(entry.getValue(), "balance").subtract(held), held, atMs));
        });
        return balances;
    }

    /** REST still says XXBT and ZUSD where everything else says BTC and USD. */
    private static String asset(String name) {
        boolean isOld = name.length() == 4 && (name.charAt(0) == 'X' || name.charAt(0) == 'Z');
        String plain = isOld ? name.substring(1) : name;
        return plain.equals("XBT") ? "BTC" : plain.equals("XDG") ? "DOGE" : plain;
    }

    private static Side side(String text) {
        return Side.valueOf(text.toUpperCase(Locale.ROOT));
    }

    static String text(JsonNode node, String name) {
        String text = node.path(name).asText("");
        if (text.isEmpty()) {
            throw new IllegalArgumentException("message lacks " + name);
        }
        return text;
    }

    private static @Nullable String orNull(String text) {
        return text.isEmpty() ? null : text;
    }

    private static BigDecimal decimal(JsonNode node, String name) {
        JsonNode value = node.path(name);
        try {
            return value.isNumber() ? value.decimalValue() : new BigDecimal(text(node, name));
        } catch (NumberFormatException notANumber) {
            throw new IllegalArgumentException("not a number: " + name + "=" + value, notANumber);
        }
    }

    static long time(String text) {
        try {
            return Instant.parse(text).toEpochMilli();
        } catch (DateTimeException notATime) {
            throw new IllegalArgumentException("not a time: " + text, notATime);
        }
    }
}
