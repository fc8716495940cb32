package dev.relay.exchange.kraken;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.relay.exchange.account.Account;
import dev.relay.exchange.api.Json;
import dev.relay.exchange.api.Operation;
import dev.relay.exchange.engine.Order;
import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;

/** AddOrder and CancelOrder of Kraken's REST: the same orders as by the WebSocket, in the words of a form. Exchange loop only. */
final class KrakenRestOrders {
    private final KrakenTrading trading;

    KrakenRestOrders(KrakenTrading trading) {
        this.trading = trading;
    }

    ObjectNode add(Account account, Map<String, String> form) {
        ObjectNode params = params(form);
        Order order = trading.write(Operation.PLACE, account, params, () -> trading.place(account, params));
        ObjectNode result = Json.object();
        result.putObject("descr").put("order", form.get("type") + " " + form.get("volume") + " " + form.get("pair"));
        result.putArray("txid").add(KrakenShapes.orderId(order.symbol(), order.id()));
        return result;
    }

    private static ObjectNode params(Map<String, String> form) {
        ObjectNode params = Json.object()
                .put("order_type", form.getOrDefault("ordertype", ""))
                .put("side", form.getOrDefault("type", ""))
                .put("symbol", form.getOrDefault("pair", ""))
                .put("time_in_force", form.getOrDefault("timeinforce", "GTC").toLowerCase(Locale.ROOT))
                .put("post_only", form.getOrDefault("oflags", "").contains("post"))
                .put("cl_ord_id", form.getOrDefault("cl_ord_id", ""))
                .put("deadline", form.getOrDefault("deadline", ""))
                .put("order_qty", amount(form, "volume"));
        return form.containsKey("price") ? params.put("limit_price", amount(form, "price")) : params;
    }

    private static BigDecimal amount(Map<String, String> form, String name) {
        try {
            return new BigDecimal(form.getOrDefault(name, ""));
        } catch (NumberFormatException notAnAmount) {
            throw KrakenError.invalid(name);
        }
    }

    ObjectNode cancel(Account account, Map<String, String> form) {
        ObjectNode params = Json.object();
        if (form.containsKey("txid")) {
            params.putArray("order_id").add(form.get("txid"));
        } else {
            params.putArray("cl_ord_id").add(form.getOrDefault("cl_ord_id", ""));
        }
        int count = trading.write(
                Operation.CANCEL,
                account,
                params,
                () -> trading.cancel(account, params).size());
        return Json.object().put("count", count).put("pending", false);
    }
}
