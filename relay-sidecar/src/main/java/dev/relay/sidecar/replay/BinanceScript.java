package dev.relay.sidecar.replay;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.sidecar.venue.Venue;
import dev.relay.sidecar.venue.binance.BinanceVenue;
import java.math.BigDecimal;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Binance Spot: combined streams over recorded REST depth answers. */
class BinanceScript extends ReplayScript {
    private static final List<String> QUOTES =
            List.of("USDT", "USDC", "BUSD", "FDUSD", "TUSD", "BTC", "ETH", "BNB", "EUR", "USD", "GBP", "TRY", "BRL");
    private static final Pattern SYMBOL = Pattern.compile("[?&]symbol=([A-Za-z0-9]+)");

    /** One REST depth answer. */
    private record Snapshot(BigDecimal ts, String text, JsonNode body) {}

    private final Map<String, Deque<Snapshot>> snapshots = new HashMap<>();
    private final Map<String, String> firstAnswers = new HashMap<>();

    @Override
    public void rest(BigDecimal ts, String url, String body) throws BrokenLine {
        Matcher symbol = SYMBOL.matcher(url);
        if (!url.contains("/depth") || !symbol.find()) {
            return;
        }
        JsonNode json = RecordingReader.parse(body, "REST body");
        String name = symbol.group(1).toUpperCase(Locale.ROOT);
        String problem = "depth answer without lastUpdateId, bids and asks";
        if (!json.path("lastUpdateId").isIntegralNumber()) {
            throw new BrokenLine(problem);
        }
        seePairs(name, json.path("bids"), problem);
        seePairs(name, json.path("asks"), problem);
        books.computeIfAbsent(name, key -> new ModelBook());
        snapshots.computeIfAbsent(name, key -> new ArrayDeque<>()).add(new Snapshot(ts, body, json));
    }

    @Override
    protected @Nullable Frame take(BigDecimal ts, String text) throws BrokenLine {
        JsonNode json = RecordingReader.parse(text, "frame");
        if (!json.isObject()) {
            throw new BrokenLine("frame is not a JSON object");
        }
        if (!json.path("stream").isTextual() || !json.path("data").isObject()) {
            if (json.has("result") || json.has("id")) {
                return null;
            }
            throw new BrokenLine("frame without stream and data");
        }
        String stream = json.path("stream").asText();
        if (!stream.contains("@depth")) {
            return new Frame(ts, text, stream, "", json);
        }
        String symbol = stream.substring(0, stream.indexOf('@')).toUpperCase(Locale.ROOT);
        JsonNode data = json.path("data");
        String problem = "depth frame without U, u, b and a";
        if (!data.path("U").isIntegralNumber() || !data.path("u").isIntegralNumber()) {
            throw new BrokenLine(problem);
        }
        seePairs(symbol, data.path("b"), problem);
        seePairs(symbol, data.path("a"), problem);
        return new Frame(ts, text, stream, symbol, json);
    }

    @Override
    protected void check() throws RecordingException {
        snapshots.keySet().retainAll(books.keySet());
        for (String symbol : books.keySet()) {
            if (!snapshots.containsKey(symbol)) {
                throw new RecordingException(
                        "depth frames but no REST depth answer for a symbol; add the rest.log," + " symbol=" + symbol);
            }
        }
        if (snapshots.isEmpty()) {
            throw new RecordingException("no book in it: no REST depth answer found");
        }
        snapshots.forEach((symbol, answers) -> {
            Snapshot first = answers.remove();
            firstAnswers.put(symbol, first.text());
            load(book(symbol), first.body());
        });
    }

    private static void load(ModelBook book, JsonNode body) {
        book.clear();
        book.id = body.path("lastUpdateId").asLong();
        setPairs(book, true, body.path("bids"));
        setPairs(book, false, body.path("asks"));
    }

    @Override
    Venue venue(URI http, URI ws) {
        return new BinanceVenue(http, ws);
    }

    @Override
    String path() {
        return "/stream";
    }

    @Override
    @Nullable
    String answer(String path, Map<String, List<String>> query, String body) {
        return switch (path) {
            case "/api/v3/ping" -> "{}";
            case "/api/v3/time" -> "{\"serverTime\":" + System.currentTimeMillis() + "}";
            case "/api/v3/exchangeInfo" -> exchangeInfo();
            case "/api/v3/depth" ->
                depth(query.getOrDefault("symbol", List.of("")).get(0).toUpperCase(Locale.ROOT));
            default -> null;
        };
    }

    /** The recorded answer the first time, the book as it is now afterwards. */
    private @Nullable String depth(String symbol) {
        ModelBook book = books.get(symbol);
        String first = firstAnswers.get(symbol);
        if (book == null || first == null) {
            return null;
        }
        if (!book.isStarted) {
            book.isStarted = true;
            return first;
        }
        StringBuilder out =
                new StringBuilder("{\"lastUpdateId\":").append(book.id).append(",\"bids\":[");
        append(out, book.bids);
        out.append("],\"asks\":[");
        append(out, book.asks);
        return out.append("]}").toString();
    }

    private static void append(StringBuilder out, Map<BigDecimal, BigDecimal> side) {
        side.forEach((price, quantity) -> {
            out.append(out.charAt(out.length() - 1) == '[' ? "[\"" : ",[\"");
            out.append(price.toPlainString())
                    .append("\",\"")
                    .append(quantity.toPlainString())
                    .append("\"]");
        });
    }

    private String exchangeInfo() {
        StringBuilder out = new StringBuilder("{\"timezone\":\"UTC\",\"serverTime\":")
                .append(System.currentTimeMillis())
                .append(",\"rateLimits\":[{\"rateLimitType\":\"REQUEST_WEIGHT\",\"interval\":\"MINUTE\",")
                .append("\"intervalNum\":1,\"limit\":1000000}],\"symbols\":[");
        String separator = "";
        for (String symbol : symbols()) {
            Decimals seen = decimals(symbol);
            int split = symbol.length() - quoteLength(symbol);
            out.append(separator)
                    .append("{\"symbol\":\"")
                    .append(symbol)
                    .append("\",\"status\":\"TRADING\",\"baseAsset\":\"")
                    .append(symbol, 0, split)
                    .append("\",\"quoteAsset\":\"")
                    .append(symbol, split, symbol.length())
                    .append("\",\"filters\":[{\"filterType\":\"PRICE_FILTER\",\"tickSize\":\"")
                    .append(Decimals.step(seen.price()))
                    .append("\"},{\"filterType\":\"LOT_SIZE\",\"stepSize\":\"")
                    .append(Decimals.step(seen.quantity()))
                    .append("\"}]}");
            separator = ",";
        }
        return out.append("]}").toString();
    }

    private static int quoteLength(String symbol) {
        return QUOTES.stream()
                .filter(quote -> symbol.endsWith(quote) && symbol.length() > quote.length())
                .mapToInt(String::length)
                .findFirst()
                .orElse(Math.min(3, symbol.length() - 1));
    }

    @Override
    protected List<String> onRequest(JsonNode request) {
        for (JsonNode stream : request.path("params")) {
            if ("SUBSCRIBE".equals(request.path("method").asText())) {
                subscribed.add(stream.asText());
            } else {
                subscribed.remove(stream.asText());
            }
        }
        return List.of("{\"result\":null,\"id\":" + request.path("id") + "}");
    }

    @Override
    protected String malformed() {
        return "{\"code\":2,\"msg\":\"Invalid request\"}";
    }

    @Override
    boolean isSubscribed(String symbol) {
        String prefix = symbol.toLowerCase(Locale.ROOT) + "@depth";
        return subscribed.stream().anyMatch(stream -> stream.startsWith(prefix));
    }

    @Override
    boolean isReady() {
        return books.values().stream().allMatch(book -> book.isStarted);
    }

    /** A snapshot recorded before the frame and newer than the book replaces the book first. */
    @Override
    protected void follow(Frame frame, ModelBook book) {
        Deque<Snapshot> later = snapshots.getOrDefault(frame.symbol(), new ArrayDeque<>());
        while (!later.isEmpty() && later.element().ts().compareTo(frame.ts()) <= 0) {
            Snapshot snapshot = later.remove();
            if (snapshot.body().path("lastUpdateId").asLong() > book.id) {
                load(book, snapshot.body());
            }
        }
        JsonNode data = frame.json().path("data");
        long lastId = data.path("u").asLong();
        if (lastId > book.id) {
            setPairs(book, true, data.path("b"));
            setPairs(book, false, data.path("a"));
            book.id = lastId;
        }
    }
}
