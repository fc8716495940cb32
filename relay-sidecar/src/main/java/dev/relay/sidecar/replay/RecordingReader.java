package dev.relay.sidecar.replay;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * Reads recordings line by line in any of three forms, told apart by the line itself: {@code TS: PAYLOAD} and its URL
 * forms, {@code {"ts":…,"frame":…}}, and the lines of {@code relay record}; compressed or not. The first broken line ends
 * reading with its file, number and reason.
 */
final class RecordingReader {
    /** Exact numbers with their trailing zeros: digits matter for checksums. */
    static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private static final Pattern OPENED = Pattern.compile("\\S+ <-> \\d+(\\.\\d+)?");
    private static final Pattern SENT = Pattern.compile("\\S+ <- \\d+(\\.\\d+)?: .*");
    private static final Pattern REST = Pattern.compile("(\\S+) -> (\\d+(?:\\.\\d+)?): (.*)");
    private static final Pattern RECEIVED = Pattern.compile("(\\d+(?:\\.\\d+)?): (.*)");
    private static final int GZIP_MAGIC = 0x1f8b;

    /** Takes what lines hold. */
    interface Sink {
        /** Whether what this connection sent and got is wanted; said before each such line, 0 where lines name none. */
        default boolean takes(long connection) {
            return true;
        }

        void frame(BigDecimal ts, String text) throws BrokenLine;

        void rest(BigDecimal ts, String url, String body) throws BrokenLine;

        void sent(String text) throws BrokenLine;

        /** Decimals of an instrument as the recorder knew them. */
        void instrument(String venueSymbol, int priceDecimals, int quantityDecimals);

        /** The recorder had to leave out so many frames here. */
        void lost(long count);
    }

    private final Sink sink;

    RecordingReader(Sink sink) {
        this.sink = sink;
    }

    void read(List<Path> files) throws RecordingException, IOException {
        for (Path file : files) {
            readFile(file);
        }
    }

    private void readFile(Path file) throws RecordingException, IOException {
        int number = 0;
        try (BufferedReader lines = open(file)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                if (!line.isBlank()) {
                    readLine(line.strip());
                }
            }
        } catch (BrokenLine e) {
            throw new RecordingException(file, number, String.valueOf(e.getMessage()));
        } catch (CharacterCodingException e) {
            throw new RecordingException(file, number + 1, "not UTF-8 text");
        } catch (EOFException | ZipException e) {
            throw new RecordingException(file, number + 1, "compressed data ends or breaks here: " + e.getMessage());
        }
    }

    private static BufferedReader open(Path file) throws IOException {
        InputStream in = new BufferedInputStream(Files.newInputStream(file));
        in.mark(2);
        int magic = in.read() << 8 | in.read();
        in.reset();
        return new BufferedReader(new InputStreamReader(
                magic == GZIP_MAGIC ? new GZIPInputStream(in) : in,
                StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT)));
    }

    private void readLine(String line) throws BrokenLine {
        if (line.startsWith("{")) {
            readObject(parse(line, "line"));
            return;
        }
        Matcher rest = REST.matcher(line);
        if (rest.matches()) {
            sink.rest(new BigDecimal(rest.group(2)), rest.group(1), withoutHeader(rest.group(3)));
            return;
        }
        Matcher received = RECEIVED.matcher(line);
        if (received.matches()) {
            sink.frame(new BigDecimal(received.group(1)), received.group(2));
        } else if (SENT.matcher(line).matches()) {
            sink.sent(line.substring(line.indexOf(": ", line.indexOf(" <- ")) + 2));
        } else if (!OPENED.matcher(line).matches()) {
            throw new BrokenLine(
                    "no such line form; expected 'TS: PAYLOAD', 'URL -> TS: BODY', 'URL <-> TS', 'URL <- TS: JSON'"
                            + " or a JSON object with ts and frame");
        }
    }

    private static String withoutHeader(String body) {
        int header = body.lastIndexOf(" header: ");
        return header > 0 ? body.substring(0, header) : body;
    }

    static JsonNode parse(String text, String what) throws BrokenLine {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new BrokenLine(what + " is not JSON: " + e.getOriginalMessage());
        }
    }

    private void readObject(JsonNode line) throws BrokenLine {
        boolean isOfConnection = line.has("frame") || line.has("sent");
        if (isOfConnection && !sink.takes(line.path("conn").asLong())) {
            return;
        }
        if (line.has("frame")) {
            sink.frame(ts(line), text(line, "frame"));
        } else if (line.has("rest")) {
            sink.rest(ts(line), text(line, "rest"), text(line, "body"));
        } else if (line.has("sent")) {
            sink.sent(text(line, "sent"));
        } else if (line.has("instrument")) {
            sink.instrument(
                    text(line, "instrument"),
                    line.path("price_decimals").asInt(),
                    line.path("quantity_decimals").asInt());
        } else if (line.has("lost")) {
            sink.lost(line.path("lost").asLong());
        } else if (!line.has("opened") && !line.has("closed") && !line.has("relay_recording")) {
            throw new BrokenLine("JSON line without frame, rest, sent, instrument, lost, opened or closed");
        }
    }

    private static BigDecimal ts(JsonNode line) throws BrokenLine {
        if (!line.path("ts").isNumber() || line.path("ts").decimalValue().signum() < 0) {
            throw new BrokenLine("ts is not a number of seconds");
        }
        return line.path("ts").decimalValue();
    }

    private static String text(JsonNode line, String field) throws BrokenLine {
        if (!line.path(field).isTextual()) {
            throw new BrokenLine(field + " is not a text");
        }
        return line.path(field).asText();
    }
}
