package dev.relay.exchange.kraken;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.relay.exchange.account.Account;
import dev.relay.exchange.api.Json;
import dev.relay.exchange.api.NoAnswer;
import dev.relay.exchange.api.Operation;
import dev.relay.exchange.engine.Order;
import dev.relay.exchange.stream.Outlet;
import dev.relay.exchange.stream.SocketSession;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One private connection of Kraken's WebSocket v2: executions, and orders with a token in each request. A token that
 * subscribed stays good for its connection. Exchange loop only.
 */
final class KrakenPrivateSession implements SocketSession {
    private final KrakenPrivate owner;
    private final Outlet outlet;
    private @Nullable Account account;
    private @Nullable String token;
    private long sequence;

    KrakenPrivateSession(KrakenPrivate owner, Outlet outlet) {
        this.owner = owner;
        this.outlet = outlet;
    }

    @Override
    public void onStarted() {
        say(Json.object().put("channel", "status").put("type", "update"));
    }

    @Override
    public void onText(String text) {
        try {
            JsonNode request = Json.read(text);
            answer(request, request.path("params"));
        } catch (JsonProcessingException notJson) {
            say(Json.object().put("success", false).put("error", "Malformed request"));
        }
    }

    private void answer(JsonNode request, JsonNode params) {
        switch (request.path("method").asText()) {
            case "ping" -> finish(request, Json.object().put("method", "pong"));
            case "subscribe" -> run(request, params, this::subscribe);
            case "add_order" ->
                write(
                        request,
                        params,
                        Operation.PLACE,
                        who -> named(owner.trading().place(who, params)));
            case "amend_order" ->
                write(
                        request,
                        params,
                        Operation.AMEND,
                        who -> named(owner.trading().amend(who, params)));
            case "cancel_order" ->
                write(
                        request,
                        params,
                        Operation.CANCEL,
                        who -> named(owner.trading().cancel(who, params).get(0)));
            case "cancel_all" ->
                run(
                        request,
                        params,
                        who -> Json.object().put("count", owner.trading().cancelAll(who)));
            case "cancel_all_orders_after" -> run(request, params, who -> deadMan(who, params));
            default -> refuse(request, "Method not supported");
        }
    }

    private ObjectNode deadMan(Account who, JsonNode params) {
        long at = owner.trading().cancelAllAfter(who, params.path("timeout").asLong());
        ObjectNode result = Json.object().put("currentTime", owner.time());
        return result.put("triggerTime", at == 0 ? "0" : KrakenShapes.time(at));
    }

    private static ObjectNode named(Order order) {
        return Json.object()
                .put("order_id", KrakenShapes.orderId(order.symbol(), order.id()))
                .put("cl_ord_id", order.clientOrderId());
    }

    private ObjectNode subscribe(Account who) {
        return Json.object().put("channel", "executions");
    }

    private void write(JsonNode request, JsonNode params, Operation operation, Function<Account, ObjectNode> act) {
        try {
            Account who = who(params);
            accept(request, owner.trading().write(operation, who, params, () -> act.apply(who)));
        } catch (NoAnswer unanswered) {
            return;
        } catch (KrakenError refused) {
            refuse(request, refused.words());
        }
    }

    private void run(JsonNode request, JsonNode params, Function<Account, ObjectNode> act) {
        try {
            Account who = who(params);
            accept(request, act.apply(who));
            if (request.path("method").asText().equals("subscribe")) {
                listen(who, params);
            }
        } catch (KrakenError refused) {
            refuse(request, refused.words());
        }
    }

    private void accept(JsonNode request, ObjectNode result) {
        ObjectNode answer = Json.object();
        answer.put("method", request.path("method").asText()).put("success", true);
        answer.set("result", result);
        finish(request, answer);
    }

    private void listen(Account who, JsonNode params) {
        account = who;
        token = params.path("token").asText();
        owner.executions().add(who, this);
        ObjectNode message = Json.object().put("channel", "executions").put("type", "snapshot");
        message.set(
                "data",
                owner.executions()
                        .snapshot(
                                who,
                                params.path("snap_orders").asBoolean(true),
                                params.path("snap_trades").asBoolean(false)));
        say(message.put("sequence", ++sequence));
    }

    private Account who(JsonNode params) {
        String given = params.path("token").asText("");
        Account known = given.equals(token) ? account : owner.keys().fresh(given);
        if (known == null) {
            throw new KrakenError("EAuth:Invalid token");
        }
        return known;
    }

    void tell(List<ObjectNode> entries) {
        for (ObjectNode entry : entries) {
            ObjectNode message = Json.object().put("channel", "executions").put("type", "update");
            message.putArray("data").add(entry);
            say(message.put("sequence", ++sequence));
        }
    }

    private void refuse(JsonNode request, String why) {
        ObjectNode answer = Json.object();
        answer.put("method", request.path("method").asText())
                .put("success", false)
                .put("error", why);
        finish(request, answer);
    }

    private void finish(JsonNode request, ObjectNode answer) {
        if (request.has("req_id")) {
            answer.set("req_id", request.get("req_id"));
        }
        say(answer.put("time_in", owner.time()).put("time_out", owner.time()));
    }

    void heartbeat() {
        say(Json.object().put("channel", "heartbeat"));
    }

    private void say(ObjectNode message) {
        outlet.send(Json.write(message));
    }

    @Override
    public void onClosed() {
        Account who = account;
        if (who != null) {
            owner.executions().remove(who, this);
        }
        owner.closed(this);
    }

    /** This connection announces nothing; it is cut. */
    @Override
    public void onShutdown() {}

    @Override
    public boolean admitMessage() {
        return true;
    }
}
