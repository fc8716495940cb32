package dev.relay.sidecar.venue.binance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.relay.sidecar.book.BookMailbox;
import dev.relay.sidecar.book.BookStatus;
import dev.relay.sidecar.book.BookSync;
import dev.relay.sidecar.book.Delta;
import dev.relay.sidecar.book.Scale;
import dev.relay.sidecar.book.SyncReason;
import dev.relay.sidecar.venue.Instrument;
import dev.relay.sidecar.venue.SymbolTable;
import dev.relay.sidecar.venue.VenueBook;
import dev.relay.sidecar.venue.binance.FrameParser.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The hand-written scanner against Jackson on frames that a seeded generator makes. */
class FrameParserTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Scale PRICE = new Scale(8);
    private static final Scale QUANTITY = new Scale(8);

    private final FrameParser parser = new FrameParser(new SymbolTable(List.of(book("BTCUSDT"), book("ETHBTC"))));

    private static VenueBook book(String name) {
        BookSync sync = new BookSync(name, 10, 100, 10, new BookSync.Port() {
            @Override
            public void requestSnapshot(BookSync sync) {}

            @Override
            public void changed(BookSync sync) {}

            @Override
            public void transition(BookSync sync, BookStatus from, BookStatus to, SyncReason reason) {}
        });
        return new VenueBook(new Instrument(name, name, PRICE, QUANTITY), sync, new BookMailbox(name, 10));
    }

    private Kind parse(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return parser.parse(bytes, bytes.length);
    }

    @Test
    void shouldReadWhatJacksonReadsInAnyFieldOrderAndSpacing() throws IOException {
        SplittableRandom random = new SplittableRandom(21);
        for (int i = 0; i < 20_000; i++) {
            String frame = depthFrame(random);
            assertThat(parse(frame)).as(frame).isEqualTo(Kind.DEPTH);
            JsonNode data = JSON.readTree(frame).path("data");
            Delta delta = parser.delta();
            assertThat(parser.book().instrument().venueSymbol())
                    .isEqualTo(data.path("s").asText());
            assertThat(delta.firstId()).isEqualTo(data.path("U").asLong());
            assertThat(delta.lastId()).isEqualTo(data.path("u").asLong());
            assertThat(delta.eventAtMs()).isEqualTo(data.path("E").asLong());
            assertThat(delta.bidCount()).isEqualTo(data.path("b").size());
            assertThat(delta.askCount()).isEqualTo(data.path("a").size());
            for (int level = 0; level < delta.bidCount(); level++) {
                JsonNode pair = data.path("b").path(level);
                assertThat(delta.bidPrice(level))
                        .isEqualTo(PRICE.parse(pair.path(0).asText()));
                assertThat(delta.bidQuantity(level))
                        .isEqualTo(QUANTITY.parse(pair.path(1).asText()));
            }
            for (int level = 0; level < delta.askCount(); level++) {
                JsonNode pair = data.path("a").path(level);
                assertThat(delta.askPrice(level))
                        .isEqualTo(PRICE.parse(pair.path(0).asText()));
                assertThat(delta.askQuantity(level))
                        .isEqualTo(QUANTITY.parse(pair.path(1).asText()));
            }
        }
    }

    private static String depthFrame(SplittableRandom random) {
        String space = random.nextInt(4) == 0 ? " " : "";
        long id = random.nextLong(1_000_000_000_000L);
        List<String> fields = new ArrayList<>(List.of(
                "\"e\":" + space + "\"depthUpdate\"",
                "\"E\":" + random.nextLong(2_000_000_000_000L),
                "\"s\"" + space + ":\"" + (random.nextBoolean() ? "BTCUSDT" : "ETHBTC") + "\"",
                "\"U\":" + id,
                "\"u\":" + (id + random.nextInt(9)),
                "\"b\":" + levels(random, space),
                "\"a\":" + levels(random, space)));
        if (random.nextInt(3) == 0) {
            fields.add("\"x\":{\"deep\":[1,-2.5e3,true,null,\"q\\\"\\u0041\"]}");
        }
        if (random.nextBoolean()) {
            Collections.shuffle(fields, new Random(random.nextLong()));
        }
        return "{\"stream\":\"btcusdt@depth@100ms\"," + space + "\"data\":{" + String.join("," + space, fields) + "}}";
    }

    private static String levels(SplittableRandom random, String space) {
        StringBuilder out = new StringBuilder("[");
        for (int i = random.nextInt(6); i > 0; i--) {
            out.append("[\"")
                    .append(PRICE.text(random.nextLong(1L << 50)))
                    .append("\",")
                    .append(space);
            out.append('"')
                    .append(QUANTITY.text(random.nextLong(1L << 40)))
                    .append("\"]")
                    .append(i > 1 ? "," : "");
        }
        return out.append(']').toString();
    }

    @Test
    void shouldNeverAcceptADepthFrameThatJacksonRejects() {
        SplittableRandom random = new SplittableRandom(22);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = depthFrame(random).getBytes(StandardCharsets.UTF_8);
            bytes[random.nextInt(bytes.length)] = (byte) " {}[],:\"0e.\\x".charAt(random.nextInt(13));
            int length = random.nextInt(5) == 0 ? random.nextInt(bytes.length) : bytes.length;
            if (parser.parse(bytes, length) == Kind.DEPTH) {
                String text = new String(bytes, 0, length, StandardCharsets.UTF_8);
                assertThat(isJson(text)).as(text).isTrue();
            }
        }
    }

    private static boolean isJson(String text) {
        try {
            return JSON.readTree(text).isObject();
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void shouldTellTickersFaultsControlsAndStrangersApart() {
        String ticker =
                "{\"stream\":\"btcusdt@bookTicker\",\"data\":{\"u\":7,\"s\":\"BTCUSDT\",\"b\":\"1.0\",\"B\":\"2\","
                        + "\"a\":\"1.1\",\"A\":\"3\"}}";
        assertThat(parse(ticker)).isEqualTo(Kind.TICKER);
        assertThat(parse(ticker.replace("BTCUSDT", "DOGEUSDT"))).isEqualTo(Kind.OTHER);
        assertThat(parse(ticker.replace("1.0\"", "1.000000001\""))).isEqualTo(Kind.FAULT);
        assertThat(parse("{\"result\":null,\"id\":1}")).isEqualTo(Kind.CONTROL);
        assertThat(parse("{\"stream\":\"btcusdt@depth\",\"data\":{\"s\":\"BTCUSDT\",\"b\":[],\"a\":[]}}"))
                .isEqualTo(Kind.BROKEN);
        assertThat(parse("{\"stream\":")).isEqualTo(Kind.BROKEN);
        assertThat(parse("[".repeat(100_000))).isEqualTo(Kind.BROKEN);
    }
}
