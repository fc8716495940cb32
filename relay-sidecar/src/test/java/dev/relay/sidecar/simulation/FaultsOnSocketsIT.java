package dev.relay.sidecar.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.relay.exchange.BookView;
import dev.relay.exchange.ExchangeConfig;
import dev.relay.exchange.RelayExchange;
import dev.relay.exchange.api.LimitsConfig;
import dev.relay.exchange.market.SymbolSpec;
import dev.relay.sidecar.book.BookImage;
import dev.relay.sidecar.book.BookMailbox;
import dev.relay.sidecar.net.SidecarClock;
import dev.relay.sidecar.venue.FeedConfig;
import dev.relay.sidecar.venue.Venue;
import dev.relay.sidecar.venue.VenueFeed;
import dev.relay.sidecar.venue.binance.BinanceVenue;
import dev.relay.sidecar.venue.kraken.KrakenVenue;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * X1 on real sockets: a fault of each kind, by the names of the exchange's control endpoint. Faults that take minutes (429,
 * 418, silent) are left to virtual time.
 */
class FaultsOnSocketsIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final int DEPTH = 10;

    private static final RelayExchange EXCHANGE = RelayExchange.start(ExchangeConfig.defaults()
            .withSymbols(List.of(SymbolSpec.known("BTCUSDT"), SymbolSpec.known("ETHUSDT")))
            .withFlow(200)
            .withLimits(new LimitsConfig(100_000, 50, 160_000, 300, 5, 1_024, 10))); // many snapshots in one minute
    private static final Books BINANCE = new Books(new BinanceVenue(EXCHANGE.restUri(), EXCHANGE.streamUri()));
    private static final Books KRAKEN = new Books(new KrakenVenue(EXCHANGE.restUri(), EXCHANGE.krakenUri(), 0));

    /** A running feed and the newest image of each of its books. */
    private static final class Books {
        final VenueFeed feed;
        final Map<String, BookImage> newest = new HashMap<>();

        Books(Venue venue) {
            feed = new VenueFeed(
                    FeedConfig.of(venue, List.of("BTC-USDT", "ETH-USDT"), DEPTH), SidecarClock.system(), () -> {});
            feed.start();
        }
    }

    @BeforeEach
    void resume() {
        EXCHANGE.resumeFlow();
    }

    @AfterAll
    static void stop() {
        BINANCE.feed.close();
        KRAKEN.feed.close();
        EXCHANGE.close();
    }

    private static long liveBooks(VenueFeed feed) throws Exception {
        return feed.status().get().books().stream()
                .filter(book -> book.status().equals("LIVE"))
                .count();
    }

    private static void strikeAndCompare(Books books, String kind) {
        await().atMost(SOON).until(() -> liveBooks(books.feed) == 2);
        for (String one : kind.split("\\+", -1)) {
            EXCHANGE.fault(one, "BTCUSDT");
        }
        await().pollDelay(Duration.ofMillis(250)).atMost(SOON).until(() -> liveBooks(books.feed) == 2);
        EXCHANGE.pauseFlow();
        await().atMost(SOON)
                .untilAsserted(() -> books.feed.mailboxes().forEach(mailbox -> compare(books.newest, mailbox)));
    }

    private static void compare(Map<String, BookImage> newest, BookMailbox mailbox) {
        BookImage taken = mailbox.take();
        if (taken != null) {
            newest.put(mailbox.symbol(), taken);
        }
        BookImage image = newest.get(mailbox.symbol());
        assertThat(image).isNotNull();
        assertThat(image.isLive()).isTrue();
        BookView truth = EXCHANGE.book(mailbox.symbol().replace("-", ""), DEPTH);
        assertThat(levels(image, image.bids(), image.bidCount())).isEqualTo(levels(truth.bids()));
        assertThat(levels(image, image.asks(), image.askCount())).isEqualTo(levels(truth.asks()));
    }

    private static List<String> levels(BookImage image, long[] pairs, int count) {
        List<String> levels = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            levels.add(image.priceScale().text(pairs[2 * i]) + ":"
                    + image.quantityScale().text(pairs[2 * i + 1]));
        }
        return levels;
    }

    private static List<String> levels(List<BookView.Level> side) {
        return side.stream()
                .map(level -> plain(level.price()) + ":" + plain(level.qty()))
                .toList();
    }

    private static String plain(String number) {
        return new BigDecimal(number).stripTrailingZeros().toPlainString();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gap",
                "duplicate",
                "reorder",
                "late",
                "crossed",
                "empty-side",
                "huge-number",
                "unknown-field",
                "broken",
                "stale-snapshot+gap",
                "server-error+gap",
                "disconnect",
                "disconnect-in-burst",
                "shutdown",
                "flash-crash",
                "restart-ids"
            })
    void X1_shouldEndWithTheExchangesBooksAfter(String kind) {
        strikeAndCompare(BINANCE, kind);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bad-checksum", "kraken-gap", "kraken-reorder", "kraken-crossed", "disconnect"})
    void X1_shouldEndWithKrakensBooksAfter(String kind) {
        strikeAndCompare(KRAKEN, kind);
    }
}
