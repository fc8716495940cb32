package dev.relay.sidecar.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.relay.exchange.BookView;
import dev.relay.exchange.ExchangeConfig;
import dev.relay.exchange.RelayExchange;
import dev.relay.sidecar.net.SidecarClock;
import dev.relay.sidecar.replay.ReplayConfig;
import dev.relay.sidecar.replay.ReplayReport;
import dev.relay.sidecar.replay.ReplayRun;
import dev.relay.sidecar.venue.FeedConfig;
import dev.relay.sidecar.venue.FeedStatus.BookReport;
import dev.relay.sidecar.venue.VenueFeed;
import dev.relay.sidecar.venue.binance.BinanceVenue;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was recorded from the local exchange replays to the books that the exchange had at the end. */
class RecordIT {
    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir
    Path dir = Path.of("");

    @Test
    void shouldReplayToTheBooksTheExchangeHadWhenTheRecordingEnded() throws Exception {
        try (RelayExchange exchange =
                RelayExchange.start(ExchangeConfig.defaults().withPort(0).withFlow(500))) {
            URI streams = URI.create(exchange.streamUri().getScheme() + "://"
                    + exchange.streamUri().getAuthority());
            BinanceVenue venue = new BinanceVenue(exchange.restUri(), streams);
            Recorder recorder = new Recorder(new RecordConfig("binance-spot", dir, 1 << 20, 1_500));
            List<String> symbols;
            try (recorder;
                    VenueFeed feed = new VenueFeed(
                            FeedConfig.of(venue, List.of(), 25), SidecarClock.system(), () -> {}, recorder)) {
                feed.start();
                await().atMost(SOON)
                        .until(() -> feed.status().get().books().stream()
                                        .mapToLong(BookReport::applied)
                                        .sum()
                                > 60);
                exchange.pauseFlow();
                await().atMost(SOON).until(() -> isAtTheEnd(exchange, feed));
                symbols = feed.status().get().books().stream()
                        .map(BookReport::venueSymbol)
                        .toList();
            }
            assertThat(recorder.problem()).isNull();
            assertThat(recorder.lost()).isZero();
            assertThat(recorder.parts().size()).isGreaterThan(1);
            ReplayReport report = ReplayRun.run(ReplayConfig.max("binance-spot", recorder.parts()));
            for (String symbol : symbols) {
                BookView truth = exchange.book(symbol, 25);
                ReplayReport.Entry book = Objects.requireNonNull(report.books().get(symbol));
                assertThat(book.gaps() + book.secondOpinionBad()).isZero();
                assertThat(book.bids().stream()
                                .map(level -> level.price().toPlainString() + ":"
                                        + level.quantity().toPlainString())
                                .toList())
                        .as(symbol)
                        .isEqualTo(texts(truth.bids()));
                assertThat(book.framesApplied()).isPositive();
            }
        }
    }

    private static boolean isAtTheEnd(RelayExchange exchange, VenueFeed feed) throws Exception {
        for (BookReport report : feed.status().get().books()) {
            if (!report.status().equals("LIVE")
                    || report.seq() < exchange.book(report.venueSymbol(), 1).lastUpdateId()) {
                return false;
            }
        }
        return true;
    }

    private static List<String> texts(List<BookView.Level> levels) {
        return levels.stream()
                .map(level -> new BigDecimal(level.price()).toPlainString() + ":" + level.qty())
                .toList();
    }

    @Test
    void shouldNameTheCauseWhenNoFurtherPartCanBeWritten() throws Exception {
        Path folder = dir.resolve("gone");
        try (Recorder recorder = new Recorder(new RecordConfig("kraken", folder, 1 << 20, 1_000))) {
            await().atMost(SOON)
                    .until(() -> !recorder.parts().isEmpty()
                            && Files.exists(recorder.parts().get(0)));
            for (Path part : recorder.parts()) {
                Files.delete(part);
            }
            Files.delete(folder);
            await().atMost(SOON).until(() -> recorder.problem() != null);
            assertThat(recorder.problem()).hasMessageContaining("gone");
        }
    }
}
