package dev.relay.cli;

import dev.relay.client.Traces;
import dev.relay.sidecar.OrderPart;
import dev.relay.sidecar.RelaySidecar;
import dev.relay.sidecar.SidecarConfig;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.LiveConsent;
import dev.relay.sidecar.order.OrderConfig;
import dev.relay.sidecar.order.OrderLimits;
import dev.relay.sidecar.order.OrderVenue;
import dev.relay.sidecar.venue.VenueBooks;
import dev.relay.sidecar.venue.alpaca.order.AlpacaOrderConfig;
import dev.relay.sidecar.venue.binance.BinanceVenue;
import dev.relay.sidecar.venue.binance.order.BinanceOrderConfig;
import dev.relay.sidecar.venue.kraken.order.KrakenOrderConfig;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "sidecar",
        description = "Hold the exchange connection: books and orders into Redis, order requests from the bus.")
final class SidecarCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(SidecarCommand.class);

    @Option(names = "--rest", defaultValue = "https://api.binance.com", description = "REST base of the venue.")
    URI rest = URI.create("https://api.binance.com");

    @Option(
            names = "--streams",
            defaultValue = "wss://stream.binance.com:9443",
            description = "Market stream base of the venue.")
    URI streams = URI.create("wss://stream.binance.com:9443");

    @Option(
            names = "--symbols",
            split = ",",
            description = "Books to keep of Binance Spot, for example BTC-USDT,ETH-USDT.")
    List<String> symbols = List.of();

    @Mixin
    private VenueOptions venues = new VenueOptions();

    @Option(
            names = "--depth",
            defaultValue = "100",
            description = "Published levels a side; default: ${DEFAULT-VALUE}.")
    int depth;

    @Option(
            names = "--key-template",
            description = "Names of the books in Redis; default book:<SYMBOL>, with several venues"
                    + " book:<VENUE>:<SYMBOL>.")
    @Nullable
    String keyTemplate;

    @Option(names = "--redis", description = "unix:/path or host:port; default: a Redis of its own.")
    @Nullable
    String redis;

    @Option(names = "--data-dir", description = "Where the journal lives.")
    @Nullable
    Path dataDir;

    @Option(names = "--run-dir", description = "Where redis.json and the Redis socket live.")
    @Nullable
    Path runDir;

    @Option(
            names = "--admin-port",
            defaultValue = "-1",
            description = "Loopback port of health and metrics; 0 picks one, -1 (default) for none.")
    int adminPort;

    /** Read by {@link OptionSources} before the other options are. */
    @Option(names = "--config", description = "Configuration file; its section of this command's name gives options.")
    @Nullable
    Path config;

    @Option(names = "--socket", description = "The daemon's socket; without it books only.")
    @Nullable
    Path socket;

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

    @Option(
            names = "--gate",
            paramLabel = "KEY=VALUE",
            split = ",",
            description = "Bounds of the quality gate: max_jump (a share), confirmations, confirm_ms, max_silence_ms.")
    Map<String, String> gate = Map.of();

    @Option(
            names = "--patience",
            paramLabel = "KEY=MS",
            split = ",",
            description = "When health names what is silent: redis_ms, feed_ms, loop_ms, bus_ms.")
    Map<String, String> patience = Map.of();

    @Option(
            names = "--traces",
            paramLabel = "URI",
            description = "Collector of OpenTelemetry spans (OTLP over HTTP), as http://127.0.0.1:4318/v1/traces; off.")
    @Nullable
    URI traces;

    @Option(
            names = "--traces-ratio",
            defaultValue = "0.01",
            description = "Share of the traces that begin here; default: ${DEFAULT-VALUE}.")
    double tracesRatio;

    /** Secrets: never from the command line, see {@link OptionSources}. */
    @Option(names = "--api-key", hidden = true, description = "Key of the account, by environment or file.")
    @Nullable
    String apiKey;

    @Option(names = "--api-secret", hidden = true, description = "Its secret, by environment or file.")
    @Nullable
    String apiSecret;

    @Override
    public Integer call() throws Exception {
        Path run = runDir == null ? RunDir.standard() : runDir;
        Path data = dataDir == null ? standardDataDir() : dataDir;
        SidecarConfig config = SidecarConfig.of(books(), data, run)
                .withDepth(depth)
                .withQuality(GateOptions.quality(gate))
                .withPatience(PatienceOptions.of(patience))
                .withRedis(redis)
                .withBusSocket(socket)
                .withAdminPort(adminPort);
        if (keyTemplate != null) {
            config = config.withKeyTemplate(keyTemplate);
        }
        exportTraces();
        OrderConfig orders = orders(data);
        RelaySidecar sidecar =
                orders == null ? RelaySidecar.start(config) : RelaySidecar.start(config, OrderPart.factory(orders));
        ProcessMeters.bind(sidecar.meters());
        Hangup.on(() -> LOG.info("config_reloaded applied=[log.level] needs_restart=[everything else]"));
        Map<String, Object> ready = new LinkedHashMap<>();
        ready.put("component", "sidecar");
        ready.put("redis", sidecar.redisAddress());
        ReadyLine.admin(ready, sidecar.adminPort());
        System.out.println(ReadyLine.of(ready));
        String broken = Serving.untilSignalOr(sidecar.broken(), sidecar);
        if (broken != null) {
            System.err.println("relay sidecar: ends by itself: " + broken);
        }
        return broken == null ? ExitCode.OK : ExitCode.BROKEN;
    }

    private void exportTraces() {
        if (traces != null) {
            try {
                Traces.export(traces, "sidecar", tracesRatio);
            } catch (IllegalArgumentException e) {
                throw new CliException(ExitCode.USAGE, "--traces: " + e.getMessage());
            }
        }
    }

    static Path standardDataDir() {
        return Path.of(System.getProperty("user.home"), ".local/state/relay/sidecar");
    }

    /** Binance by its own options first: it is the venue that orders go to. */
    private List<VenueBooks> books() {
        List<VenueBooks> books = new ArrayList<>();
        if (!symbols.isEmpty()) {
            books.add(new VenueBooks(new BinanceVenue(rest, streams), symbols));
        }
        books.addAll(venues.books());
        if (books.isEmpty()) {
            throw new CliException(
                    ExitCode.USAGE, "no books to keep; give --symbols, or --venue, for example --venue kraken=BTC-USD");
        }
        return books;
    }

    private @Nullable LiveConsent consent() {
        try {
            return LiveConsent.of(account, isLive, acceptedLive);
        } catch (IllegalArgumentException e) {
            throw new CliException(ExitCode.USAGE, String.valueOf(e.getMessage()));
        }
    }

    /** Null: books only. The key comes from environment or file, so that it stands in no process list. */
    private @Nullable OrderConfig orders(Path data) {
        int venuesNamed = (wsApi == null ? 0 : 1) + (alpaca == null ? 0 : 1) + (kraken == null ? 0 : 1);
        if (venuesNamed == 0) {
            return null;
        }
        if (venuesNamed > 1) {
            throw new CliException(ExitCode.USAGE, "orders go to one venue: give one of --ws-api, --alpaca, --kraken");
        }
        String key = apiKey != null ? apiKey : System.getenv("RELAY_API_KEY");
        String secret = apiSecret != null ? apiSecret : System.getenv("RELAY_API_SECRET");
        if (key == null || secret == null || socket == null) {
            throw new CliException(
                    ExitCode.USAGE,
                    "orders need --socket of the bus, and RELAY_API_KEY and RELAY_API_SECRET in the environment, or"
                            + " sidecar.api_key and sidecar.api_secret in the file as ${env:NAME} or ${file:PATH}");
        }
        if (kraken != null) {
            return krakenOrders(data, kraken, key, secret);
        }
        return alpaca != null
                ? alpacaOrders(data, alpaca, key, secret)
                : binanceOrders(data, Objects.requireNonNull(wsApi), key, secret);
    }

    private OrderConfig binanceOrders(Path data, URI api, String key, String secret) {
        if (symbols.isEmpty()) {
            throw new CliException(ExitCode.USAGE, "orders need --symbols of Binance Spot");
        }
        LiveConsent consent = consent();
        BinanceOrderConfig venue = BinanceOrderConfig.of(api, rest, key, secret, consent);
        if (venue.isLive()) {
            System.err.println("LIVE ORDERS: REAL MONEY account=" + account + " rest=" + rest + " ws_api=" + api);
        }
        return orderConfig(data, symbols.stream().map(Instrument::of).toList(), venue);
    }

    private OrderConfig krakenOrders(Path data, URI base, String key, String secret) {
        if (krakenSymbols.isEmpty()) {
            throw new CliException(ExitCode.USAGE, "--kraken needs --kraken-symbols");
        }
        return orderConfig(
                data,
                krakenSymbols.stream().map(KrakenOrderConfig::instrument).toList(),
                KrakenOrderConfig.of(base, streamOf(base, "/auth/v2"), key, secret));
    }

    private OrderConfig alpacaOrders(Path data, URI base, String key, String secret) {
        if (alpacaSymbols.isEmpty()) {
            throw new CliException(ExitCode.USAGE, "--alpaca needs --alpaca-symbols");
        }
        return orderConfig(
                data,
                alpacaSymbols.stream().map(AlpacaOrderConfig::instrument).toList(),
                AlpacaOrderConfig.of(base, streamOf(base, "/stream"), key, secret));
    }

    private static URI streamOf(URI base, String path) {
        return URI.create(base.toString().replaceFirst("^http", "ws") + path);
    }

    private OrderConfig orderConfig(Path data, List<Instrument> instruments, OrderVenue venue) {
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
