package dev.relay.exchange.kraken;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.relay.exchange.account.Account;
import dev.relay.exchange.account.Balance;
import dev.relay.exchange.account.Fill;
import dev.relay.exchange.api.FaultedCalls;
import dev.relay.exchange.api.Faults;
import dev.relay.exchange.api.Json;
import dev.relay.exchange.api.NoAnswer;
import dev.relay.exchange.engine.Order;
import dev.relay.exchange.http.RestAnswer;
import dev.relay.exchange.http.RestRequest;
import dev.relay.exchange.market.Refusal;
import dev.relay.exchange.market.Venue;
import dev.relay.exchange.stream.Outlet;
import dev.relay.exchange.stream.SocketSession;
import java.math.BigDecimal;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Kraken's private side: REST under {@link #PREFIX} and the connections of {@link #STREAM}. Exchange loop only; bounded
 * by the server's connections.
 */
public final class KrakenPrivate {
    public static final String PREFIX = "/0/private/";
    /** Path of the private WebSocket; the venue has a host of its own for it. */
    public static final String STREAM = "/auth/v2";

    private static final int PAGE = 50;

    private final Venue venue;
    private final Faults faults;
    private final FaultedCalls faultedCalls;
    private final KrakenExecutions executions;
    private final KrakenKeys keys;
    private final KrakenCounters counters;
    private final KrakenTrading trading;
    private final KrakenRestOrders restOrders;
    private final Set<KrakenPrivateSession> sessions = new LinkedHashSet<>();

    public KrakenPrivate(Venue venue, Faults faults, KrakenExecutions executions) {
        this.venue = venue;
        this.faults = faults;
        this.executions = executions;
        executions.attach(venue.markets());
        this.keys = new KrakenKeys(venue);
        this.counters = new KrakenCounters(venue.clock());
        this.faultedCalls = new FaultedCalls(venue, faults);
        this.trading = new KrakenTrading(venue, counters, faultedCalls);
        this.restOrders = new KrakenRestOrders(trading);
    }

    public SocketSession open(Outlet outlet) {
        KrakenPrivateSession session = new KrakenPrivateSession(this, outlet);
        sessions.add(session);
        return session;
    }

    void closed(KrakenPrivateSession session) {
        sessions.remove(session);
    }

    /** Every second. */
    public void lookAtTheClock() {
        trading.lookAtTheClock();
        List.copyOf(sessions).forEach(KrakenPrivateSession::heartbeat);
    }

    KrakenTrading trading() {
        return trading;
    }

    KrakenExecutions executions() {
        return executions;
    }

    KrakenKeys keys() {
        return keys;
    }

    String time() {
        return KrakenShapes.time(venue.clock().nowMs());
    }

    /** Requests and orders refused for a limit. */
    public long refusedCount() {
        return counters.refusedCount();
    }

    public RestAnswer answer(RestRequest request) {
        ObjectNode answer = Json.object();
        answer.putArray("error");
        try {
            Map<String, String> form = form(request.body());
            Account account = keys.account(request, form);
            String what = request.path().substring(PREFIX.length());
            counters.takeRest(account, cost(what));
            answer.set("result", result(what, request, account, form));
        } catch (NoAnswer unanswered) {
            return RestAnswer.NONE;
        } catch (KrakenError refused) {
            answer.putArray("error").add(refused.words());
        }
        return RestAnswer.ok(answer);
    }

    /** The counter of a pair, not this one, counts its orders. */
    private static int cost(String what) {
        return switch (what) {
            case "AddOrder", "CancelOrder" -> 0;
            case "TradesHistory" -> 2;
            default -> 1;
        };
    }

    /** Fault: every private request is refused for so long, with the moment from which on it is not. */
    public void lockOut(long ms) {
        counters.lockOut(ms);
    }

    private JsonNode result(String what, RestRequest request, Account account, Map<String, String> form) {
        return switch (what) {
            case "GetWebSocketsToken" ->
                Json.object()
                        .put("token", keys.newToken(String.valueOf(request.apiKey())))
                        .put("expires", 900);
            case "BalanceEx" -> balances(account);
            case "OpenOrders" -> form.containsKey("cl_ord_id") ? named("open", account, form) : openOrders(account);
            case "ClosedOrders" -> closedOrders(account, form);
            case "QueryOrders" -> question(() -> query(account, form));
            case "TradesHistory" -> trades(account, form);
            case "AddOrder" -> restOrders.add(account, form);
            case "CancelOrder" -> restOrders.cancel(account, form);
            default -> throw new KrakenError("EGeneral:Unknown method");
        };
    }

    private static ObjectNode balances(Account account) {
        ObjectNode all = Json.object();
        account.balances().forEach((asset, balance) -> all.set(asset, balance(balance)));
        return all;
    }

    private static ObjectNode balance(Balance balance) {
        return Json.object()
                .put(
                        "balance",
                        KrakenShapes.decimal(balance.free() + balance.locked()).toPlainString())
                .put("hold_trade", KrakenShapes.decimal(balance.locked()).toPlainString());
    }

    private JsonNode openOrders(Account account) {
        JsonNode old = faults.takeOldOpenOrders(PREFIX);
        return old != null ? old : orders("open", account.openOrders(null), Map.of());
    }

    /** Open orders as the venue would list them now. */
    public JsonNode openOrders(String apiKey) {
        Account account = venue.accounts().ofKey(apiKey);
        return account == null ? Json.object() : orders("open", account.openOrders(null), Map.of());
    }

    private JsonNode named(String name, Account account, Map<String, String> form) {
        try {
            return question(() -> orders(name, account.openOrders(null), form));
        } catch (KrakenError notFound) {
            return orders(name, List.of(), form);
        }
    }

    private ObjectNode question(Supplier<ObjectNode> question) {
        try {
            return faultedCalls.question(question, KrakenShapes::asAccepted);
        } catch (Refusal notFound) {
            throw KrakenError.of(notFound);
        }
    }

    private ObjectNode orders(String name, List<Order> found, Map<String, String> form) {
        String clientId = form.getOrDefault("cl_ord_id", "");
        ObjectNode result = Json.object();
        ObjectNode list = result.putObject(name);
        for (Order order : found) {
            if (clientId.isEmpty() || clientId.equals(order.clientOrderId())) {
                list.set(
                        KrakenShapes.orderId(order.symbol(), order.id()),
                        KrakenShapes.order(executions.market(order.symbol()), order));
            }
        }
        return result.put("count", list.size());
    }

    /**
     * Newest first, in pages of 50 from {@code ofs}; with {@code start} and {@code end} (seconds) those that opened between
     * them. Only {@code closetime=open} is offered with these.
     */
    private ObjectNode closedOrders(Account account, Map<String, String> form) {
        if ((form.containsKey("start") || form.containsKey("end")) && !"open".equals(form.get("closetime"))) {
            throw KrakenError.invalid("closetime");
        }
        long startMs = millis(form.getOrDefault("start", "0"));
        long endMs = form.containsKey("end") ? millis(form.get("end")) : Long.MAX_VALUE;
        List<Order> found = account.closedOrders(null);
        found.removeIf(order -> order.createdAtMs() <= startMs || order.createdAtMs() > endMs);
        Collections.reverse(found);
        int offset = Math.min(found.size(), Integer.parseInt(form.getOrDefault("ofs", "0")));
        boolean isNamed = form.containsKey("cl_ord_id");
        int last = isNamed ? found.size() : Math.min(found.size(), offset + PAGE);
        return orders("closed", found.subList(offset, last), form);
    }

    private static long millis(String seconds) {
        return new BigDecimal(seconds).movePointRight(3).longValue();
    }

    /** Several ids with commas between; those that are unknown are left out, and none known is an error. */
    private ObjectNode query(Account account, Map<String, String> form) {
        ObjectNode result = Json.object();
        for (String id : form.getOrDefault("txid", "").split(",", -1)) {
            Order order = trading.byId(account, id);
            if (order != null) {
                result.set(id, KrakenShapes.order(executions.market(order.symbol()), order));
            }
        }
        if (result.isEmpty()) {
            throw new KrakenError("EOrder:Unknown order");
        }
        return result;
    }

    /** Newest first, in pages of 50 from {@code ofs}, later than {@code start} (seconds). */
    private ObjectNode trades(Account account, Map<String, String> form) {
        long startMs = millis(form.getOrDefault("start", "0"));
        int offset = Integer.parseInt(form.getOrDefault("ofs", "0"));
        List<Fill> fills = account.fills();
        fills.removeIf(fill -> fill.timeMs() <= startMs);
        Collections.reverse(fills);
        ObjectNode result = Json.object();
        ObjectNode list = result.putObject("trades");
        fills.stream()
                .skip(offset)
                .limit(PAGE)
                .forEach(fill -> list.set(
                        KrakenShapes.tradeId(fill), KrakenShapes.trade(executions.market(fill.symbol()), fill)));
        return result.put("count", fills.size());
    }

    private static Map<String, String> form(String body) {
        Map<String, String> form = new LinkedHashMap<>();
        for (String pair : body.split("&", -1)) {
            int is = pair.indexOf('=');
            if (is > 0) {
                form.put(pair.substring(0, is), URLDecoder.decode(pair.substring(is + 1), StandardCharsets.UTF_8));
            }
        }
        return form;
    }
}
