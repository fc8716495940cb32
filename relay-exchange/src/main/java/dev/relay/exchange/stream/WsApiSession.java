package dev.relay.exchange.stream;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.relay.exchange.account.Account;
import dev.relay.exchange.account.ApiKey;
import dev.relay.exchange.api.Authenticator;
import dev.relay.exchange.api.ExchangeApi;
import dev.relay.exchange.api.Json;
import dev.relay.exchange.api.MarketShapes;
import dev.relay.exchange.api.NoAnswer;
import dev.relay.exchange.api.Operation;
import dev.relay.exchange.api.Params;
import dev.relay.exchange.api.RateLimits;
import dev.relay.exchange.market.ErrorCode;
import dev.relay.exchange.market.ExchangeClock;
import dev.relay.exchange.market.Refusal;
import java.math.BigDecimal;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to the WebSocket API: requests with ids, an optional logon, and user data subscriptions. Every answer
 * carries the rate limits unless asked not to. Subscriptions are bounded: one per account and connection.
 */
public final class WsApiSession implements SocketSession {
    private static final Logger LOG = LoggerFactory.getLogger(WsApiSession.class);
    private static final int LIGHT = 2;

    private final StreamHub hub;
    private final ExchangeApi api;
    private final Authenticator authenticator;
    private final ExchangeClock clock;
    private final Outlet outlet;
    private final String ip;
    private final boolean returnRateLimits;
    private final long connectedAtMs;
    private final Map<Integer, UserFeed> feeds = new TreeMap<>();
    private int nextSubscriptionId;
    private @Nullable String logonKey;
    private long authorizedAtMs;

    public WsApiSession(
            StreamHub hub,
            ExchangeApi api,
            Authenticator authenticator,
            ExchangeClock clock,
            Outlet outlet,
            String ip,
            boolean returnRateLimits) {
        this.hub = hub;
        this.api = api;
        this.authenticator = authenticator;
        this.clock = clock;
        this.outlet = outlet;
        this.ip = ip;
        this.returnRateLimits = returnRateLimits;
        this.connectedAtMs = clock.nowMs();
    }

    private final class UserFeed implements StreamHub.UserSubscription {
        final int id;
        final Account account;

        UserFeed(int id, Account account) {
            this.id = id;
            this.account = account;
        }

        @Override
        public void onUserEvent(byte[] event) {
            outlet.send(UserEventFrame.of(id, event));
        }
    }

    @Override
    public void onText(String text) {
        try {
            JsonNode request = Json.read(text);
            if (request == null || !request.path("method").isTextual()) {
                throw new Refusal(ErrorCode.INVALID_JSON, "Invalid JSON Request");
            }
            onRequest(request);
        } catch (JsonProcessingException notJson) {
            answerRefusal(Json.object(), new Refusal(ErrorCode.INVALID_JSON, "Invalid JSON Request"), null);
        } catch (Refusal refused) {
            answerRefusal(Json.object(), refused, null);
        }
    }

    @Override
    public void onClosed() {
        feeds.values().forEach(feed -> hub.unsubscribeUser(feed.account, feed));
        feeds.clear();
    }

    @Override
    public void onShutdown() {
        ObjectNode message = Json.object();
        message.putObject("event").put("e", "serverShutdown").put("E", clock.nowMs());
        outlet.send(Json.write(message));
    }

    @Override
    public boolean admitMessage() {
        return true;
    }

    private void onRequest(JsonNode request) {
        Account account = null;
        try {
            Params params = params(request.path("params"));
            String method = request.path("method").asText();
            Operation operation = Operation.ofName(method);
            api.limits().charge(ip, operation == null ? LIGHT : operation.weight(params));
            if (operation == null) {
                answer(request, sessionCall(method, params), null);
                return;
            }
            account = operation.isSigned() ? authenticate(params) : null;
            answer(request, api.call(operation, params, ip, account), operation.placesOrder() ? account : null);
        } catch (NoAnswer unanswered) {
            LOG.debug("fault: request stays unanswered method={}", request.path("method"));
        } catch (Refusal refused) {
            answerRefusal(request, refused, account);
        }
    }

    private JsonNode sessionCall(String method, Params params) {
        return switch (method) {
            case "session.logon" -> logon(params);
            case "session.status" -> status();
            case "session.logout" -> logout();
            case "session.subscriptions" -> subscriptions();
            case "userDataStream.subscribe" -> subscribe(loggedOn());
            case "userDataStream.subscribe.signature" -> subscribe(verify(params));
            case "userDataStream.unsubscribe" -> unsubscribe(params);
            default -> throw new Refusal(ErrorCode.UNKNOWN, "Unknown method '" + method + "'.");
        };
    }

    /** By the request's own key and signature, else by the session's logon. */
    private Account authenticate(Params params) {
        if (params.has("apiKey") || params.has("signature")) {
            return verify(params);
        }
        Account account = loggedOn();
        authenticator.checkTime(params);
        return account;
    }

    private Account verify(Params params) {
        return authenticator.verify(params.optional("apiKey"), params, payload(params));
    }

    private Account loggedOn() {
        if (logonKey == null) {
            throw new Refusal(ErrorCode.REJECTED_KEY, "Invalid API-key, IP, or permissions for action.");
        }
        return authenticator.accountOf(logonKey);
    }

    private JsonNode logon(Params params) {
        ApiKey key = authenticator.keyOf(params.optional("apiKey"));
        if (key instanceof ApiKey.Hmac) {
            throw new Refusal(ErrorCode.HMAC_NOT_SUPPORTED, "HMAC_SHA256 API key is not supported.");
        }
        verify(params);
        logonKey = key.key();
        authorizedAtMs = clock.nowMs();
        return status();
    }

    private JsonNode logout() {
        logonKey = null;
        return status();
    }

    private JsonNode status() {
        ObjectNode node = Json.object();
        if (logonKey == null) {
            node.putNull("apiKey").putNull("authorizedSince");
        } else {
            node.put("apiKey", logonKey).put("authorizedSince", authorizedAtMs);
        }
        return node.put("connectedSince", connectedAtMs)
                .put("returnRateLimits", returnRateLimits)
                .put("serverTime", clock.nowMs())
                .put("userDataStream", !feeds.isEmpty());
    }

    private JsonNode subscriptions() {
        ArrayNode array = Json.array();
        feeds.keySet().forEach(id -> array.addObject().put("subscriptionId", id));
        return array;
    }

    private JsonNode subscribe(Account account) {
        if (feeds.values().stream().anyMatch(feed -> feed.account == account)) {
            throw new Refusal(ErrorCode.SUBSCRIPTION_ACTIVE, "User Data Stream subscription already active.");
        }
        UserFeed feed = new UserFeed(nextSubscriptionId++, account);
        feeds.put(feed.id, feed);
        hub.subscribeUser(account, feed);
        return Json.object().put("subscriptionId", feed.id);
    }

    private JsonNode unsubscribe(Params params) {
        if (!params.has("subscriptionId")) {
            onClosed();
            return Json.object();
        }
        UserFeed feed = feeds.remove((int) params.number("subscriptionId"));
        if (feed == null) {
            throw new Refusal(ErrorCode.SUBSCRIPTION_INACTIVE, "User Data Stream subscription not active.");
        }
        hub.unsubscribeUser(feed.account, feed);
        return Json.object();
    }

    private void answer(JsonNode request, JsonNode result, @Nullable Account ordering) {
        ObjectNode node = head(request, 200);
        node.set("result", result);
        send(request, node, ordering);
    }

    private void answerRefusal(JsonNode request, Refusal refused, @Nullable Account account) {
        ObjectNode node = head(request, refused.code().httpStatus());
        ObjectNode error =
                node.putObject("error").put("code", refused.code().code()).put("msg", refused.text());
        if (refused.retryAtMs() > 0) {
            error.putObject("data").put("serverTime", clock.nowMs()).put("retryAfter", refused.retryAtMs());
        }
        if (refused.data() instanceof JsonNode data) {
            error.set("data", data);
        }
        send(request, node, account);
    }

    private static ObjectNode head(JsonNode request, int status) {
        ObjectNode node = Json.object();
        node.set("id", request.has("id") ? request.get("id") : JsonNodeFactory.instance.nullNode());
        return node.put("status", status);
    }

    private void send(JsonNode request, ObjectNode answer, @Nullable Account ordering) {
        if (request.path("params").path("returnRateLimits").asBoolean(returnRateLimits)) {
            answer.set("rateLimits", rateLimits(ordering));
        }
        outlet.send(Json.write(answer));
    }

    private ArrayNode rateLimits(@Nullable Account ordering) {
        RateLimits limits = api.limits();
        ArrayNode array = Json.array();
        if (ordering != null) {
            array.add(MarketShapes.rateLimit(
                            "ORDERS", "SECOND", 10, limits.config().ordersPer10s())
                    .put("count", limits.ordersIn10s(ordering)));
            array.add(MarketShapes.rateLimit("ORDERS", "DAY", 1, limits.config().ordersPerDay())
                    .put("count", limits.ordersInDay(ordering)));
        }
        array.add(MarketShapes.rateLimit(
                        "REQUEST_WEIGHT", "MINUTE", 1, limits.config().weightPerMinute())
                .put("count", limits.usedWeight(ip)));
        return array;
    }

    private static Params params(JsonNode node) {
        Map<String, String> values = new TreeMap<>();
        node.properties().forEach(entry -> {
            if (!entry.getValue().isNull()) {
                values.put(entry.getKey(), text(entry.getValue()));
            }
        });
        return new Params(values);
    }

    private static String text(JsonNode value) {
        if (value.isBigDecimal()) {
            BigDecimal decimal = value.decimalValue();
            return decimal.toPlainString();
        }
        return value.isContainerNode() ? value.toString() : value.asText();
    }

    /** What the peer signed: all parameters but the signature, sorted by name. */
    private static String payload(Params params) {
        return new TreeMap<>(params.values())
                .entrySet().stream()
                        .filter(entry -> !"signature".equals(entry.getKey()))
                        .map(entry -> entry.getKey() + "=" + entry.getValue())
                        .collect(Collectors.joining("&"));
    }
}
