package dev.relay.sidecar.replay;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.venue.Venue;
import dev.relay.sidecar.venue.Venues;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One venue's side of a replay: checks and keeps the recorded frames, answers the client's own requests, says which frames
 * it gets, and follows the books, so that a client that lost one can be given a new copy. Built on the caller's thread,
 * then used by the server's loop only.
 */
abstract class ReplayScript implements RecordingReader.Sink {
    private final List<Frame> frames = new ArrayList<>();
    private final Map<String, Decimals> decimals = new TreeMap<>();
    /** By venue symbol, in alphabetical order. */
    protected final Map<String, ModelBook> books = new TreeMap<>();

    protected final Set<String> subscribed = new HashSet<>();
    private final Map<Long, Set<String>> symbolsOf = new TreeMap<>();
    private final Set<Long> wanted = new HashSet<>();
    private long connection;
    private long lost;

    static ReplayScript of(String venue) {
        return switch (venue) {
            case Venues.BINANCE_SPOT -> new BinanceScript();
            case Venues.KRAKEN -> new KrakenScript();
            case Venues.OKX -> new OkxScript();
            case Venues.COINBASE -> new CoinbaseScript();
            case Venues.HYPERLIQUID -> new HyperliquidScript();
            default -> throw new IllegalArgumentException("unknown venue, venue=" + venue);
        };
    }

    /** The whole recording as one connection. */
    static ReplayScript read(String venue, List<Path> files) throws RecordingException, IOException {
        ReplayScript script = of(venue);
        new RecordingReader(script).read(files);
        return script.finished();
    }

    /**
     * The recording by connections: those that carried the same books, one after another, belong together; others were
     * beside each other and are replayed one after the other, because some venues number each of them by itself.
     */
    static List<ReplayScript> readParts(String venue, List<Path> files) throws RecordingException, IOException {
        ReplayScript all = of(venue);
        new RecordingReader(all).read(files);
        List<Set<Long>> groups = all.groups();
        if (groups.size() <= 1) {
            return List.of(all.finished());
        }
        Set<String> left = new HashSet<>(all.books.keySet());
        groups.forEach(group -> left.removeAll(all.symbolsOf(group)));
        List<ReplayScript> parts = new ArrayList<>();
        for (Set<Long> group : groups) {
            ReplayScript part = of(venue);
            part.wanted.addAll(group);
            new RecordingReader(part).read(files);
            Set<String> symbols = all.symbolsOf(group);
            symbols.addAll(parts.isEmpty() ? left : Set.of());
            part.books.keySet().retainAll(symbols);
            parts.add(part.finished());
        }
        return parts;
    }

    private ReplayScript finished() throws RecordingException {
        frames.sort(Comparator.comparing(Frame::ts));
        check();
        return this;
    }

    private Set<String> symbolsOf(Set<Long> connections) {
        Set<String> symbols = new HashSet<>();
        connections.forEach(number -> symbols.addAll(symbolsOf.getOrDefault(number, Set.of())));
        return symbols;
    }

    /** Connections that share a book, directly or through others. */
    private List<Set<Long>> groups() {
        List<Set<Long>> groups = new ArrayList<>();
        symbolsOf.keySet().forEach(number -> {
            Set<Long> joined = new TreeSet<>(Set.of(number));
            groups.removeIf(group -> {
                boolean isShared = !Collections.disjoint(symbolsOf(group), symbolsOf(joined));
                if (isShared) {
                    joined.addAll(group);
                }
                return isShared;
            });
            groups.add(joined);
        });
        return groups;
    }

    // --- reading ---

    @Override
    public final boolean takes(long number) {
        connection = number;
        return wanted.isEmpty() || wanted.contains(number);
    }

    @Override
    public final void frame(BigDecimal ts, String text) throws BrokenLine {
        Frame frame = take(ts, text);
        if (frame != null) {
            frames.add(frame);
            if (frame.isBook()) {
                books.computeIfAbsent(frame.symbol(), symbol -> new ModelBook());
                symbolsOf.computeIfAbsent(connection, unused -> new HashSet<>()).add(frame.symbol());
            }
        }
    }

    /** The frame if a client may get it, null for what only the recorded client was told. */
    protected abstract @Nullable Frame take(BigDecimal ts, String text) throws BrokenLine;

    @Override
    public void rest(BigDecimal ts, String url, String body) throws BrokenLine {}

    @Override
    public void sent(String text) throws BrokenLine {}

    @Override
    public void instrument(String venueSymbol, int priceDecimals, int quantityDecimals) {
        decimals(venueSymbol).atLeast(priceDecimals, quantityDecimals);
    }

    @Override
    public void lost(long count) {
        lost += count;
    }

    protected void check() throws RecordingException {
        if (books.isEmpty()) {
            throw new RecordingException("no book in it");
        }
    }

    protected final Decimals decimals(String symbol) {
        return decimals.computeIfAbsent(symbol, key -> new Decimals());
    }

    /** Checks a level's numbers and remembers their digits. */
    protected final void see(String symbol, JsonNode price, JsonNode quantity, String where) throws BrokenLine {
        if (!isNumber(price) || !isNumber(quantity)) {
            throw new BrokenLine(where);
        }
        decimals(symbol).see(price, quantity);
    }

    /** The same of a list of [price, quantity]. */
    protected final void seePairs(String symbol, JsonNode levels, String where) throws BrokenLine {
        if (!levels.isArray()) {
            throw new BrokenLine(where);
        }
        for (JsonNode level : levels) {
            see(symbol, level.path(0), level.path(1), where);
        }
    }

    /** Sets the levels of a list of [price, quantity]. */
    protected static void setPairs(ModelBook book, boolean isBid, JsonNode levels) {
        for (JsonNode level : levels) {
            book.set(isBid, number(level.path(0)), number(level.path(1)));
        }
    }

    private static boolean isNumber(JsonNode node) {
        return node.isNumber()
                ? node.decimalValue().signum() >= 0
                : node.isTextual() && node.asText().matches("\\d+(\\.\\d+)?");
    }

    static BigDecimal number(JsonNode node) {
        return new BigDecimal(node.asText());
    }

    // --- serving ---

    /** The venue whose adapter is tried, at the local server. */
    abstract Venue venue(URI http, URI ws);

    abstract String path();

    /** The body for a REST request, null if there is none. */
    @Nullable
    String answer(String path, Map<String, List<String>> query, String body) {
        return null;
    }

    void onConnected() {
        subscribed.clear();
    }

    /** What to send in answer to a client's message. */
    List<String> onRequest(String text) {
        try {
            return onRequest(RecordingReader.JSON.readTree(text));
        } catch (JsonProcessingException e) {
            return List.of(malformed());
        }
    }

    /** The same once it is known to be JSON. */
    protected abstract List<String> onRequest(JsonNode request);

    /** The venue's answer to what is not JSON. */
    protected abstract String malformed();

    /** Whether the client asked for this book. */
    abstract boolean isSubscribed(String symbol);

    /** Everything the client needs before the first frame was given. */
    boolean isReady() {
        return true;
    }

    /** Follows the frame; the text to send, null if the client did not subscribe it. */
    @Nullable
    String onDue(Frame frame) {
        if (frame.isBook()) {
            follow(frame, book(frame.symbol()));
        }
        return subscribed.contains(frame.topic()) ? frame.text() : null;
    }

    /** Makes the book what it is after the frame; nothing where no copy is ever asked for. */
    protected void follow(Frame frame, ModelBook book) {}

    /** Sent every second after the start, null for none. */
    @Nullable
    String heartbeat() {
        return null;
    }

    final List<Frame> frames() {
        return frames;
    }

    final Set<String> symbols() {
        return books.keySet();
    }

    final long lostCount() {
        return lost;
    }

    final ModelBook book(String symbol) {
        ModelBook book = books.get(symbol);
        if (book == null) {
            throw new IllegalStateException("no such book, symbol=" + symbol);
        }
        return book;
    }
}
