package dev.relay.sidecar.simulation;

import dev.relay.exchange.BookView;
import dev.relay.exchange.ExchangeConfig;
import dev.relay.exchange.ExchangeCore;
import dev.relay.exchange.api.DepthFault;
import dev.relay.sidecar.book.BookImage;
import dev.relay.sidecar.book.BookMailbox;
import dev.relay.sidecar.book.Scale;
import dev.relay.sidecar.venue.FeedConfig;
import dev.relay.sidecar.venue.FeedRuntime;
import dev.relay.sidecar.venue.FrameTap;
import dev.relay.sidecar.venue.VenueFeed;
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
    static final String OTHER = "ETHUSDT";
    private static final long CALM_MS = 4_000;
    private static final long FAULTS_UNTIL_MS = 12_000;
    private static final long MOST_MS = 900_000;
    /** What was told by then has arrived, and nothing new is under way. */
    private static final long BETWEEN_FLUSHES_MS = 50;

    private static final int MOST_STRIKES = 3;

    private final FaultScript script;
    private final Stage stage;
    private final SplittableRandom random;
    private final VirtualTime time = new VirtualTime();
    private final ExchangeCore exchange;
    private final Peer peer;
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
        this.script = script;
        this.stage = script.stage();
        this.random = new SplittableRandom(seed);
        this.exchange =
                new ExchangeCore(ExchangeConfig.defaults().withSeed(seed).withSymbols(stage.symbols()), time);
        this.peer = stage.peer(exchange, time);
        this.network = new VirtualNetwork(time, exchange, peer, seed + 1, this::remember);
        this.feed = new VenueFeed(
                new FeedConfig(stage.venue(), stage.books(), stage.depth, 50, seed),
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

    /** Happens to the next message of the book that is the victim. */
    void fault(DepthFault fault) {
        peer.fault(VICTIM, fault);
    }

    void mute() {
        peer.mute();
    }

    void muteVictim() {
        peer.mute(VICTIM);
    }

    void restartIds() {
        remember();
        exchange.restartIds(VICTIM);
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
        peer.flush();
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
        time.every(1_000, peer::beat);
        feed.start();
        time.runUntil(CALM_MS);
        require(isAllLive(), "not LIVE before the fault");
        hasStruck = true;
        int times = 1 + random.nextInt(MOST_STRIKES);
        for (int i = 0; i < times; i++) {
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
        long atMs = FAULTS_UNTIL_MS + BETWEEN_FLUSHES_MS;
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
                && (stage.hasIds
                        ? exchange.book(symbol, 1).lastUpdateId() - image.seq() < 200
                        : levels(image).equals(latest.get(symbol)));
    }

    private void judgeEnd() {
        for (String symbol : List.of(VICTIM, OTHER)) {
            BookImage image = newest.get(symbol);
            BookView truth = exchange.book(symbol, stage.depth);
            if (image == null || !image.isLive()) {
                violations.add("not LIVE at the end: " + symbol);
            } else if (!levels(image).equals(levels(truth)) || (stage.hasIds && image.seq() != truth.lastUpdateId())) {
                violations.add(
                        "final book differs: " + symbol + " seq=" + image.seq() + " truth=" + truth.lastUpdateId());
            }
        }
        require(network.forbiddenRequests() == 0, "requests during a ban: " + network.forbiddenRequests());
        require(mostAttempts() < stage.mostAttempts, "too many connection attempts: " + mostAttempts());
        require(liveImages > 100, "too few images: " + liveImages);
    }

    private int mostAttempts() {
        List<Long> times = network.attempts();
        int most = 0;
        int from = 0;
        for (int to = 0; to < times.size(); to++) {
            while (times.get(to) - times.get(from) > stage.attemptWindowMs) {
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
            BookView book = exchange.book(symbol, stage.depth);
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
                look(mailbox.symbol().substring(0, 3) + "USDT", image);
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
        if (!stage.hasIds) {
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
