package dev.relay.cli;

import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.LiveConsent;
import dev.relay.sidecar.order.OrderConfig;
import dev.relay.sidecar.order.OrderLimits;
import dev.relay.sidecar.order.OrderVenue;
import dev.relay.sidecar.venue.alpaca.order.AlpacaOrderConfig;
import dev.relay.sidecar.venue.binance.order.BinanceOrderConfig;
import dev.relay.sidecar.venue.kraken.order.KrakenOrderConfig;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the sidecar's orders go, on whose account and within which limits. One venue, named by its address; none means books only. */
final class OrderOptions {
    @Option(names = "--ws-api", description = "WebSocket API of the venue, for orders; paper addresses only.")
    @Nullable
    URI wsApi;

    @Option(
            names = "--alpaca",
            description = "Orders to Alpaca's paper trading at this REST base, https://paper-api.alpaca.markets for"
                    + " example, instead of Binance; --symbols then only name books.")
    @Nullable
    URI alpaca;

    @Option(
            names = "--alpaca-symbols",
            split = ",",
            description = "What may be traded there: pairs such as BTC-USD, shares such as AAPL.")
    List<String> alpacaSymbols = List.of();

    @Option(
            names = "--kraken",
            description = "Orders in Kraken's words to a local exchange at this REST base; Kraken has no paper trading,"
                    + " so other addresses are refused.")
    @Nullable
    URI kraken;

    @Option(names = "--kraken-symbols", split = ",", description = "What may be traded there, for example BTC-USD.")
    List<String> krakenSymbols = List.of();

    @Option(names = "--account", defaultValue = "paper", description = "Account name in keys and topics.")
    String account = "paper";

    @Option(
            names = "--audit-days",
            defaultValue = "" + OrderConfig.DEFAULT_AUDIT_DAYS,
            description = "Rows of the journal's audit are kept so long; default: ${DEFAULT-VALUE}, five years.")
    int auditDays = OrderConfig.DEFAULT_AUDIT_DAYS;

    @Option(
            names = "--cancel-at-start",
            description = "Cancel everything that is open at the venue before the first order is taken.")
    boolean cancelsAtStart;

    @Option(names = "--live", description = "Orders may go to a live address; needs --i-accept-live too.")
    boolean isLive;

    @Option(
            names = "--i-accept-live",
            paramLabel = "ACCOUNT",
            description = "Yes, the orders of this account are real. Command line only.")
    @Nullable
    String acceptedLive;

    @Option(
            names = "--risk",
            paramLabel = "KEY=VALUE",
            split = ",",
            description = "Limits before every order; see docs/orders.md for the keys.")
    Map<String, String> risk = Map.of();

    /** Secrets: never from the command line, see {@link OptionSources}. */
    @Option(names = "--api-key", hidden = true, description = "Key of the account, by environment or file.")
    @Nullable
    String apiKey;

    @Option(names = "--api-secret", hidden = true, description = "Its secret, by environment or file.")
    @Nullable
    String apiSecret;

    private record ApiKey(String id, String secret) {}

    /** Null: books only. {@code rest} and {@code symbols} are those of Binance, which its books have too. */
    @Nullable
    OrderConfig config(Path data, @Nullable Path socket, URI rest, List<String> symbols) {
        int venues = (wsApi == null ? 0 : 1) + (alpaca == null ? 0 : 1) + (kraken == null ? 0 : 1);
        if (venues == 0) {
            return null;
        }
        if (venues > 1) {
            throw new CliException(ExitCode.USAGE, "orders go to one venue: give one of --ws-api, --alpaca, --kraken");
        }
        ApiKey key = apiKey(socket);
        if (kraken != null) {
            return krakenOrders(data, kraken, key);
        }
        return alpaca != null
                ? alpacaOrders(data, alpaca, key)
                : binanceOrders(data, Objects.requireNonNull(wsApi), rest, symbols, key);
    }

    /** It comes from environment or file, so that it stands in no process list. */
    private ApiKey apiKey(@Nullable Path socket) {
        String id = apiKey != null ? apiKey : System.getenv("RELAY_API_KEY");
        String secret = apiSecret != null ? apiSecret : System.getenv("RELAY_API_SECRET");
        if (id == null || secret == null || socket == null) {
            throw new CliException(
                    ExitCode.USAGE,
                    "orders need --socket of the bus, and RELAY_API_KEY and RELAY_API_SECRET in the environment, or"
                            + " sidecar.api_key and sidecar.api_secret in the file as ${env:NAME} or ${file:PATH}");
        }
        return new ApiKey(id, secret);
    }

    private OrderConfig binanceOrders(Path data, URI api, URI rest, List<String> symbols, ApiKey key) {
        refuseNone(symbols, "orders need --symbols of Binance Spot");
        BinanceOrderConfig venue = BinanceOrderConfig.of(api, rest, key.id, key.secret, consent());
        if (venue.isLive()) {
            System.err.println("LIVE ORDERS: REAL MONEY account=" + account + " rest=" + rest + " ws_api=" + api);
        }
        return configOf(data, symbols, Instrument::of, venue);
    }

    private @Nullable LiveConsent consent() {
        try {
            return LiveConsent.of(account, isLive, acceptedLive);
        } catch (IllegalArgumentException e) {
            throw CliException.ofUsage(e);
        }
    }

    private OrderConfig krakenOrders(Path data, URI base, ApiKey key) {
        refuseNone(krakenSymbols, "--kraken needs --kraken-symbols");
        OrderVenue venue = KrakenOrderConfig.of(base, streamOf(base, "/auth/v2"), key.id, key.secret);
        return configOf(data, krakenSymbols, KrakenOrderConfig::instrument, venue);
    }

    private OrderConfig alpacaOrders(Path data, URI base, ApiKey key) {
        refuseNone(alpacaSymbols, "--alpaca needs --alpaca-symbols");
        OrderVenue venue = AlpacaOrderConfig.of(base, streamOf(base, "/stream"), key.id, key.secret);
        return configOf(data, alpacaSymbols, AlpacaOrderConfig::instrument, venue);
    }

    private static void refuseNone(List<String> symbols, String problem) {
        if (symbols.isEmpty()) {
            throw new CliException(ExitCode.USAGE, problem);
        }
    }

    private static URI streamOf(URI base, String path) {
        return URI.create(base.toString().replaceFirst("^http", "ws") + path);
    }

    private OrderConfig configOf(
            Path data, List<String> symbols, Function<String, Instrument> instrument, OrderVenue venue) {
        List<Instrument> instruments = symbols.stream().map(instrument).toList();
        return new OrderConfig(
                account,
                data,
                instruments,
                venue,
                OrderLimits.defaults(),
                RiskOptions.limits(instruments.stream().map(Instrument::symbol).toList(), risk),
                auditDays,
                cancelsAtStart);
    }
}
