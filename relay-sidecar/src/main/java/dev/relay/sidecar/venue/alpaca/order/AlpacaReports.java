package dev.relay.sidecar.venue.alpaca.order;

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
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads Alpaca's JSON. Orders of symbols that are not configured are left out: they are not this account's business here.
 *
 * <p>The identity of a fill is its execution id: {@code execution_id} in the stream, the part behind {@code ::} of an activity's id. Commission is not told with a
 * fill; positions are compared with the venue's instead. Thread "orders".
 */
final class AlpacaReports {
    private static final String NO_COMMISSION_ASSET = "USD";

    private final Map<String, Instrument> bySymbol = new LinkedHashMap<>();
    private final AlpacaMargin margin;

    /** @param margin hears of each answer about the account */
    AlpacaReports(List<Instrument> instruments, AlpacaMargin margin) {
        this.margin = margin;
        for (Instrument instrument : instruments) {
            bySymbol.put(instrument.venueSymbol(), instrument);
            bySymbol.put(instrument.venueSymbol().replace("/", ""), instrument);
        }
    }

    @Nullable
    Instrument instrument(String venueSymbol) {
        return bySymbol.get(venueSymbol);
    }

    /** What an order's own JSON says; empty for a symbol that is not configured. */
    List<OrderReport> order(JsonNode order, Source source) {
        return order(order, source, null);
    }

    private List<OrderReport> order(JsonNode order, Source source, @Nullable Fill fill) {
        Instrument instrument = bySymbol.get(text(order, "symbol"));
        if (instrument == null) {
            return List.of();
        }
        String status = text(order, "status");
        return List.of(new OrderReport(
                source,
                instrument.symbol(),
                text(order, "client_order_id"),
                text(order, "id"),
                state(status, text(order, "time_in_force")),
                decimal(order, "filled_qty"),
                fill,
                terms(order),
                reason(order, status),
                time(text(order, "updated_at"))));
    }

    List<OrderReport> orders(JsonNode list) {
        List<OrderReport> reports = new ArrayList<>();
        list.forEach(order -> reports.addAll(order(order, Source.POLL)));
        return reports;
    }

    /** The {@code data} of a trade update. */
    List<OrderReport> update(JsonNode data) {
        JsonNode order = data.path("order");
        Instrument instrument = bySymbol.get(text(order, "symbol"));
        boolean isFill = data.hasNonNull("execution_id") && data.hasNonNull("price") && data.hasNonNull("qty");
        if (!isFill || instrument == null) {
            return order(order, Source.PUSH);
        }
        Fill fill = new Fill(
                instrument.symbol(),
                text(data, "execution_id"),
                text(order, "id"),
                side(order),
                decimal(data, "price"),
                decimal(data, "qty"),
                BigDecimal.ZERO,
                NO_COMMISSION_ASSET,
                time(text(data, "timestamp")));
        return order(order, Source.PUSH, fill);
    }

    /** A fill of the list of activities; null for a symbol that is not configured. */
    @Nullable
    OrderReport activity(JsonNode activity) {
        Instrument instrument = bySymbol.get(text(activity, "symbol"));
        if (instrument == null) {
            return null;
        }
        String id = text(activity, "id");
        Fill fill = new Fill(
                instrument.symbol(),
                id.substring(id.indexOf("::") + 2),
                text(activity, "order_id"),
                side(activity),
                decimal(activity, "price"),
                decimal(activity, "qty"),
                BigDecimal.ZERO,
                NO_COMMISSION_ASSET,
                time(text(activity, "transaction_time")));
        return OrderReport.ofTrade(Source.POLL, fill);
    }

    /** Cash and positions. What is configured and not listed is held no more. */
    List<Balance> balances(JsonNode account, JsonNode positions, long atMs) {
        margin.onAccount(account);
        Map<String, Balance> found = new LinkedHashMap<>();
        bySymbol.values()
                .forEach(one -> found.put(one.base(), new Balance(one.base(), BigDecimal.ZERO, BigDecimal.ZERO, atMs)));
        positions.forEach(position -> {
            Instrument instrument = bySymbol.get(text(position, "symbol"));
            if (instrument != null) {
                BigDecimal free = decimal(position, "qty_available");
                BigDecimal locked = decimal(position, "qty").subtract(free);
                found.put(instrument.base(), new Balance(instrument.base(), free, locked, atMs));
            }
        });
        BigDecimal cash = decimal(account, "cash");
        BigDecimal free =
                cash.min(decimal(account, "non_marginable_buying_power")).max(BigDecimal.ZERO);
        found.put("USD", new Balance("USD", free, cash.subtract(free).max(BigDecimal.ZERO), atMs));
        return List.copyOf(found.values());
    }

    private static OrderTerms terms(JsonNode order) {
        boolean isMarket = text(order, "type").equals("market");
        BigDecimal quantity = order.hasNonNull("qty") ? decimal(order, "qty") : decimal(order, "filled_qty");
        return new OrderTerms(
                side(order),
                isMarket ? OrderType.MARKET : OrderType.LIMIT,
                isMarket ? null : decimal(order, "limit_price"),
                quantity,
                isMarket ? null : timeInForce(text(order, "time_in_force")));
    }

    private static @Nullable TimeInForce timeInForce(String tif) {
        for (TimeInForce known : TimeInForce.values()) {
            if (known.name().toLowerCase(Locale.ROOT).equals(tif)) {
                return known;
            }
        }
        return null;
    }

    /** An order that waits for the market to open is known there and can be cancelled; a day ends no order but a day's. */
    static OrderState state(String status, String timeInForce) {
        return switch (status) {
            case "accepted",
                    "pending_new",
                    "pending_review",
                    "accepted_for_bidding",
                    "new",
                    "held",
                    "pending_cancel",
                    "pending_replace",
                    "stopped",
                    "suspended",
                    "calculated" -> OrderState.OPEN;
            case "partially_filled" -> OrderState.PARTIALLY_FILLED;
            case "filled" -> OrderState.FILLED;
            case "canceled", "replaced" -> OrderState.CANCELLED;
            case "expired" -> OrderState.EXPIRED;
            case "done_for_day" -> timeInForce.equals("day") ? OrderState.EXPIRED : OrderState.OPEN;
            case "rejected" -> OrderState.REJECTED;
            default -> throw new IllegalArgumentException("unknown order status=" + status);
        };
    }

    private static String reason(JsonNode order, String status) {
        return switch (status) {
            case "replaced" -> "replaced_by=" + text(order, "replaced_by");
            case "rejected", "expired", "done_for_day" -> status;
            default -> "";
        };
    }

    private static Side side(JsonNode node) {
        return text(node, "side").startsWith("sell") ? Side.SELL : Side.BUY;
    }

    static long time(String text) {
        try {
            return text.isEmpty() ? 0 : OffsetDateTime.parse(text).toInstant().toEpochMilli();
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("unreadable time=" + text, e);
        }
    }

    static String text(JsonNode node, String name) {
        return node.path(name).asText("");
    }

    static BigDecimal decimal(JsonNode node, String name) {
        String value = text(node, name);
        return value.isEmpty() || value.equals("null") ? BigDecimal.ZERO : new BigDecimal(value);
    }
}
