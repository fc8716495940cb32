package dev.relay.sidecar.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.relay.client.redis.BookReader;
import dev.relay.exchange.ExchangeConfig;
import dev.relay.exchange.RelayExchange;
import dev.relay.sidecar.RelaySidecar;
import dev.relay.sidecar.SidecarConfig;
import dev.relay.sidecar.book.BookRules;
import dev.relay.sidecar.net.SidecarClock;
import dev.relay.sidecar.net.WsConfig;
import dev.relay.sidecar.redis.RedisLayout;
import dev.relay.sidecar.venue.FeedConfig;
import dev.relay.sidecar.venue.FeedStatus;
import dev.relay.sidecar.venue.FeedStatus.BookReport;
import dev.relay.sidecar.venue.InstrumentList;
import dev.relay.sidecar.venue.SnapshotApi;
import dev.relay.sidecar.venue.StreamCodec;
import dev.relay.sidecar.venue.Venue;
import dev.relay.sidecar.venue.VenueBooks;
import dev.relay.sidecar.venue.VenueFeed;
import dev.relay.sidecar.venue.VenueLimits;
import dev.relay.sidecar.venue.binance.BinanceVenue;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One sidecar with two venues, and one venue over several sockets. */
class SeveralVenuesIT {
    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir
    Path dir = Path.of("");

    private ReplayServer server(String venue, String frame) throws Exception {
        Path file = Files.write(dir.resolve(venue + ".log"), List.of("1700000000.5: " + frame));
        return new ReplayServer(ReplayScript.read(venue, List.of(file)), 0);
    }

    private ReplayServer coinbase() throws Exception {
        return server(
                "coinbase",
                "{\"channel\":\"l2_data\",\"timestamp\":\"2023-02-09T20:32:50.7Z\",\"sequence_num\":2,\"events\":[{"
                        + "\"type\":\"snapshot\",\"product_id\":\"BTC-USD\",\"updates\":["
                        + "{\"side\":\"bid\",\"price_level\":\"21921.73\",\"new_quantity\":\"0.06317902\"},"
                        + "{\"side\":\"offer\",\"price_level\":\"21924.06\",\"new_quantity\":\"0.1\"}]}]}");
    }

    private ReplayServer hyperliquid() throws Exception {
        return server(
                "hyperliquid",
                "{\"channel\":\"l2Book\",\"data\":{\"coin\":\"BTC\",\"time\":1000,\"levels\":["
                        + "[{\"px\":\"113377.0\",\"sz\":\"7.6699\",\"n\":17}],[{\"px\":\"113397\",\"sz\":\"0.1\",\"n\":1}]]}}");
    }

    private SidecarConfig config(ReplayServer one, ReplayServer other) {
        List<String> symbols = List.of("BTC-USD");
        return SidecarConfig.of(
                List.of(VenueBooks.of(one.venue(), symbols), VenueBooks.of(other.venue(), symbols)), dir, dir);
    }

    @Test
    void shouldKeepTheBooksOfTwoVenuesUnderTheSameSymbolApart() throws Exception {
        try (ReplayServer one = coinbase();
                ReplayServer other = hyperliquid()) {
            SidecarConfig config = config(one, other);
            assertThat(config.keyTemplate()).isEqualTo("book:<VENUE>:<SYMBOL>");
            try (RelaySidecar sidecar = RelaySidecar.start(config)) {
                assertThat(bestBid(sidecar, "COINBASE")).isEqualTo("21921.73");
                assertThat(bestBid(sidecar, "HYPERLIQUID")).isEqualTo("113377");
                await().atMost(SOON).until(() -> sidecar.view().health().score() == 100);
            }
        }
    }

    private static String bestBid(RelaySidecar sidecar, String venue) {
        try (BookReader reader = new BookReader(sidecar.redisAddress(), venue, SidecarConfig.VENUES_TEMPLATE, 5_000)) {
            await().atMost(SOON)
                    .ignoreExceptions()
                    .until(() -> !reader.book("BTC-USD", 5).bids().isEmpty());
            return reader.book("BTC-USD", 5).bids().get(0).price().toPlainString();
        }
    }

    @Test
    void shouldRefuseTwoVenuesUnderOneName() throws Exception {
        try (ReplayServer one = coinbase();
                ReplayServer other = hyperliquid()) {
            SidecarConfig config = config(one, other).withKeyTemplate(RedisLayout.DEFAULT_TEMPLATE);
            assertThatThrownBy(() -> RelaySidecar.start(config)).hasMessageContaining("VENUE");
        }
    }

    /** A venue that takes one book on a socket. */
    private record OneBookASocket(Venue inner) implements Venue {
        @Override
        public VenueLimits limits() {
            return new VenueLimits(1, 50, 0, 10_000, 0, 6_000);
        }

        @Override
        public String name() {
            return inner.name();
        }

        @Override
        public URI rest() {
            return inner.rest();
        }

        @Override
        public URI stream() {
            return inner.stream();
        }

        @Override
        public WsConfig ws() {
            return inner.ws();
        }

        @Override
        public BookRules rules(int publishedDepth) {
            return inner.rules(publishedDepth);
        }

        @Override
        public CompletableFuture<InstrumentList> instruments(Access access, List<String> wanted) {
            return inner.instruments(access, wanted);
        }

        @Override
        public StreamCodec codec(int publishedDepth) {
            return inner.codec(publishedDepth);
        }

        @Override
        public @Nullable SnapshotApi snapshots() {
            return inner.snapshots();
        }
    }

    @Test
    void shouldSpreadBooksOverSocketsByTheVenuesLimit() throws Exception {
        try (RelayExchange exchange =
                RelayExchange.start(ExchangeConfig.defaults().withPort(0).withFlow(300))) {
            URI streams = URI.create(exchange.streamUri().getScheme() + "://"
                    + exchange.streamUri().getAuthority());
            Venue venue = new OneBookASocket(new BinanceVenue(exchange.restUri(), streams));
            try (VenueFeed feed = new VenueFeed(FeedConfig.of(venue, List.of(), 25), SidecarClock.system(), () -> {})) {
                feed.start();
                await().atMost(SOON).until(() -> areAllLive(feed.status().get()));
                FeedStatus status = feed.status().get();
                assertThat(status.books().size()).isGreaterThan(1);
                assertThat(status.connects()).isEqualTo(status.books().size());
            }
        }
    }

    private static boolean areAllLive(FeedStatus status) {
        return !status.books().isEmpty()
                && status.books().stream()
                        .allMatch(book -> book.status().equals("LIVE") && hasFrames(book) && book.trades() > 0);
    }

    private static boolean hasFrames(BookReport book) {
        return book.applied() > 0;
    }
}
