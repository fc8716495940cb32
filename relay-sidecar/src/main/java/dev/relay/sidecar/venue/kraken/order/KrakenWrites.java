package dev.relay.sidecar.venue.kraken.order;

import dev.relay.sidecar.order.Decimals;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderType;
import dev.relay.sidecar.order.OrderView;
import dev.relay.sidecar.order.TimeInForce;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What writes say and what they cost. Stateless. */
final class KrakenWrites {
    private KrakenWrites() {}

    static Map<String, Object> newOrder(OrderView order, Instrument instrument, long acceptUntilMs) {
        OrderType type = order.terms().type();
        Map<String, Object> params = new LinkedHashMap<>();
        params.put("order_type", type == OrderType.MARKET ? "market" : "limit");
        params.put("side", order.terms().side().name().toLowerCase(Locale.ROOT));
        params.put("symbol", instrument.venueSymbol());
        params.put("order_qty", order.terms().quantity());
        BigDecimal price = order.terms().price();
        if (price != null) {
            params.put("limit_price", price);
        }
        TimeInForce tif = order.terms().timeInForce();
        if (tif != null) {
            params.put("time_in_force", tif.name().toLowerCase(Locale.ROOT));
        }
        if (type == OrderType.LIMIT_MAKER) {
            params.put("post_only", true);
        }
        params.put("cl_ord_id", order.clientId());
        params.put("deadline", Instant.ofEpochMilli(acceptUntilMs).toString());
        return params;
    }

    /** As {@link #newOrder}, in the words of REST. */
    static Map<String, String> newRestOrder(OrderView order, Instrument instrument, long acceptUntilMs) {
        OrderType type = order.terms().type();
        Map<String, String> params = new LinkedHashMap<>();
        params.put("ordertype", type == OrderType.MARKET ? "market" : "limit");
        params.put("type", order.terms().side().name().toLowerCase(Locale.ROOT));
        params.put("pair", instrument.venueSymbol());
        params.put("volume", Decimals.text(order.terms().quantity()));
        BigDecimal price = order.terms().price();
        if (price != null) {
            params.put("price", Decimals.text(price));
        }
        TimeInForce tif = order.terms().timeInForce();
        if (tif != null) {
            params.put("timeinforce", tif.name());
        }
        if (type == OrderType.LIMIT_MAKER) {
            params.put("oflags", "post");
        }
        params.put("cl_ord_id", order.clientId());
        params.put("deadline", Instant.ofEpochMilli(acceptUntilMs).toString());
        return params;
    }

    /** As {@link #named}, in the words of REST. */
    static Map<String, String> restNamed(OrderView order) {
        return order.venueOrderId().isEmpty()
                ? Map.of("cl_ord_id", order.clientId())
                : Map.of("txid", order.venueOrderId());
    }

    /** The order that a cancel means. */
    static Map<String, Object> named(OrderView order) {
        Map<String, Object> params = new LinkedHashMap<>();
        if (order.venueOrderId().isEmpty()) {
            params.put("cl_ord_id", List.of(order.clientId()));
        } else {
            params.put("order_id", List.of(order.venueOrderId()));
        }
        return params;
    }

    /** The younger the order the dearer. */
    static int costOfCancel(long ageMs) {
        long s = ageMs / 1_000;
        return s < 5 ? 8 : s < 10 ? 6 : s < 15 ? 5 : s < 45 ? 4 : s < 90 ? 2 : s < 300 ? 1 : 0;
    }
}
