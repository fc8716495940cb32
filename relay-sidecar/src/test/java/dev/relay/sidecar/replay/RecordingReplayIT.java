package dev.relay.sidecar.replay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real recording through the whole sidecar and a real Redis, compared with an independent program's answer. */
class RecordingReplayIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path temp = Path.of("");

    @Test
    void shouldEndWithTheExpectedBooksReadFromRedis() throws Exception {
        Optional<Path> data = Recordings.binanceSpot("replay of the Binance recording");
        if (data.isEmpty()) {
            return;
        }
        JsonNode got =
                replay(List.of(data.get().resolve("stream.log"), data.get().resolve("rest.log")));
        JsonNode expected =
                JSON.readTree(data.get().resolve("expected-books.json").toFile());
        assertThat(got.size()).isEqualTo(expected.size());
        int opinions = 0;
        for (String symbol : List.of("BLZETH", "LRCBTC", "NKNUSDT", "RUNEEUR")) {
            JsonNode book = got.path(symbol);
            assertThat(book.path("final_top25"))
                    .as(symbol)
                    .isEqualTo(expected.path(symbol).path("final_top25"));
            assertThat(book.path("frames_applied").asInt())
                    .as(symbol)
                    .isEqualTo(expected.path(symbol).path("frames_applied").asInt());
            assertThat(book.path("gaps").asInt()).as(symbol).isZero();
            assertThat(book.path("second_opinion_bad").asInt()).as(symbol).isZero();
            opinions += book.path("second_opinion_ok").asInt();
        }
        assertThat(opinions).isEqualTo(26);
    }

    @Test
    void shouldResynchroniseAndEndRightWhenAFrameIsMissing() throws Exception {
        Optional<Path> data = Recordings.binanceSpot("replay with a missing frame");
        if (data.isEmpty()) {
            return;
        }
        List<String> lines = new ArrayList<>(Files.readAllLines(data.get().resolve("stream.log")));
        lines.removeIf(line -> line.contains("\"U\":499869771,"));
        Path cut = Files.write(temp.resolve("cut.log"), lines);
        JsonNode got = replay(List.of(cut, data.get().resolve("rest.log")));
        assertThat(got.path("NKNUSDT").path("gaps").asInt()).isEqualTo(1);
        assertThat(got.path("NKNUSDT").path("resyncs").asInt()).isEqualTo(1);
        assertThat(got.path("BLZETH").path("gaps").asInt()).isZero();
    }

    private static JsonNode replay(List<Path> files) throws Exception {
        return JSON.readTree(
                ReplayRun.run(ReplayConfig.max("binance-spot", files)).toJson());
    }
}
