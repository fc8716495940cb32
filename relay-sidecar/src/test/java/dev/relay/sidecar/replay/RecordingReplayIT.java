package dev.relay.sidecar.replay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.relay.sidecar.replay.Recordings.Recording;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real recordings through the whole sidecar and a real Redis, compared with an independent program's answers. */
class RecordingReplayIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path temp = Path.of("");

    /** What the recording itself proves, per file. */
    private static final Map<String, int[]> PROOFS = Map.of(
            "binance-spot [stream.log, rest.log]", new int[] {0, 26},
            "kraken [frames.jsonl]", new int[] {1_939, 0},
            "okx [stream.log]", new int[] {290, 0},
            "okx [frames-now.jsonl]", new int[] {0, 0});

    @Test
    void shouldEndWithTheExpectedBooksReadFromRedis() throws Exception {
        for (Recording recording : Recordings.all("replay")) {
            JsonNode got = replay(recording.venue(), recording.files());
            JsonNode expected = JSON.readTree(recording.expected().toFile());
            assertThat(got.size()).isEqualTo(expected.size());
            int checksums = 0;
            int opinions = 0;
            for (Map.Entry<String, JsonNode> truth : expected.properties()) {
                JsonNode book = got.path(truth.getKey());
                String what = recording + " " + truth.getKey();
                assertThat(book.path("final_top25"))
                        .as(what)
                        .isEqualTo(truth.getValue().path("final_top25"));
                assertThat(book.path("frames_applied").asInt())
                        .as(what)
                        .isEqualTo(truth.getValue().path("frames_applied").asInt());
                for (String none : List.of("gaps", "resyncs", "checksum_bad", "second_opinion_bad", "crossed")) {
                    assertThat(book.path(none).asInt(-1)).as(what + " " + none).isZero();
                }
                checksums += book.path("checksum_ok").asInt();
                opinions += book.path("second_opinion_ok").asInt();
            }
            assertThat(new int[] {checksums, opinions})
                    .as(recording.toString())
                    .isEqualTo(PROOFS.get(recording.toString()));
        }
    }

    /** B1, on every venue: one lost frame in the middle of one symbol's stream. */
    @Test
    void shouldResynchroniseOnlyTheSymbolThatLostAFrame() throws Exception {
        Optional<Path> kraken = Recordings.folder("kraken-v2", "Kraken replay with a missing frame");
        if (kraken.isPresent()) {
            JsonNode got = replay(
                    "kraken", List.of(without(kraken.get().resolve("frames.jsonl"), "2021-04-17T16:49:0", "XMR/USD")));
            assertThat(got.path("XMR/USD").path("checksum_bad").asInt()).isPositive();
            assertThat(got.path("XMR/USD").path("resyncs").asInt()).isPositive();
            assertThat(got.path("OMG/USD").path("checksum_bad").asInt()).isZero();
        }
        Optional<Path> okx = Recordings.folder("okx", "OKX replay with a missing frame");
        if (okx.isPresent()) {
            Path cut = without(okx.get().resolve("frames-now.jsonl"), "\\\"update\\\"", "BTC-USDT\\\"}");
            JsonNode got = replay("okx", List.of(cut));
            assertThat(got.path("BTC-USDT").path("gaps").asInt()).isEqualTo(1);
            assertThat(got.path("BTC-USDT").path("resyncs").asInt()).isEqualTo(1);
            assertThat(got.path("UNI-USD-SWAP").path("gaps").asInt()).isZero();
        }
    }

    /** The recording without the first line that holds both texts. */
    private Path without(Path file, String one, String other) throws Exception {
        List<String> lines = new ArrayList<>(Files.readAllLines(file));
        String cut = lines.stream()
                .filter(line -> line.contains(one) && line.contains(other))
                .findFirst()
                .orElseThrow();
        lines.remove(cut);
        return Files.write(temp.resolve("cut-" + file.getFileName()), lines);
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
        JsonNode got = replay("binance-spot", List.of(cut, data.get().resolve("rest.log")));
        assertThat(got.path("NKNUSDT").path("gaps").asInt()).isEqualTo(1);
        assertThat(got.path("NKNUSDT").path("resyncs").asInt()).isEqualTo(1);
        assertThat(got.path("BLZETH").path("gaps").asInt()).isZero();
    }

    private static JsonNode replay(String venue, List<Path> files) throws Exception {
        return JSON.readTree(ReplayRun.run(ReplayConfig.max(venue, files)).toJson());
    }
}
