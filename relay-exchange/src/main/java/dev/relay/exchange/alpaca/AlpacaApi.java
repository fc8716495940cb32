package dev.relay.exchange.alpaca;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.relay.exchange.account.Account;
import dev.relay.exchange.api.FaultedCalls;
import dev.relay.exchange.api.Faults;
import dev.relay.exchange.api.Json;
import dev.relay.exchange.api.NoAnswer;
import dev.relay.exchange.api.Operation;
import dev.relay.exchange.engine.Scaled;
import dev.relay.exchange.http.RestAnswer;
import dev.relay.exchange.http.RestRequest;
import dev.relay.exchange.market.Market;
import dev.relay.exchange.market.Refusal;
import dev.relay.exchange.market.Venue;
import java.math.BigDecimal;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Alpaca's REST under {@link #PREFIX}: account, clock, assets, positions, orders, fills. Exchange loop only.
 *
 * Latest quotes of shares come by {@link AlpacaPrices}.
 *
 * <p>The market is always open; its day ends at midnight UTC, or when told to ({@link #closeTradingDay}), and with it every day order.
 */
public final class AlpacaApi {
    public static final String PREFIX = "/alpaca/v2/";

    private static final long DAY_MS = 86_400_000;

    private final Venue venue;
    private final AlpacaUpdates updates;
    private final AlpacaLimits limits;
    private final AlpacaTrading trading;
    private final Faults faults;
    private final FaultedCalls faultedCalls;
    private final AlpacaHistory history;
    private long day;

    public AlpacaApi(Venue venue, Faults faults, AlpacaUpdates updates) {
        this.venue = venue;
        this.faults = faults;
        this.faultedCalls = new FaultedCalls(venue, faults);
        this.updates = updates;
        this.limits = new AlpacaLimits(venue.clock());
        updates.attach(venue);
        this.trading = new AlpacaTrading(venue, updates);
        this.history = new AlpacaHistory(updates);
        this.day = venue.clock().nowMs() / DAY_MS;
    }

    public RestAnswer answer(RestRequest request) {
        Account account = AlpacaKeys.account(venue, request.apiKey(), request.apiSecret());
        try {
            if (account == null) {
                throw AlpacaError.unauthorized();
            }
            if (request.path().equals(AlpacaPrices.PATH)) {
                String symbols = new Call(request, account).query("symbols", "");
                return new RestAnswer(200, Map.of(), AlpacaPrices.latest(venue, symbols));
            }
            if (!limits.take(account)) {
                throw AlpacaError.tooMany();
            }
            return new Call(request, account).answer();
        } catch (NoAnswer unanswered) {
            return RestAnswer.NONE;
        } catch (AlpacaError error) {
            return new RestAnswer(
                    error.status(),
                    account == null ? Map.of() : limits.headers(account),
                    Json.object().put("code", error.code()).put("message", error.text()));
        }
    }

    /** Open orders as the venue would list them now. */
    public JsonNode openOrders(String apiKey) {
        Account account = venue.accounts().ofKey(apiKey);
        return account == null ? Json.array() : history.orders(account, (name, fallback) -> fallback);
    }

    /** Fault: another process uses so many requests of this account's minute; returns how many are used now. */
    public int use(String apiKey, int count) {
        Account account = venue.accounts().ofKey(apiKey);
        return account == null ? 0 : limits.use(account, count);
    }

    /** Requests refused for the limit. */
    public long refusedCount() {
        return limits.refusedCount();
    }

    /** Every second. */
    public void lookAtTheClock() {
        long today = venue.clock().nowMs() / DAY_MS;
        if (today != day) {
            day = today;
            closeTradingDay();
        }
    }

    /** Every day order expires. */
    public void closeTradingDay() {
        trading.expireDayOrders();
    }

    /** One request of one account. */
    private final class Call {
        private final RestRequest request;
        private final Account account;
        private final String[] path;

        Call(RestRequest request, Account account) {
            this.request = request;
            this.account = account;
            this.path = request.path().substring(PREFIX.length()).split("/", -1);
        }

        RestAnswer answer() {
            try {
                return switch (request.method() + " " + path[0]) {
                    case "GET account" -> path.length == 1 ? ok(account()) : ok(activities());
                    case "GET clock" -> ok(clock());
                    case "GET assets" -> ok(path.length == 1 ? assets() : AlpacaShapes.asset(assetNamed(last())));
                    case "GET positions" -> ok(path.length == 1 ? positions() : position(last()));
                    case "GET orders" -> ok(path.length == 1 ? orders() : ask(() -> trading.get(account, last())));
                    case "GET orders:by_client_order_id" ->
                        ok(ask(() -> trading.byClientId(account, query("client_order_id", ""))));
                    case "POST orders" -> ok(write(Operation.PLACE, () -> trading.place(account, body())));
                    case "PATCH orders" ->
                        ok(write(Operation.CANCEL_REPLACE, () -> trading.replace(account, last(), body())));
                    case "DELETE orders" -> delete();
                    default -> throw AlpacaError.notFound("endpoint");
                };
            } catch (Refusal refused) {
                throw AlpacaTrading.inWords(refused);
            }
        }

        private ObjectNode ask(Supplier<ObjectNode> question) {
            return faultedCalls.question(question, AlpacaShapes::asAccepted);
        }

        private ObjectNode write(Operation operation, Supplier<ObjectNode> write) {
            return faultedCalls.write(operation, () -> trading.open(account, last()), write, AlpacaShapes::asAccepted);
        }

        private JsonNode orders() {
            JsonNode old = query("status", "open").equals("open") ? faults.takeOldOpenOrders(PREFIX) : null;
            return old != null ? old : history.orders(account, this::query);
        }

        private RestAnswer ok(JsonNode body) {
            return new RestAnswer(200, limits.headers(account), body);
        }

        private RestAnswer delete() {
            if (path.length == 1) {
                return new RestAnswer(207, limits.headers(account), trading.cancelAll(account));
            }
            var unused = write(Operation.CANCEL, () -> {
                trading.cancel(account, last());
                return Json.object();
            });
            return new RestAnswer(204, limits.headers(account), MissingNode.getInstance());
        }

        private String last() {
            return URLDecoder.decode(path[path.length - 1], StandardCharsets.UTF_8);
        }

        private JsonNode body() {
            try {
                return Json.read(request.body());
            } catch (com.fasterxml.jackson.core.JsonProcessingException notJson) {
                throw AlpacaError.invalid("request body format is invalid");
            }
        }

        private String query(String name, String fallback) {
            for (String pair : request.rawQuery().split("&", -1)) {
                if (pair.startsWith(name + "=")) {
                    return URLDecoder.decode(pair.substring(name.length() + 1), StandardCharsets.UTF_8);
                }
            }
            return fallback;
        }

        private JsonNode activities() {
            if (!path[1].equals("activities") || (path.length > 2 && !path[2].equals("FILL"))) {
                throw AlpacaError.notFound("endpoint");
            }
            return history.fills(account, this::query);
        }

        private ObjectNode account() {
            BigDecimal cash = Scaled.toDecimal(
                    account.balance("USD").free() + account.balance("USD").locked());
            BigDecimal equity = cash.add(worth());
            String free = Scaled.plain(account.balance("USD").free());
            return Json.object()
                    .put("id", new java.util.UUID(0, account.uid()).toString())
                    .put("account_number", "PA" + account.uid())
                    .put("status", "ACTIVE")
                    .put("crypto_status", "ACTIVE")
                    .put("currency", "USD")
                    .put("buying_power", free)
                    .put("regt_buying_power", free)
                    .put("daytrading_buying_power", "0")
                    .put("non_marginable_buying_power", free)
                    .put("cash", cash.toPlainString())
                    .put("accrued_fees", "0")
                    .put("portfolio_value", equity.toPlainString())
                    .put("equity", equity.toPlainString())
                    .put("last_equity", equity.toPlainString())
                    .put("long_market_value", equity.subtract(cash).toPlainString())
                    .put("short_market_value", "0")
                    .put("initial_margin", "0")
                    .put("maintenance_margin", "0")
                    .put("multiplier", "1")
                    .put("pattern_day_trader", false)
                    .put("trading_blocked", false)
                    .put("transfers_blocked", false)
                    .put("account_blocked", false)
                    .put("trade_suspended_by_user", false)
                    .put("shorting_enabled", false)
                    .put("daytrade_count", 0)
                    .put("created_at", AlpacaShapes.time(0));
        }

        private BigDecimal worth() {
            BigDecimal worth = BigDecimal.ZERO;
            for (Market market : venue.markets()) {
                if (market.spec().quoteAsset().equals("USD")) {
                    worth = worth.add(Scaled.toDecimal(held(market)).multiply(Scaled.toDecimal(market.lastPrice())));
                }
            }
            return worth;
        }

        private long held(Market market) {
            var balance = account.balance(market.spec().baseAsset());
            return Math.addExact(balance.free(), balance.locked());
        }

        private ObjectNode clock() {
            long now = venue.clock().nowMs();
            long midnight = (now / DAY_MS + 1) * DAY_MS;
            return Json.object()
                    .put("timestamp", AlpacaShapes.time(now))
                    .put("is_open", true)
                    .put("next_open", AlpacaShapes.time(midnight))
                    .put("next_close", AlpacaShapes.time(midnight));
        }

        private ArrayNode assets() {
            ArrayNode assets = Json.array();
            venue.markets().forEach(market -> assets.add(AlpacaShapes.asset(market)));
            return assets;
        }

        private Market assetNamed(String name) {
            Market market = AlpacaSymbols.find(venue, name);
            if (market == null) {
                throw AlpacaError.notFound("asset");
            }
            return market;
        }

        /** One asset may be traded for two currencies; the first market stands for it. */
        private ArrayNode positions() {
            ArrayNode positions = Json.array();
            java.util.Set<String> seen = new java.util.HashSet<>();
            for (Market market : venue.markets()) {
                if (held(market) > 0 && seen.add(market.spec().baseAsset())) {
                    positions.add(AlpacaShapes.position(market, account));
                }
            }
            return positions;
        }

        private ObjectNode position(String name) {
            Market market = assetNamed(name);
            if (held(market) == 0) {
                throw AlpacaError.notFound("position");
            }
            return AlpacaShapes.position(market, account);
        }
    }
}
