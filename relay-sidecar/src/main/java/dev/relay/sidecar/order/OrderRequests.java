package dev.relay.sidecar.order;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The JSON of order requests on the bus. Stateless.
 *
 * <p>Requests, by kind; decimals are text, never numbers; unknown fields are refused:
 * <pre>
 * orders.place      {"symbol":"BTC-USDT","side":"BUY","type":"LIMIT","price":"64000.10","quantity":"0.01","tif":"GTC",
 *                    "client_order_id":"32 hex digits, default the message id","ttl_ms":5000}
 *                   type LIMIT | LIMIT_MAKER | MARKET (no price, no tif); tif GTC (default) | IOC | FOK, LIMIT only; DAY too for shares
 * orders.amend      {"client_order_id":"...","price":"63990","quantity":"0.008","ttl_ms":5000}
 *                   price or quantity or both; quantity in all, what is executed included. Less quantity alone changes the
 *                   order as it stands; anything else puts another in its place, with the id that the answer shows
 * orders.quotes     {"symbol":"BTC-USDT","orders":[{"side":"BUY","type":"LIMIT","price":"63990","quantity":"0.01"}],"ttl_ms":5000}
 *                   the open orders that the sender wants in this symbol, at most 50: what is wanted and open is kept, the
 *                   rest amended, cancelled or placed; type LIMIT (default) or LIMIT_MAKER; answered as a batch
 * orders.cancel     {"client_order_id":"..."}
 * orders.status     {"client_order_id":"..."}
 * orders.cancel_all {"symbol":"BTC-USDT"}   without symbol: everything
 * orders.kill       {"reason":"..."}        closes the gate, cancels everything
 * orders.release    {"reason":"..."}
 * orders.limits     {}                      kill switch, equity, day's baseline and risk limits now
 * </pre>
 * {@code ttl_ms} counts from the sender's call (see {@link MessageAge}), so that what waited in a mailbox for longer, or is
 * delivered again after a restart, is refused TTL_EXPIRED and never written.
 *
 * <p>How they are answered: {@link OrderAnswers}.
 */
public final class OrderRequests {
    public static final String PLACE = "orders.place";
    public static final String AMEND = "orders.amend";
    public static final String QUOTES = "orders.quotes";
    public static final String CANCEL = "orders.cancel";
    public static final String STATUS = "orders.status";
    public static final String CANCEL_ALL = "orders.cancel_all";
    public static final String KILL = "orders.kill";
    public static final String RELEASE = "orders.release";
    public static final String LIMITS = "orders.limits";
    private static final long DEFAULT_TTL_MS = 5_000;
    private static final int MAX_QUOTES = 50;
    private static final long MAX_TTL_MS = 3_600_000;
    private static final List<String> PLACE_FIELDS =
            List.of("symbol", "side", "type", "price", "quantity", "tif", "client_order_id", "ttl_ms");

    private OrderRequests() {}

    /** The request has a mistake; the message names the field. */
    static final class BadRequest extends Exception {
        private static final long serialVersionUID = 1L;

        BadRequest(String message) {
            super(message);
        }
    }

    /** @param sentAtMs monotonic time from which {@code ttl_ms} counts */
    static OrderRequest parse(String kind, String sender, byte[] messageId, Map<String, Object> body, long sentAtMs)
            throws BadRequest {
        switch (kind) {
            case PLACE -> {
                return place(sender, messageId, body, sentAtMs);
            }
            case AMEND -> {
                return amend(sender, messageId, body, sentAtMs);
            }
            case QUOTES -> {
                return quotes(sender, messageId, body, sentAtMs);
            }
            case CANCEL -> {
                allow(body, List.of("client_order_id"));
                return new OrderRequest.Cancel(text(body, "client_order_id"), sender);
            }
            case STATUS -> {
                allow(body, List.of("client_order_id"));
                return new OrderRequest.Status(text(body, "client_order_id"));
            }
            case CANCEL_ALL -> {
                allow(body, List.of("symbol"));
                return new OrderRequest.CancelAll(optionalText(body, "symbol"));
            }
            default -> throw new BadRequest("unknown request kind=" + kind);
        }
    }

    private static OrderRequest place(String sender, byte[] messageId, Map<String, Object> body, long sentAtMs)
            throws BadRequest {
        allow(body, PLACE_FIELDS);
        OrderType type = choice(OrderType.class, body, "type", null);
        boolean isMarket = type == OrderType.MARKET;
        if (isMarket && (body.containsKey("price") || body.containsKey("tif"))) {
            throw new BadRequest("a MARKET order has neither price nor tif");
        }
        if (type == OrderType.LIMIT_MAKER && body.containsKey("tif")) {
            throw new BadRequest("a LIMIT_MAKER order has no tif");
        }
        TimeInForce tif = type == OrderType.LIMIT ? choice(TimeInForce.class, body, "tif", TimeInForce.GTC) : null;
        OrderTerms terms = new OrderTerms(
                choice(Side.class, body, "side", null),
                type,
                isMarket ? null : decimal(body, "price"),
                decimal(body, "quantity"),
                tif);
        return new OrderRequest.Place(
                clientId(messageId, body), sender, text(body, "symbol"), terms, sentAtMs + ttlMs(body));
    }

    private static OrderRequest quotes(String sender, byte[] messageId, Map<String, Object> body, long sentAtMs)
            throws BadRequest {
        allow(body, List.of("symbol", "orders", "ttl_ms"));
        if (!(body.get("orders") instanceof List<?> list) || list.size() > MAX_QUOTES) {
            throw new BadRequest("orders must be a list of at most " + MAX_QUOTES);
        }
        List<OrderTerms> wanted = new ArrayList<>();
        for (Object one : list) {
            wanted.add(quote(one));
        }
        return new OrderRequest.Quotes(
                sender, text(body, "symbol"), ClientOrderId.of(messageId), List.copyOf(wanted), sentAtMs + ttlMs(body));
    }

    private static OrderTerms quote(Object one) throws BadRequest {
        if (!(one instanceof Map<?, ?> fields)) {
            throw new BadRequest("each of orders must be an object");
        }
        Map<String, Object> body = new LinkedHashMap<>();
        fields.forEach((name, value) -> body.put(String.valueOf(name), value));
        allow(body, List.of("side", "type", "price", "quantity"));
        OrderType type = choice(OrderType.class, body, "type", OrderType.LIMIT);
        if (type == OrderType.MARKET) {
            throw new BadRequest("a quote is LIMIT or LIMIT_MAKER");
        }
        return new OrderTerms(
                choice(Side.class, body, "side", null),
                type,
                decimal(body, "price"),
                decimal(body, "quantity"),
                type == OrderType.LIMIT ? TimeInForce.GTC : null);
    }

    private static OrderRequest amend(String sender, byte[] messageId, Map<String, Object> body, long sentAtMs)
            throws BadRequest {
        allow(body, List.of("client_order_id", "price", "quantity", "ttl_ms"));
        if (!body.containsKey("price") && !body.containsKey("quantity")) {
            throw new BadRequest("an amend needs price or quantity");
        }
        return new OrderRequest.Amend(
                text(body, "client_order_id"),
                sender,
                ClientOrderId.child(ClientOrderId.of(messageId), 0),
                body.containsKey("price") ? decimal(body, "price") : null,
                body.containsKey("quantity") ? decimal(body, "quantity") : null,
                sentAtMs + ttlMs(body));
    }

    private static String clientId(byte[] messageId, Map<String, Object> body) throws BadRequest {
        String given = optionalText(body, "client_order_id");
        if (given == null) {
            return ClientOrderId.of(messageId);
        }
        if (!ClientOrderId.isValid(given)) {
            throw new BadRequest("client_order_id must be 32 lower-case hex digits");
        }
        return given;
    }

    private static long ttlMs(Map<String, Object> body) throws BadRequest {
        Object value = body.get("ttl_ms");
        if (value == null) {
            return DEFAULT_TTL_MS;
        }
        boolean isWhole = value instanceof Integer || value instanceof Long;
        long ttlMs = isWhole ? ((Number) value).longValue() : -1;
        if (ttlMs < 0 || ttlMs > MAX_TTL_MS) {
            throw new BadRequest("ttl_ms must be a whole number from 0 to " + MAX_TTL_MS);
        }
        return ttlMs;
    }

    private static void allow(Map<String, Object> body, List<String> fields) throws BadRequest {
        for (String name : body.keySet()) {
            if (!fields.contains(name)) {
                throw new BadRequest("unknown field=" + name + ", allowed=" + fields);
            }
        }
    }

    private static BigDecimal decimal(Map<String, Object> body, String name) throws BadRequest {
        BigDecimal value = Decimals.parseStrict(text(body, name));
        if (value == null || value.signum() <= 0) {
            throw new BadRequest(name + " must be a decimal above zero, as text");
        }
        return value;
    }

    private static <E extends Enum<E>> E choice(
            Class<E> type, Map<String, Object> body, String name, @Nullable E fallback) throws BadRequest {
        if (fallback != null && !body.containsKey(name)) {
            return fallback;
        }
        String value = text(body, name).toUpperCase(Locale.ROOT);
        for (E constant : type.getEnumConstants()) {
            if (constant.name().equals(value)) {
                return constant;
            }
        }
        throw new BadRequest(name + " must be one of " + List.of(type.getEnumConstants()));
    }

    private static String text(Map<String, Object> body, String name) throws BadRequest {
        String value = optionalText(body, name);
        if (value == null) {
            throw new BadRequest("missing field=" + name);
        }
        return value;
    }

    private static @Nullable String optionalText(Map<String, Object> body, String name) throws BadRequest {
        Object value = body.get(name);
        if (value == null) {
            return null;
        }
        if (value instanceof String text && !text.isEmpty()) {
            return text;
        }
        throw new BadRequest(name + " must be non-empty text");
    }
}
