package dev.relay.cli;

import dev.relay.exchange.ExchangeConfig;
import dev.relay.exchange.RelayExchange;
import dev.relay.exchange.market.SymbolSpec;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "exchange",
        description = "Run a local exchange: a matching engine behind Binance Spot's REST, streams and WebSocket API.")
final class ExchangeCommand implements Callable<Integer> {
    /** Read by {@link OptionSources} before the other options are. */
    @Option(names = "--config", description = "Configuration file; its section of this command's name gives options.")
    @Nullable
    Path config;

    @Option(names = "--port", defaultValue = "0", description = "Loopback port; 0 picks one.")
    int port;

    @Option(names = "--symbols", split = ",", defaultValue = "BTCUSDT,ETHUSDT,SOLUSDT", description = "Markets to run.")
    List<String> symbols = List.of();

    @Option(names = "--seed", defaultValue = "1", description = "Seed of the order flow.")
    long seed;

    @Option(names = "--flow", defaultValue = "200", description = "Order-flow events per second; 0 for quiet books.")
    int flow;

    @Option(
            names = "--data-dir",
            description = "Keep the clients' accounts here over restarts; default: in memory only.")
    @Nullable
    Path dataDir;

    @Override
    public Integer call() throws Exception {
        ExchangeConfig config = ExchangeConfig.defaults()
                .withPort(port)
                .withSymbols(symbols.stream().map(SymbolSpec::known).toList())
                .withSeed(seed)
                .withFlow(flow)
                .withDataDir(dataDir);
        RelayExchange exchange = RelayExchange.start(config);
        Map<String, Object> ready = new LinkedHashMap<>();
        ready.put("component", "exchange");
        ready.put("rest", exchange.restUri());
        ready.put("streams", exchange.streamUri());
        ready.put("ws_api", exchange.wsApiUri());
        System.out.println(ReadyLine.of(ready));
        Serving.untilSignal(exchange);
        return ExitCode.OK;
    }
}
