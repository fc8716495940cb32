package dev.relay.exchange;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.relay.exchange.api.Json;
import dev.relay.exchange.http.LocalRoutes;
import dev.relay.exchange.http.RestAnswer;
import dev.relay.exchange.http.RestRequest;
import dev.relay.exchange.market.Refusal;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The exchange's own truth and switches over HTTP, for verdicts from another process: {@code /relay/truth/book},
 * {@code /relay/truth/account}, {@code /relay/flow}, {@code /relay/fault}. Loopback only, no weight, no key.
 */
final class TruthRoutes implements LocalRoutes {
    private static final int DEFAULT_DEPTH = 100;

    private final Truth truth;
    private final Switches switches;

    TruthRoutes(Truth truth, Switches switches) {
        this.truth = truth;
        this.switches = switches;
    }

    /** What can be switched from outside; called on the exchange loop. */
    interface Switches {
        void pause(boolean paused);

        boolean isPaused();

        void fault(String kind, String symbol);
    }

    @Override
    public @Nullable RestAnswer answer(RestRequest request) {
        try {
            return switch (request.path()) {
                case "/relay/truth/book" -> RestAnswer.ok(book(request));
                case "/relay/truth/account" -> RestAnswer.ok(account(query(request, "apiKey", "")));
                case "/relay/flow" -> RestAnswer.ok(flow(request));
                case "/relay/fault" -> RestAnswer.ok(fault(request));
                default -> null;
            };
        } catch (Refusal refused) {
            return new RestAnswer(
                    refused.code().httpStatus(),
                    Map.of(),
                    Json.object().put("code", refused.code().code()).put("msg", refused.text()));
        } catch (IllegalArgumentException badValue) {
            return new RestAnswer(
                    400, Map.of(), Json.object().put("code", -1130).put("msg", String.valueOf(badValue.getMessage())));
        }
    }

    private ObjectNode book(RestRequest request) {
        int limit = Integer.parseInt(query(request, "limit", Integer.toString(DEFAULT_DEPTH)));
        BookView book = truth.book(query(request, "symbol", ""), limit);
        ObjectNode node = Json.object().put("symbol", book.symbol()).put("lastUpdateId", book.lastUpdateId());
        node.set("bids", levels(book.bids()));
        node.set("asks", levels(book.asks()));
        return node;
    }

    private static ArrayNode levels(List<BookView.Level> levels) {
        ArrayNode array = Json.array();
        levels.forEach(level -> array.addArray().add(level.price()).add(level.qty()));
        return array;
    }

    private ObjectNode account(String apiKey) {
        ObjectNode node = Json.object();
        ObjectNode balances = node.putObject("balances");
        truth.balancesOf(apiKey)
                .forEach((asset, balance) ->
                        balances.putObject(asset).put("free", balance.free()).put("locked", balance.locked()));
        ArrayNode orders = node.putArray("openOrders");
        truth.openOrdersOf(apiKey).forEach(order -> orders.add(order(order)));
        ArrayNode trades = node.putArray("trades");
        truth.tradesOf(apiKey).forEach(trade -> trades.add(trade(trade)));
        return node;
    }

    private static ObjectNode order(OpenOrder order) {
        return Json.object()
                .put("symbol", order.symbol())
                .put("orderId", order.orderId())
                .put("clientOrderId", order.clientOrderId())
                .put("side", order.side())
                .put("type", order.type())
                .put("price", order.price())
                .put("qty", order.qty())
                .put("executedQty", order.executedQty())
                .put("status", order.status());
    }

    private static ObjectNode trade(Trade trade) {
        return Json.object()
                .put("symbol", trade.symbol())
                .put("tradeId", trade.tradeId())
                .put("orderId", trade.orderId())
                .put("clientOrderId", trade.clientOrderId())
                .put("side", trade.side())
                .put("price", trade.price())
                .put("qty", trade.qty())
                .put("quoteQty", trade.quoteQty())
                .put("commission", trade.commission())
                .put("commissionAsset", trade.commissionAsset())
                .put("time", trade.timeMs())
                .put("maker", trade.maker());
    }

    private ObjectNode flow(RestRequest request) {
        String paused = query(request, "paused", "");
        if (!paused.isEmpty()) {
            switches.pause(Boolean.parseBoolean(paused));
        }
        return Json.object().put("paused", switches.isPaused());
    }

    private ObjectNode fault(RestRequest request) {
        String kind = query(request, "kind", "");
        switches.fault(kind, query(request, "symbol", ""));
        return Json.object().put("fault", kind);
    }

    private static String query(RestRequest request, String name, String fallback) {
        for (String pair : request.rawQuery().split("&", -1)) {
            if (pair.startsWith(name + "=")) {
                return URLDecoder.decode(pair.substring(name.length() + 1), StandardCharsets.UTF_8);
            }
        }
        return fallback;
    }
}
