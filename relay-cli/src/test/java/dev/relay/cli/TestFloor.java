package dev.relay.cli;

import static org.awaitility.Awaitility.await;

import dev.relay.daemon.RelayDaemon;
import dev.relay.daemon.config.DaemonConfig;
import dev.relay.exchange.AccountConfig;
import dev.relay.exchange.ExchangeConfig;
import dev.relay.exchange.RelayExchange;
import dev.relay.sidecar.OrderPart;
import dev.relay.sidecar.RelaySidecar;
import dev.relay.sidecar.SidecarConfig;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderConfig;
import dev.relay.sidecar.order.OrderLimits;
import dev.relay.sidecar.venue.binance.order.BinanceOrderConfig;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Exchange, daemon and a sidecar with orders in one process, with their admin pages; ready when made. */
final class TestFloor implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(60);

    final RelayExchange exchange =
            RelayExchange.start(ExchangeConfig.defaults().withAccounts(List.of(AccountConfig.ready("metrics"))));
    final RelayDaemon daemon;
    final RelaySidecar sidecar;
    final Path socket;
    private final Path dir;

    TestFloor(Path dir) throws IOException {
        this.dir = dir;
        socket = dir.resolve("r/relay.sock");
        daemon = RelayDaemon.start(DaemonConfig.of(socket, dir.resolve("d")));
        ProcessMeters.bind(daemon.meters());
        List<String> symbols = List.of("BTC-USDT");
        SidecarConfig config = SidecarConfig.of(
                        exchange.restUri(), exchange.streamUri(), symbols, dir.resolve("s"), dir.resolve("s"))
                .withBusSocket(socket)
                .withAdminPort(0);
        sidecar = RelaySidecar.start(config, OrderPart.factory(orders(symbols)));
        ProcessMeters.bind(sidecar.meters());
        await().atMost(PATIENCE).until(() -> ofSidecar("/readyz").equals("ready\n"));
    }

    private OrderConfig orders(List<String> symbols) {
        return new OrderConfig(
                "paper",
                dir.resolve("s"),
                symbols.stream().map(Instrument::of).toList(),
                BinanceOrderConfig.of(
                        exchange.wsApiUri(), exchange.restUri(), "relay-metrics-key", "relay-metrics-secret", null),
                OrderLimits.defaults(),
                RiskOptions.limits(symbols, Map.of("on", "false")));
    }

    String ofDaemon(String page) throws IOException, InterruptedException {
        return get("http://127.0.0.1:" + daemon.adminPort() + page);
    }

    String ofSidecar(String page) throws IOException, InterruptedException {
        return get("http://127.0.0.1:" + sidecar.adminPort() + page);
    }

    private static String get(String uri) throws IOException, InterruptedException {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .build()
                .send(HttpRequest.newBuilder(URI.create(uri)).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    @Override
    public void close() {
        try {
            sidecar.close();
        } finally {
            daemon.close();
            exchange.close();
        }
    }
}
