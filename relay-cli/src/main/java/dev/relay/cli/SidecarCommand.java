package dev.relay.cli;

import dev.relay.client.Traces;
import dev.relay.sidecar.OrderPart;
import dev.relay.sidecar.RelaySidecar;
import dev.relay.sidecar.SidecarConfig;
import dev.relay.sidecar.order.OrderConfig;
import dev.relay.sidecar.venue.VenueBooks;
import dev.relay.sidecar.venue.binance.BinanceVenue;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

    @Mixin
    private OrderOptions orders = new OrderOptions();

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

    @Override
    public Integer call() throws Exception {
        Path run = runDir == null ? RunDir.standard() : runDir;
        Path data = dataDir == null ? SidecarDir.standard(System.getenv()) : dataDir;
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
        OrderConfig trading = orders.config(data, socket, rest, symbols);
        RelaySidecar sidecar =
                trading == null ? RelaySidecar.start(config) : RelaySidecar.start(config, OrderPart.factory(trading));
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
}
