package dev.relay.exchange.market;

import dev.relay.exchange.engine.Scaled;
import dev.relay.exchange.engine.Side;
import java.util.Locale;

/**
 * One tradable pair and its filters; amounts scaled by 10^8. Tick and step together have at most 8 decimals, so price
 * times quantity is always exact.
 */
public record SymbolSpec(
        String symbol,
        String baseAsset,
        String quoteAsset,
        long startPrice,
        long tickSize,
        long stepSize,
        long maxPrice,
        long maxQty,
        long minNotional) {

    public SymbolSpec {
        if (!symbol.equals(baseAsset + quoteAsset)) {
            throw new IllegalArgumentException("symbol must be base + quote: symbol=" + symbol);
        }
        if (tickSize <= 0 || stepSize <= 0 || startPrice <= 0 || startPrice % tickSize != 0) {
            throw new IllegalArgumentException("tick, step and start price must be positive and aligned: " + symbol);
        }
        if (decimals(tickSize) + decimals(stepSize) > Scaled.DECIMALS) {
            throw new IllegalArgumentException("tick and step have more than 8 decimals together: " + symbol);
        }
    }

    public static SymbolSpec of(String base, String quote, String startPrice, String tickSize, String stepSize) {
        return new SymbolSpec(
                base + quote,
                base,
                quote,
                Scaled.of(startPrice),
                Scaled.of(tickSize),
                Scaled.of(stepSize),
                Scaled.of("1000000"),
                Scaled.of("9000"),
                Scaled.of("5"));
    }

    /** The pairs known by name: realistic prices, ticks and steps. */
    public static SymbolSpec known(String symbol) {
        return switch (symbol) {
            case "BTCUSDT" -> of("BTC", "USDT", "64000.00", "0.01", "0.00001");
            case "ETHUSDT" -> of("ETH", "USDT", "3200.00", "0.01", "0.0001");
            case "SOLUSDT" -> of("SOL", "USDT", "150.00", "0.01", "0.001");
            case "BNBUSDT" -> of("BNB", "USDT", "600.00", "0.01", "0.001");
            case "BTCUSD" -> of("BTC", "USD", "64000.00", "0.01", "0.00001");
            case "ETHUSD" -> of("ETH", "USD", "3200.00", "0.01", "0.0001");
            case "AAPLUSD" -> of("AAPL", "USD", "190.00", "0.01", "1");
            case "SPYUSD" -> of("SPY", "USD", "560.00", "0.01", "1");
            case "XRPUSDT" -> of("XRP", "USDT", "0.6000", "0.0001", "0.1");
            default -> throw new IllegalArgumentException("unknown symbol, give its specification: symbol=" + symbol);
        };
    }

    /** Shares, not coins: whole ones, for dollars. */
    public boolean isEquity() {
        return quoteAsset.equals("USD") && stepSize == Scaled.ONE;
    }

    /** What an order of this side pays with. */
    String assetSpent(Side side) {
        return side == Side.BUY ? quoteAsset : baseAsset;
    }

    /** Stream names are lower case. */
    public String streamName() {
        return symbol.toLowerCase(Locale.ROOT);
    }

    private static int decimals(long scaled) {
        return Math.max(0, Scaled.toDecimal(scaled).stripTrailingZeros().scale());
    }
}
