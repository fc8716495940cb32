package dev.relay.exchange;

import dev.relay.exchange.api.LimitsConfig;
import dev.relay.exchange.market.Commission;
import dev.relay.exchange.market.SymbolSpec;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything an exchange is started with. Port 0 picks a free one; the same seed and the same requests make the same
 * flow decisions; 0 flow events per second means quiet books that are still filled once at the start. With a
 * {@code dataDir} the accounts outlive the process.
 */
public record ExchangeConfig(
        String host,
        int port,
        List<SymbolSpec> symbols,
        List<AccountConfig> accounts,
        long seed,
        int flowEventsPerSecond,
        Commission commission,
        LimitsConfig limits,
        SessionConfig sessions,
        @Nullable Path dataDir) {

    public static final int MAX_FLOW_EVENTS_PER_SECOND = 100_000;

    public ExchangeConfig {
        symbols = List.copyOf(symbols);
        accounts = List.copyOf(accounts);
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port must be 0..65535: port=" + port);
        }
        if (symbols.isEmpty()) {
            throw new IllegalArgumentException("at least one symbol is needed");
        }
        if (flowEventsPerSecond < 0 || flowEventsPerSecond > MAX_FLOW_EVENTS_PER_SECOND) {
            throw new IllegalArgumentException("flowEventsPerSecond must be 0.." + MAX_FLOW_EVENTS_PER_SECOND
                    + ": flowEventsPerSecond=" + flowEventsPerSecond);
        }
    }

    /** BTCUSDT, ETHUSDT and SOLUSDT, accounts {@code demo}, {@code other} and {@code alpaca}, 200 flow events per second. */
    public static ExchangeConfig defaults() {
        return new ExchangeConfig(
                "127.0.0.1",
                0,
                List.of(SymbolSpec.known("BTCUSDT"), SymbolSpec.known("ETHUSDT"), SymbolSpec.known("SOLUSDT")),
                List.of(AccountConfig.ready("demo"), AccountConfig.ready("other"), AccountConfig.cash("alpaca")),
                1,
                200,
                new Commission(10, 10),
                LimitsConfig.BINANCE,
                SessionConfig.BINANCE,
                null);
    }

    public ExchangeConfig withPort(int value) {
        return new ExchangeConfig(
                host, value, symbols, accounts, seed, flowEventsPerSecond, commission, limits, sessions, dataDir);
    }

    public ExchangeConfig withSymbols(List<SymbolSpec> value) {
        return new ExchangeConfig(
                host, port, value, accounts, seed, flowEventsPerSecond, commission, limits, sessions, dataDir);
    }

    public ExchangeConfig withAccounts(List<AccountConfig> value) {
        return new ExchangeConfig(
                host, port, symbols, value, seed, flowEventsPerSecond, commission, limits, sessions, dataDir);
    }

    public ExchangeConfig withSeed(long value) {
        return new ExchangeConfig(
                host, port, symbols, accounts, value, flowEventsPerSecond, commission, limits, sessions, dataDir);
    }

    public ExchangeConfig withFlow(int eventsPerSecond) {
        return new ExchangeConfig(
                host, port, symbols, accounts, seed, eventsPerSecond, commission, limits, sessions, dataDir);
    }

    public ExchangeConfig withLimits(LimitsConfig value) {
        return new ExchangeConfig(
                host, port, symbols, accounts, seed, flowEventsPerSecond, commission, value, sessions, dataDir);
    }

    public ExchangeConfig withSessions(SessionConfig value) {
        return new ExchangeConfig(
                host, port, symbols, accounts, seed, flowEventsPerSecond, commission, limits, value, dataDir);
    }

    public ExchangeConfig withDataDir(@Nullable Path value) {
        return new ExchangeConfig(
                host, port, symbols, accounts, seed, flowEventsPerSecond, commission, limits, sessions, value);
    }
}
