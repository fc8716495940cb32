package dev.relay.sidecar.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.relay.client.redis.BookReader;
import dev.relay.sidecar.RelaySidecar;
import dev.relay.sidecar.SidecarConfig;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole process against a local venue: start, admin pages, losing and regaining the stream. */
class RelaySidecarIT {
    private static final Duration SOON = Duration.ofSeconds(15);

    @TempDir
    Path dir = Path.of("");

    private ReplayScript recording() throws Exception {
        Path file = Files.write(
                dir.resolve("r.log"),
                List.of(
                        "https://x/api/v3/depth?symbol=ABCBTC -> 1:"
                                + " {\"lastUpdateId\":1,\"bids\":[[\"1.0\",\"2\"]],\"asks\":[]}",
                        "2: {\"stream\":\"abcbtc@depth@100ms\",\"data\":{\"s\":\"ABCBTC\",\"U\":2,\"u\":2,"
                                + "\"b\":[[\"1.1\",\"2\"]],\"a\":[[\"1.2\",\"3\"]]}}"));
        return ReplayScript.read("binance-spot", List.of(file));
    }

    private static HttpResponse<String> get(RelaySidecar sidecar, String path) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + sidecar.adminPort() + path);
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void shouldServeAdminPagesAndPublishWhereItWrites() throws Exception {
        Path data = dir.resolve("state/sidecar");
        try (ReplayServer venue = new ReplayServer(recording(), 0);
                RelaySidecar sidecar = RelaySidecar.start(
                        SidecarConfig.of(venue.rest(), venue.streams(), List.of("ABC-BTC"), data, dir))) {
            assertThat(Files.getPosixFilePermissions(data.getParent()))
                    .as("a daemon may have its data there")
                    .isEqualTo(PosixFilePermissions.fromString("rwx------"));
            await().atMost(SOON).until(() -> get(sidecar, "/readyz").statusCode() == 200);
            assertThat(get(sidecar, "/livez").statusCode()).isEqualTo(200);
            assertThat(get(sidecar, "/health").body()).contains("\"score\":100");
            assertThat(get(sidecar, "/metrics").body())
                    .contains("relay_book_live{symbol=\"ABC-BTC\",venue=\"BINANCE\"} 1.0")
                    .contains("relay_feed_frames_total");
            assertThat(get(sidecar, "/other").statusCode()).isEqualTo(404);
            assertThat(Files.readString(dir.resolve("redis.json")))
                    .contains("unix:")
                    .contains("\"data_dir\":\"" + data + "\"")
                    .contains("book:<SYMBOL>");
        }
    }

    @Test
    void shouldNameASymbolThatTheVenueDoesNotList() throws Exception {
        try (ReplayServer venue = new ReplayServer(recording(), 0);
                RelaySidecar sidecar = RelaySidecar.start(
                        SidecarConfig.of(venue.rest(), venue.streams(), List.of("ABC-BTC", "NO-PE"), dir, dir))) {
            await().atMost(SOON).until(() -> get(sidecar, "/health").body().contains("UNKNOWN_SYMBOL"));
            assertThat(get(sidecar, "/readyz").statusCode()).isEqualTo(503);
        }
    }

    @Test
    void shouldGoStaleAndComeBackWhenTheStreamIsCut() throws Exception {
        try (ReplayServer venue = new ReplayServer(recording(), 0);
                RelaySidecar sidecar =
                        RelaySidecar.start(SidecarConfig.of(venue.rest(), venue.streams(), List.of(), dir, dir));
                BookReader reader = new BookReader(sidecar.redisAddress(), "BINANCE")) {
            await().atMost(SOON)
                    .ignoreExceptions()
                    .until(() -> reader.book("ABC-BTC", 5).sequence() == 2);
            long resyncs = sidecar.view().feedStatus().books().get(0).resyncs();
            venue.cutClient();
            await().atMost(SOON)
                    .until(() -> sidecar.view().feedStatus().books().get(0).resyncs() > resyncs);
            await().atMost(SOON)
                    .ignoreExceptions()
                    .until(() -> reader.book("ABC-BTC", 5).asks().size() == 1);
            assertThat(sidecar.view().feedStatus().connects()).isEqualTo(2);
        }
    }
}
