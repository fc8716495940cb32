package dev.relay.sidecar.replay;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A Binance recording in memory: stream frames in time order and REST depth answers per symbol. Every line is checked
 * when read; the first broken one ends reading with its file, number and reason.
 */
final class BinanceRecording {
    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final Pattern OPENED = Pattern.compile("\\S+ <-> \\d+(\\.\\d+)?");
    private static final Pattern SENT = Pattern.compile("\\S+ <- \\d+(\\.\\d+)?: .*");
    private static final Pattern REST = Pattern.compile("(\\S+) -> (\\d+(?:\\.\\d+)?): (.*)");
    private static final Pattern RECEIVED = Pattern.compile("(\\d+(?:\\.\\d+)?): (.*)");
    private static final Pattern SYMBOL = Pattern.compile("[?&]symbol=([A-Za-z0-9]+)");

    /** One received text frame of a named stream. */
    record Frame(BigDecimal ts, String stream, String text, JsonNode data) {
        boolean isDepth() {
            return stream.endsWith("@depth") || stream.contains("@depth@");
        }

        String symbol() {
            return stream.substring(0, Math.max(0, stream.indexOf('@'))).toUpperCase(Locale.ROOT);
        }
    }

    /** One REST depth answer. */
    record Snapshot(BigDecimal ts, String text, JsonNode body) {}

    /** Digits after the point seen for one symbol. */
    static final class Decimals {
        int price;
        int quantity;

        void see(JsonNode pairs) {
            for (JsonNode pair : pairs) {
                price = Math.max(price, decimals(pair.path(0).asText()));
                quantity = Math.max(quantity, decimals(pair.path(1).asText()));
            }
        }

        private static int decimals(String number) {
            int point = number.indexOf('.');
            return point < 0 ? 0 : number.length() - point - 1;
        }
    }

    private final List<Frame> frames = new ArrayList<>();
    private final Map<String, List<Snapshot>> snapshots = new TreeMap<>();
    private final Map<String, Decimals> decimals = new TreeMap<>();

    private BinanceRecording() {}

    static BinanceRecording read(List<Path> files) throws RecordingException, IOException {
        BinanceRecording recording = new BinanceRecording();
        for (Path file : files) {
            recording.readFile(file);
        }
        recording.frames.sort(Comparator.comparing(Frame::ts));
        recording.check();
        return recording;
    }

    private void readFile(Path file) throws RecordingException, IOException {
        List<String> lines;
        try {
            lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (CharacterCodingException e) {
            throw new RecordingException(file, 0, "not UTF-8 text");
        }
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            String problem = line.isEmpty() ? "" : readLine(line);
            if (!problem.isEmpty()) {
                throw new RecordingException(file, i + 1, problem);
            }
        }
    }

    /** Empty when the line is good, else what is wrong with it. */
    private String readLine(String line) {
        Matcher rest = REST.matcher(line);
        if (rest.matches()) {
            return readRest(rest.group(1), new BigDecimal(rest.group(2)), rest.group(3));
        }
        Matcher received = RECEIVED.matcher(line);
        if (received.matches()) {
            return readFrame(new BigDecimal(received.group(1)), received.group(2));
        }
        boolean isOther = OPENED.matcher(line).matches() || SENT.matcher(line).matches();
        return isOther
                ? ""
                : "no such line form; expected 'TS: PAYLOAD', 'URL -> TS: BODY', 'URL <-> TS' or 'URL <- TS: JSON'";
    }

    private String readRest(String url, BigDecimal ts, String rawBody) {
        int header = rawBody.lastIndexOf(" header: ");
        String body = header > 0 ? rawBody.substring(0, header) : rawBody;
        Matcher symbol = SYMBOL.matcher(url);
        if (!url.contains("/depth") || !symbol.find()) {
            return "";
        }
        try {
            JsonNode json = JSON.readTree(body);
            if (!json.path("lastUpdateId").isIntegralNumber()
                    || !arePairs(json.path("bids"))
                    || !arePairs(json.path("asks"))) {
                return "depth answer without lastUpdateId, bids and asks";
            }
            String name = symbol.group(1).toUpperCase(Locale.ROOT);
            snapshots.computeIfAbsent(name, key -> new ArrayList<>()).add(new Snapshot(ts, body, json));
            see(name, json.path("bids"), json.path("asks"));
            return "";
        } catch (JsonProcessingException e) {
            return "REST body is not JSON: " + e.getOriginalMessage();
        }
    }

    private String readFrame(BigDecimal ts, String payload) {
        try {
            JsonNode json = JSON.readTree(payload);
            if (!json.isObject()) {
                return "frame is not a JSON object";
            }
            if (!json.path("stream").isTextual() || !json.path("data").isObject()) {
                return json.has("result") || json.has("id") ? "" : "frame without stream and data";
            }
            Frame frame = new Frame(ts, json.path("stream").asText(), payload, json.path("data"));
            return frame.isDepth() ? readDepth(frame) : add(frame);
        } catch (JsonProcessingException e) {
            return "frame is not JSON: " + e.getOriginalMessage();
        }
    }

    private String readDepth(Frame frame) {
        JsonNode data = frame.data();
        boolean hasIds = data.path("U").isIntegralNumber() && data.path("u").isIntegralNumber();
        if (!hasIds || !arePairs(data.path("b")) || !arePairs(data.path("a"))) {
            return "depth frame without U, u, b and a";
        }
        see(frame.symbol(), data.path("b"), data.path("a"));
        return add(frame);
    }

    private String add(Frame frame) {
        frames.add(frame);
        return "";
    }

    private void see(String symbol, JsonNode bids, JsonNode asks) {
        Decimals seen = decimals.computeIfAbsent(symbol, key -> new Decimals());
        seen.see(bids);
        seen.see(asks);
    }

    private static boolean arePairs(JsonNode levels) {
        if (!levels.isArray()) {
            return false;
        }
        for (JsonNode level : levels) {
            if (!isNumber(level.path(0)) || !isNumber(level.path(1))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isNumber(JsonNode node) {
        return node.isTextual() && node.asText().matches("\\d+(\\.\\d+)?");
    }

    private void check() throws RecordingException {
        for (Frame frame : frames) {
            if (frame.isDepth() && !snapshots.containsKey(frame.symbol())) {
                throw new RecordingException("depth frames but no REST depth answer for a symbol; add the rest.log,"
                        + " symbol=" + frame.symbol());
            }
        }
        if (snapshots.isEmpty()) {
            throw new RecordingException("no book in it: no REST depth answer found");
        }
    }

    List<Frame> frames() {
        return frames;
    }

    /** Answers per symbol in recorded order. */
    Map<String, List<Snapshot>> snapshots() {
        return snapshots;
    }

    Decimals decimals(String symbol) {
        return decimals.getOrDefault(symbol, new Decimals());
    }
}
