package dev.relay.sidecar.replay;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each kind of broken line is refused before anything is started, with file, line and reason. */
class BrokenRecordingTest {
    private static final String REST =
            "https://x/api/v3/depth?symbol=AB&limit=5 -> 1.5: {\"lastUpdateId\":1,\"bids\":[],\"asks\":[]}";
    private static final String DEPTH =
            "2.5: {\"stream\":\"ab@depth@100ms\",\"data\":{\"s\":\"AB\",\"U\":2,\"u\":2,\"b\":[[\"1\",\"2\"]],\"a\":[]}}";

    @TempDir
    Path dir = Path.of("");

    private void assertRefused(String line, String reason) throws Exception {
        Path file = Files.write(dir.resolve("broken.log"), List.of(REST, "", line));
        assertThatThrownBy(() -> ReplayRun.run(ReplayConfig.max("binance-spot", List.of(file))))
                .isInstanceOf(RecordingException.class)
                .hasMessageContaining(file + ":3: ")
                .hasMessageContaining(reason);
    }

    @Test
    void shouldNameFileLineAndReason() throws Exception {
        assertRefused("garbage", "no such line form");
        assertRefused("2.5: {\"stream\":", "not JSON");
        assertRefused("2.5: [1]", "not a JSON object");
        assertRefused(DEPTH.replace("\"U\":2,", ""), "depth frame without");
        assertRefused(DEPTH.replace("\"1\"", "\"1x\""), "depth frame without");
        assertRefused(REST.replace("\"bids\":[],", ""), "depth answer without");
    }

    @Test
    void shouldNameASymbolWithoutASnapshot() throws Exception {
        Path file = Files.write(dir.resolve("stream.log"), List.of(DEPTH));
        assertThatThrownBy(() -> ReplayRun.run(ReplayConfig.max("binance-spot", List.of(file))))
                .isInstanceOf(RecordingException.class)
                .hasMessageContaining("symbol=AB");
    }

    @Test
    void shouldAcceptBlankLinesHeadersAndRecordedAcks() throws Exception {
        Path file = Files.write(
                dir.resolve("good.log"),
                List.of(
                        "wss://x <-> 0.5",
                        "wss://x <- 0.6: {\"id\":1}",
                        "",
                        REST + " header: {'a': 1}",
                        "0: {\"result\":null,\"id\":1}",
                        DEPTH));
        ReplayReport report = ReplayRun.run(ReplayConfig.max("binance-spot", List.of(file)));
        Assertions.assertThat(report.toJson())
                .contains("\"AB\":{\"frames_applied\":1,\"gaps\":0")
                .contains("\"bids\":[[\"1\",\"2\"]]");
    }
}
