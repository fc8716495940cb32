package dev.relay.exchange.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.relay.exchange.account.Account;
import dev.relay.exchange.engine.Order;
import dev.relay.exchange.engine.OrderType;
import dev.relay.exchange.engine.Side;
import dev.relay.exchange.engine.TimeInForce;
import dev.relay.exchange.market.ErrorCode;
import dev.relay.exchange.market.Market;
import dev.relay.exchange.market.Refusal;
import dev.relay.exchange.market.Venue;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The operations that change orders. Called by the exchange loop only. */
final class OrderWrites {
    private final Venue venue;
    private final RateLimits limits;
    private final FaultedCalls faults;

    OrderWrites(Venue venue, RateLimits limits, FaultedCalls faults) {
        this.venue = venue;
        this.limits = limits;
        this.faults = faults;
    }

    JsonNode call(Operation operation, Params params, Account account) {
        return faults.write(
                operation,
                () -> target(operation, params, account),
                () -> run(operation, params, account),
                answer -> answer instanceof ObjectNode shown ? OrderShapes.asAccepted(shown) : answer);
    }

    private @Nullable Order target(Operation operation, Params params, Account account) {
        String symbol = market(params).symbol();
        String idName = operation == Operation.CANCEL_REPLACE ? "cancelOrderId" : "orderId";
        String clientIdName = operation == Operation.CANCEL_REPLACE ? "cancelOrigClientOrderId" : "origClientOrderId";
        return params.has(idName)
                ? account.openOrder(symbol, params.number(idName))
                : account.openOrder(symbol, params.textOr(clientIdName, ""));
    }

    private JsonNode run(Operation operation, Params params, Account account) {
        return switch (operation) {
            case PLACE -> place(params, account);
            case CANCEL -> cancel(params, account);
            case CANCEL_REPLACE -> cancelReplace(params, account);
            case CANCEL_ALL -> cancelAll(params, account);
            case AMEND -> amend(params, account);
            default -> throw new IllegalStateException("not a write: " + operation);
        };
    }

    private JsonNode place(Params params, Account account) {
        Order.Spec spec = newOrder(params);
        OrderShapes.Detail detail = detail(params, spec.type());
        return OrderShapes.placed(placeCounted(account, spec), detail);
    }

    private Venue.Placed placeCounted(Account account, Order.Spec spec) {
        limits.chargeOrder(account);
        try {
            return venue.place(account, spec);
        } catch (Refusal refused) {
            limits.releaseOrder(account);
            throw refused;
        }
    }

    private Order.Spec newOrder(Params params) {
        String symbol = market(params).symbol();
        Side side = params.choice("side", Side.class, ErrorCode.INVALID_SIDE, "Invalid side.");
        OrderType type = params.choice("type", OrderType.class, ErrorCode.INVALID_ORDER_TYPE, "Invalid orderType.");
        refuseUnsupported(params);
        TimeInForce tif = timeInForce(params, type);
        long price = price(params, type);
        String clientId = params.textOr("newClientOrderId", "");
        boolean byQuote = type == OrderType.MARKET && params.has("quoteOrderQty") && !params.has("quantity");
        long qty = byQuote ? 0 : params.decimal("quantity");
        long quoteQty = byQuote ? params.decimal("quoteOrderQty") : 0;
        String id = clientId.isEmpty() ? venue.generateClientId() : clientId;
        return new Order.Spec(symbol, id, side, type, tif, price, qty, quoteQty);
    }

    private static void refuseUnsupported(Params params) {
        if (params.has("icebergQty")) {
            throw new Refusal(ErrorCode.NEW_ORDER_REJECTED, "Iceberg orders are not supported for this symbol.");
        }
        if (!"NONE".equals(params.textOr("selfTradePreventionMode", "NONE"))) {
            throw new Refusal(
                    ErrorCode.NEW_ORDER_REJECTED,
                    "This symbol does not allow the specified self-trade prevention mode.");
        }
    }

    private static TimeInForce timeInForce(Params params, OrderType type) {
        if (type == OrderType.LIMIT) {
            return params.choice(
                    "timeInForce", TimeInForce.class, ErrorCode.INVALID_TIME_IN_FORCE, "Invalid timeInForce.");
        }
        if (params.has("timeInForce")) {
            throw notRequired("timeInForce");
        }
        return TimeInForce.GTC;
    }

    private static long price(Params params, OrderType type) {
        if (type != OrderType.MARKET) {
            return params.decimal("price");
        }
        if (params.has("price")) {
            throw notRequired("price");
        }
        return 0;
    }

    private static Refusal notRequired(String name) {
        return new Refusal(ErrorCode.PARAM_NOT_REQUIRED, "Parameter '" + name + "' sent when not required.");
    }

    private static OrderShapes.Detail detail(Params params, OrderType type) {
        if (!params.has("newOrderRespType")) {
            return type == OrderType.LIMIT_MAKER ? OrderShapes.Detail.ACK : OrderShapes.Detail.FULL;
        }
        return params.choice(
                "newOrderRespType",
                OrderShapes.Detail.class,
                ErrorCode.INVALID_PARAM,
                "Data sent for parameter 'newOrderRespType' is not valid.");
    }

    private JsonNode cancelReplace(Params params, Account account) {
        String mode = params.text("cancelReplaceMode");
        Order.Spec replacement = newOrder(params);
        Order old = params.has("cancelOrderId")
                ? account.openOrder(replacement.symbol(), params.number("cancelOrderId"))
                : account.openOrder(replacement.symbol(), params.textOr("cancelOrigClientOrderId", ""));
        if (old != null && old.executedQty() > 0 && "ONLY_NEW".equals(params.textOr("cancelRestrictions", ""))) {
            old = null; // restricted: not cancelled
        }
        if (old == null && "STOP_ON_FAILURE".equals(mode)) {
            throw new Refusal(
                    ErrorCode.CANCEL_REPLACE_FAILED,
                    "Order cancel-replace failed.",
                    Json.object()
                            .put("cancelResult", "FAILURE")
                            .put("newOrderResult", "NOT_ATTEMPTED")
                            .putNull("newOrderResponse"));
        }
        ObjectNode result = Json.object().put("cancelResult", old == null ? "FAILURE" : "SUCCESS");
        if (old != null) {
            result.set(
                    "cancelResponse",
                    OrderShapes.cancelled(venue.cancel(account, old, params.optional("cancelNewClientOrderId"))));
        }
        return replace(result, replacement, detail(params, replacement.type()), account);
    }

    private ObjectNode replace(ObjectNode result, Order.Spec spec, OrderShapes.Detail detail, Account account) {
        try {
            ObjectNode placed = OrderShapes.placed(placeCounted(account, spec), detail);
            result.put("newOrderResult", "SUCCESS").set("newOrderResponse", placed);
            return result;
        } catch (Refusal refused) {
            result.put("newOrderResult", "FAILURE")
                    .putObject("newOrderResponse")
                    .put("code", refused.code().code())
                    .put("msg", refused.text());
            throw new Refusal(
                    ErrorCode.CANCEL_REPLACE_PARTIAL,
                    "Order cancel-replace partially failed: the new order was refused: " + refused.text(),
                    result);
        }
    }

    private JsonNode amend(Params params, Account account) {
        Order order = openOrder(params, account, ErrorCode.NO_SUCH_ORDER, "Order does not exist.");
        long qty = params.decimal("newQty");
        String clientId = params.textOr("newClientOrderId", "");
        if (clientId.isEmpty() || !clientId.equals(order.clientOrderId())) {
            throw new Refusal(
                    ErrorCode.ILLEGAL_CHARS, "Here an amended order keeps its id: send it as newClientOrderId.");
        }
        return OrderShapes.amended(venue.amend(account, order, qty));
    }

    private JsonNode cancel(Params params, Account account) {
        Order order = openOrder(params, account, ErrorCode.CANCEL_REJECTED, "Unknown order sent.");
        return OrderShapes.cancelled(venue.cancel(account, order, params.optional("newClientOrderId")));
    }

    private Order openOrder(Params params, Account account, ErrorCode code, String message) {
        String symbol = market(params).symbol();
        Order found = params.has("orderId")
                ? account.openOrder(symbol, params.number("orderId"))
                : account.openOrder(symbol, ExchangeApi.origClientOrderId(params));
        if (found == null) {
            throw new Refusal(code, message);
        }
        return found;
    }

    private JsonNode cancelAll(Params params, Account account) {
        List<Order> open = account.openOrders(market(params).symbol());
        if (open.isEmpty()) {
            throw new Refusal(ErrorCode.CANCEL_REJECTED, "Unknown order sent.");
        }
        ArrayNode array = Json.array();
        open.forEach(order -> array.add(OrderShapes.cancelled(venue.cancel(account, order, null))));
        return array;
    }

    private Market market(Params params) {
        return venue.market(params.text("symbol"));
    }
}
