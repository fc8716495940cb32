package dev.relay.sidecar.simulation;

import dev.relay.exchange.AccountConfig;
import dev.relay.exchange.OpenOrder;
import dev.relay.exchange.Trade;
import dev.relay.exchange.market.SymbolSpec;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderState;
import dev.relay.sidecar.order.OrderVenue;
import dev.relay.sidecar.venue.alpaca.order.AlpacaOrderConfig;
import dev.relay.sidecar.venue.binance.order.BinanceOrderConfig;
import dev.relay.sidecar.venue.kraken.order.KrakenOrderConfig;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** In whose words the order side talks with the exchange, and how what both sides name is the same. */
enum SimulatedVenue {
    BINANCE("USDT", 45_000, 16_000),
    /** Few questions a minute, so that what is in doubt takes its time. */
    KRAKEN("USD", 240_000, 31_000),
    /** When a minute's requests are used up balances are told in the next. */
    ALPACA("USD", 180_000, 76_000);

    static final String KEY = "relay-orders-key";
    private static final String SECRET =
            Base64.getEncoder().encodeToString("relay-orders-secret".getBytes(StandardCharsets.UTF_8));

    private final String quote;
    /** Within so long after the last fault everything is known again. */
    final long settleMs;

    /** Within so long after that balances are told again. */
    final long balancesMs;

    SimulatedVenue(String quote, long settleMs, long balancesMs) {
        this.quote = quote;
        this.settleMs = settleMs;
        this.balancesMs = balancesMs;
    }

    /** How many seeds a row runs: few by default. */
    int seeds() {
        return Integer.getInteger("relay.o1.seeds", this == BINANCE ? 2 : 1);
    }

    boolean isCancel(String message) {
        return switch (this) {
            case BINANCE -> message.contains("\"order.cancel\"");
            case KRAKEN -> message.contains("\"cancel_order\"");
            case ALPACA -> message.startsWith("DELETE ");
        };
    }

    OrderVenue config() {
        URI rest = URI.create("http://127.0.0.1");
        return switch (this) {
            case BINANCE -> BinanceOrderConfig.of(URI.create("ws://127.0.0.1/ws-api/v3"), rest, KEY, SECRET);
            case KRAKEN -> KrakenOrderConfig.of(rest, URI.create("ws://127.0.0.1/auth/v2"), KEY, SECRET);
            case ALPACA ->
                AlpacaOrderConfig.of(
                        URI.create("http://127.0.0.1/alpaca"), URI.create("ws://127.0.0.1/alpaca/stream"), KEY, SECRET);
        };
    }

    /** What is enough to trade; at Alpaca positions are what was bought, without fees. */
    AccountConfig account() {
        AccountConfig paying =
                AccountConfig.hmac("orders", KEY, SECRET, Map.of(quote, "10000000", "BTC", "100", "ETH", "1000"));
        return this == ALPACA ? new AccountConfig("orders", paying.key(), paying.balances(), true) : paying;
    }

    List<SymbolSpec> symbols() {
        return List.of(SymbolSpec.known(symbol("BTC")), SymbolSpec.known(symbol("ETH")));
    }

    /** The exchange's own name. */
    String symbol(String base) {
        return base + quote;
    }

    List<Instrument> instruments() {
        return List.of(instrument("BTC"), instrument("ETH"));
    }

    private Instrument instrument(String base) {
        String name = base + "-" + quote;
        return switch (this) {
            case BINANCE -> Instrument.of(name);
            case KRAKEN -> KrakenOrderConfig.instrument(name);
            case ALPACA -> AlpacaOrderConfig.instrument(name);
        };
    }

    String orderId(OpenOrder order) {
        return orderId(order.symbol(), order.orderId());
    }

    String orderId(String symbol, long orderId) {
        return switch (this) {
            case BINANCE -> Long.toString(orderId);
            case KRAKEN -> "O" + symbol + "-" + orderId;
            case ALPACA -> uuid("order:" + symbol + ":" + orderId);
        };
    }

    String tradeId(Trade trade) {
        return switch (this) {
            case BINANCE -> Long.toString(trade.tradeId());
            case KRAKEN -> "T" + trade.symbol() + "-" + trade.tradeId() + "-" + trade.orderId();
            case ALPACA -> uuid("fill:" + trade.symbol() + ":" + trade.tradeId() + ":" + trade.orderId());
        };
    }

    private static String uuid(String name) {
        return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)).toString();
    }

    OrderState state(OpenOrder order) {
        return switch (order.status()) {
            case "NEW" -> OrderState.OPEN;
            case "PARTIALLY_FILLED" -> OrderState.PARTIALLY_FILLED;
            case "FILLED" -> OrderState.FILLED;
            case "CANCELED" -> OrderState.CANCELLED;
            case "EXPIRED" -> this == ALPACA ? OrderState.CANCELLED : OrderState.EXPIRED;
            default -> throw new AssertionError("unknown status " + order.status());
        };
    }
}
