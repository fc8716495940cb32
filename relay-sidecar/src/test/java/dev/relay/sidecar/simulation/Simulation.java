package dev.relay.sidecar.simulation;

import dev.relay.exchange.BookView;
import dev.relay.exchange.ExchangeConfig;
import dev.relay.exchange.ExchangeCore;
import dev.relay.exchange.market.SymbolSpec;
import dev.relay.sidecar.book.BookImage;
import dev.relay.sidecar.book.BookMailbox;
import dev.relay.sidecar.book.Scale;
import dev.relay.sidecar.venue.FeedConfig;
import dev.relay.sidecar.venue.FeedRuntime;
import dev.relay.sidecar.venue.FrameTap;
import dev.relay.sidecar.venue.Venue;
import dev.relay.sidecar.venue.VenueFeed;
import dev.relay.sidecar.venue.binance.BinanceVenue;
import dev.relay.sidecar.venue.kraken.KrakenVenue;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * One run: an exchange with two symbols and a busy house, the real feed, and a fault script. Every image that readers
 * could get is compared with what the exchange's book was at that id.
 */
final class Simulation {
    static final String VICTIM = "BTCUSDT";
    private static final String OTHER = "ETHUSDT";
    private static final long CALM_MS = 4_000;
    private static final long FAULTS_UNTIL_MS = 12_000;
    private static final long MOST_MS = 900_000;

    private final FaultScript script;
    private final int depth;
    private final boolean hasIds;
    private final SplittableRandom random;
    private final VirtualTime time = new VirtualTime();
    private final ExchangeCore exchange;
    private final VirtualNetwork network;
    private final VenueFeed feed;
    private final Map<String, Map<Long, List<String>>> truths = new HashMap<>();
    private final Map<String, Set<List<String>>> states = new HashMap<>();
    private final Map<String, List<String>> latest = new HashMap<>();
    private final Map<String, BookImage> newest = new HashMap<>();
    private final List<String> violations = new ArrayList<>();
    private boolean isPaused;
    private boolean hasStruck;
    private long images;
    private long liveImages;

    Simulation(FaultScript script, long seed) {
        this(script, seed, new BinanceVenue(URI.create("http://exchange"), URI.create("ws://exchange")), 50);
    }

    /** Kraken's books are compared at the ten levels that its checksum covers. */
    static Simulation kraken(FaultScript script, long seed) {
        KrakenVenue venue = new KrakenVenue(URI.create("http://exchange"), URI.create("ws://exchange/v2"), 0);
        return new Simulation(script, seed, venue, 10);
    }

    private Simulation(FaultScript script, long seed, Venue venue, int depth) {
        this.script = script;
        this.depth = depth;
        this.hasIds = venue instanceof BinanceVenue;
        this.random = new SplittableRandom(seed);
        this.exchange = new ExchangeCore(
                ExchangeConfig.defaults()
                        .withSeed(seed)
                        .withSymbols(List.of(SymbolSpec.known(VICTIM), SymbolSpec.known(OTHER))),
                time);
        this.network = new VirtualNetwork(time, exchange, seed + 1, this::remember);
        this.feed = new VenueFeed(
                new FeedConfig(venue, List.of("BTC-USDT", "ETH-USDT"), depth, 50, seed),
                time,
                this::look,
                FrameTap.NONE,
                new FeedRuntime(time, network, network, () -> {}));
    }

    ExchangeCore exchange() {
        return exchange;
    }

    VirtualNetwork network() {
        return network;
    }

    void later(long delayMs, Runnable task) {
        time.schedule(task, delayMs);
    }

    void burst(int steps) {
        for (int i = 0; i < steps; i++) {
            exchange.flowStep();
        }
    }

    void flush() {
        remember();
        exchange.flushFast();
    }

    void crash() {
        exchange.crash(VICTIM, 1_000);
        for (int i = 0; i < 100; i++) {
            later(10L * i, () -> burst(30));
        }
    }

    /** Runs to the end and says what was wrong. */
    List<String> run() {
        exchange.open();
        time.every(10, () -> {
            if (!isPaused) {
                burst(2);
            }
        });
        time.every(100, this::flush);
        time.every(1_000, exchange::flushSlow);
        feed.start();
        time.runUntil(CALM_MS);
        require(isAllLive(), "not LIVE before the fault");
        hasStruck = true;
        for (int i = 0; i < script.times(); i++) {
            later(
                    random.nextLong(FAULTS_UNTIL_MS - CALM_MS),
                    () -> script.strike().accept(this));
        }
        time.runUntil(FAULTS_UNTIL_MS);
        settle();
        judgeEnd();
        feed.close();
        return violations;
    }

    /** Faults may still be at work: wait until everything is LIVE and current for a while. */
    private void settle() {
        int calm = 0;
        long atMs = FAULTS_UNTIL_MS;
        while (calm < 8 && atMs < MOST_MS) {
            atMs += 1_000;
            time.runUntil(atMs);
            calm = isAllCurrent() ? calm + 1 : 0;
        }
        isPaused = true;
        time.runUntil(atMs + 2_000);
    }

    private boolean isAllLive() {
        return newest.size() == 2 && newest.values().stream().allMatch(BookImage::isLive);
    }

    private boolean isAllCurrent() {
        return isAllLive() && isCurrent(VICTIM) && isCurrent(OTHER);
    }

    private boolean isCurrent(String symbol) {
        BookImage image = newest.get(symbol);
        return image != null
                && (hasIds
                        ? exchange.book(symbol, 1).lastUpdateId() - image.seq() < 200
                        : levels(image).equals(latest.get(symbol)));
    }

    private void judgeEnd() {
        for (String symbol : List.of(VICTIM, OTHER)) {
            BookImage image = newest.get(symbol);
            BookView truth = exchange.book(symbol, depth);
            if (image == null || !image.isLive()) {
                violations.add("not LIVE at the end: " + symbol);
            } else if (!levels(image).equals(levels(truth)) || (hasIds && image.seq() != truth.lastUpdateId())) {
                violations.add(
                        "final book differs: " + symbol + " seq=" + image.seq() + " truth=" + truth.lastUpdateId());
            }
        }
        require(network.forbiddenRequests() == 0, "requests during a ban: " + network.forbiddenRequests());
        require(mostAttempts() < 300, "too many connection attempts: " + mostAttempts());
        require(liveImages > 100, "too few images: " + liveImages);
    }

    private int mostAttempts() {
        List<Long> times = network.attempts();
        int most = 0;
        int from = 0;
        for (int to = 0; to < times.size(); to++) {
            while (times.get(to) - times.get(from) > 300_000) {
                from++;
            }
            most = Math.max(most, to - from + 1);
        }
        return most;
    }

    private void require(boolean holds, String otherwise) {
        if (!holds) {
            violations.add(otherwise);
        }
    }

    /** What the exchange's books are now, by their id. */
    private void remember() {
        for (String symbol : List.of(VICTIM, OTHER)) {
            BookView book = exchange.book(symbol, depth);
            List<String> levels = levels(book);
            truths.computeIfAbsent(symbol, unused -> new HashMap<>()).put(book.lastUpdateId(), levels);
            states.computeIfAbsent(symbol, unused -> new HashSet<>()).add(levels);
            latest.put(symbol, levels);
        }
    }

    /** After every change: what would readers get? */
    private void look() {
        for (BookMailbox mailbox : feed.mailboxes()) {
            BookImage image = mailbox.take();
            if (image != null) {
                look(mailbox.symbol().replace("-", ""), image);
            }
        }
    }

    private void look(String symbol, BookImage image) {
        images++;
        newest.put(symbol, image);
        if (image.isLive()) {
            liveImages++;
            judge(symbol, image);
        } else if (hasStruck && !mayBeDisturbed(symbol)) {
            violations.add("disturbed: " + symbol + " at " + time.monotonicMs());
        }
    }

    private boolean mayBeDisturbed(String symbol) {
        return switch (script.reach()) {
            case NONE -> false;
            case BOOK -> symbol.equals(VICTIM);
            case CONNECTION -> true;
        };
    }

    private void judge(String symbol, BookImage image) {
        if (!hasIds) {
            require(
                    states.getOrDefault(symbol, Set.of()).contains(levels(image)),
                    "LIVE and never the exchange's book: " + symbol + " at " + time.monotonicMs());
            return;
        }
        List<String> truth = truths.getOrDefault(symbol, Map.of()).get(image.seq());
        if (truth == null) {
            violations.add("LIVE at an id that the exchange never told: " + symbol + " seq=" + image.seq());
        } else if (!truth.equals(levels(image))) {
            violations.add("LIVE and wrong: " + symbol + " seq=" + image.seq());
        }
    }

    private static List<String> levels(BookImage image) {
        List<String> levels = new ArrayList<>();
        levels(levels, image.bids(), image.bidCount(), image);
        levels(levels, image.asks(), image.askCount(), image);
        return levels;
    }

    private static void levels(List<String> out, long[] pairs, int count, BookImage image) {
        Scale price = image.priceScale();
        Scale quantity = image.quantityScale();
        for (int i = 0; i < count; i++) {
            out.add(price.text(pairs[2 * i]) + ":" + quantity.text(pairs[2 * i + 1]));
        }
    }

    private static List<String> levels(BookView book) {
        List<String> levels = new ArrayList<>();
        book.bids().forEach(level -> levels.add(level.price() + ":" + level.qty()));
        book.asks().forEach(level -> levels.add(level.price() + ":" + level.qty()));
        return levels;
    }

    long images() {
        return images;
    }
}
