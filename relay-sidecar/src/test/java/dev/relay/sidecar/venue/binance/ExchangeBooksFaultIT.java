package dev.relay.sidecar.venue.binance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.relay.client.redis.BookLevel;
import dev.relay.client.redis.BookReader;
import dev.relay.exchange.BookView;
import dev.relay.exchange.ExchangeConfig;
import dev.relay.exchange.RelayExchange;
import dev.relay.sidecar.RelaySidecar;
import dev.relay.sidecar.SidecarConfig;
import dev.relay.sidecar.venue.FeedStatus.BookReport;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sidecar against the local exchange: the books in Redis equal the exchange's own, also after faults. */
class ExchangeBooksFaultIT {
    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir
    Path dir = Path.of("");

    private RelayExchange exchange =
            RelayExchange.start(ExchangeConfig.defaults().withPort(0));

    @BeforeEach
    void restart() {
        exchange.close();
        exchange = RelayExchange.start(ExchangeConfig.defaults().withPort(0).withFlow(500));
    }

    @AfterEach
    void stop() {
        exchange.close();
    }

    private RelaySidecar sidecar() throws Exception {
        URI streams = exchange.streamUri();
        URI base = URI.create(streams.getScheme() + "://" + streams.getAuthority());
        return RelaySidecar.start(
                SidecarConfig.of(exchange.restUri(), base, List.of(), dir, dir).withAdminPort(-1));
    }

    private void awaitEqualBooks(RelaySidecar sidecar) throws Exception {
        List<BookReport> reports = sidecar.view().feedStatus().books();
        assertThat(reports).isNotEmpty();
        exchange.pauseFlow();
        try (BookReader reader = new BookReader(sidecar.redisAddress(), "BINANCE")) {
            for (BookReport report : reports) {
                await().atMost(SOON).ignoreExceptions().untilAsserted(() -> {
                    BookView truth = exchange.book(report.venueSymbol(), 50);
                    var got = reader.book(report.symbol(), 50);
                    assertThat(texts(got.bids())).isEqualTo(truthTexts(truth.bids()));
                    assertThat(texts(got.asks())).isEqualTo(truthTexts(truth.asks()));
                });
            }
        }
        exchange.resumeFlow();
    }

    private static List<String> texts(List<BookLevel> levels) {
        return levels.stream()
                .map(level ->
                        level.price().toPlainString() + ":" + level.quantity().toPlainString())
                .toList();
    }

    private static List<String> truthTexts(List<BookView.Level> levels) {
        return levels.stream()
                .map(level -> new BigDecimal(level.price()).toPlainString() + ":" + level.qty())
                .toList();
    }

    private static long sum(RelaySidecar sidecar, ToLongFunction<BookReport> count) throws Exception {
        return sidecar.view().feedStatus().books().stream().mapToLong(count).sum();
    }

    private static void awaitFrames(RelaySidecar sidecar, long applied) {
        await().atMost(SOON).until(() -> sum(sidecar, BookReport::applied) >= applied);
    }

    @Test
    void shouldEqualTheExchangesOwnBooksUnderFlow() throws Exception {
        try (RelaySidecar sidecar = sidecar()) {
            awaitFrames(sidecar, 30);
            awaitEqualBooks(sidecar);
            assertThat(sum(sidecar, BookReport::gaps)).isZero();
            assertThat(sum(sidecar, BookReport::secondOpinionBad)).isZero();
            assertThat(sum(sidecar, BookReport::secondOpinionOk)).isPositive();
        }
    }

    /** B1 on real sockets. */
    @Test
    void shouldResynchroniseOnlyTheSymbolThatLostAnEvent() throws Exception {
        try (RelaySidecar sidecar = sidecar()) {
            awaitFrames(sidecar, 30);
            String hit = sidecar.view().feedStatus().books().get(0).venueSymbol();
            exchange.dropNextDepthEvent(hit);
            await().atMost(SOON).until(() -> sum(sidecar, BookReport::gaps) > 0);
            awaitEqualBooks(sidecar);
            assertThat(sum(sidecar, BookReport::gaps)).isEqualTo(1);
            assertThat(sidecar.view().feedStatus().books().get(0).gaps()).isEqualTo(1);
        }
    }

    @Test
    void shouldComeBackAfterEveryConnectionWasCut() throws Exception {
        try (RelaySidecar sidecar = sidecar()) {
            awaitFrames(sidecar, 10);
            exchange.disconnectAll();
            await().atMost(SOON).until(() -> sidecar.view().feedStatus().connects() > 1);
            await().atMost(SOON).until(() -> sidecar.view().health().score() == 100);
            awaitEqualBooks(sidecar);
        }
    }
}
