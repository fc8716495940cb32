package dev.relay.sidecar.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relay.sidecar.book.BookStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Coinbase and Hyperliquid by frames made after their documentation: parser and book alone, then the whole replay. */
class SynthesizedVenuesTest {
    private static final String COINBASE_SNAPSHOT =
            "{\"channel\":\"l2_data\",\"client_id\":\"\",\"timestamp\":\"2023-02-09T20:32:50.714964855Z\","
                    + "\"sequence_num\":2,\"events\":[{\"type\":\"snapshot\",\"product_id\":\"BTC-USD\",\"updates\":["
                    + "{\"side\":\"bid\",\"event_time\":\"1970-01-01T00:00:00Z\",\"price_level\":\"21921.73\","
                    + "\"new_quantity\":\"0.06317902\"},"
                    + "{\"side\":\"bid\",\"event_time\":\"1970-01-01T00:00:00Z\",\"price_level\":\"21921.3\","
                    + "\"new_quantity\":\"0.02\"},"
                    + "{\"side\":\"offer\",\"event_time\":\"1970-01-01T00:00:00Z\",\"price_level\":\"21924.06\","
                    + "\"new_quantity\":\"0.1\"}]}]}";
    private static final String HEARTBEAT =
            "{\"channel\":\"heartbeats\",\"client_id\":\"\",\"timestamp\":\"2023-06-23T20:31:26.122969572Z\","
                    + "\"sequence_num\":SEQ,\"events\":[{\"current_time\":\"2023-06-23 20:31:56\","
                    + "\"heartbeat_counter\":\"3049\"}]}";

    @TempDir
    Path dir = Path.of("");

    private static String coinbaseUpdate(long number, String side, String price, String quantity) {
        return "{\"channel\":\"l2_data\",\"timestamp\":\"2023-02-09T20:32:51.100Z\",\"sequence_num\":" + number
                + ",\"events\":[{\"type\":\"update\",\"product_id\":\"BTC-USD\",\"updates\":[{\"side\":\"" + side
                + "\",\"event_time\":\"2023-02-09T20:32:51.1Z\",\"price_level\":\"" + price
                + "\",\"new_quantity\":\"" + quantity + "\"}]}]}";
    }

    private static String hyperliquid(long time, String bid, String ask) {
        return "{\"channel\":\"l2Book\",\"data\":{\"coin\":\"BTC\",\"time\":" + time + ",\"levels\":[[{\"px\":\"" + bid
                + "\",\"sz\":\"7.6699\",\"n\":17}],[{\"px\":\"" + ask + "\",\"sz\":\"0.1\",\"n\":1}]]}}";
    }

    private ReplayScript script(String venue, String... frames) throws Exception {
        return ReplayScript.read(venue, List.of(file(frames)));
    }

    private Path file(String... frames) throws Exception {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < frames.length; i++) {
            lines.add((1_700_000_000 + i) + ".5: " + frames[i]);
        }
        return Files.write(dir.resolve("made.log"), lines);
    }

    @Test
    void shouldKeepACoinbaseBookAsLongAsTheConnectionsNumbersRunOn() throws Exception {
        BookRig rig = new BookRig(
                script("coinbase", COINBASE_SNAPSHOT, coinbaseUpdate(3, "bid", "21922.00", "0.00000001")),
                "BTC-USD",
                10);
        rig.sync.onSubscribed();
        rig.feed(HEARTBEAT.replace("SEQ", "1"));
        rig.feed(COINBASE_SNAPSHOT);
        rig.feed(coinbaseUpdate(3, "bid", "21922.00", "0.00000001"));
        rig.feed(coinbaseUpdate(4, "offer", "21924.06", "0"));
        rig.feed(coinbaseUpdate(5, "offer", "21925", "2"));
        assertThat(rig.sync.status())
                .isEqualTo(BookStatus.SYNCING); // the offer side ran empty: only a snapshot can tell
        rig.feed(COINBASE_SNAPSHOT.replace("\"sequence_num\":2", "\"sequence_num\":6"));
        assertThat(rig.top(10).bids()).containsExactly("21921.73:0.06317902", "21921.3:0.02");
        assertThat(rig.sync.eventAtMs()).isEqualTo(1_675_974_771_100L);
        assertThat(rig.sync.provenDepth()).isEqualTo(10);
    }

    /** B1: a heartbeat lost on the socket is a lost frame like any other. */
    @Test
    void shouldBeginAgainWhenANumberOfTheCoinbaseConnectionIsMissing() throws Exception {
        BookRig rig = new BookRig(
                script("coinbase", COINBASE_SNAPSHOT, coinbaseUpdate(3, "bid", "21922.00", "0.00000001")),
                "BTC-USD",
                10);
        rig.sync.onSubscribed();
        rig.feed(COINBASE_SNAPSHOT);
        assertThat(rig.isLive()).isTrue();
        rig.feed(HEARTBEAT.replace("SEQ", "4"));
        assertThat(rig.gaps).isEqualTo(1);
        assertThat(rig.isSnapshotAsked).isTrue();
        rig.feed(coinbaseUpdate(5, "bid", "21922.00", "1"));
        assertThat(rig.isLive()).isFalse();
        rig.feed(COINBASE_SNAPSHOT.replace("\"sequence_num\":2", "\"sequence_num\":6"));
        assertThat(rig.isLive()).isTrue();
        assertThat(rig.sync.counts().resyncs()).isEqualTo(1);
    }

    @Test
    void shouldTakeEveryHyperliquidFrameAsTheWholeBookButNoneOlderThanIt() throws Exception {
        BookRig rig = new BookRig(script("hyperliquid", hyperliquid(1_000, "113377.0", "113397.5")), "BTC", 100);
        rig.sync.onSubscribed();
        rig.feed(hyperliquid(1_000, "113377.0", "113397.5"));
        rig.feed(hyperliquid(1_500, "113378.0", "113398"));
        rig.feed(hyperliquid(1_200, "113300.0", "113397.5"));
        assertThat(rig.top(5).bids()).containsExactly("113378:7.6699");
        assertThat(rig.top(5).asks()).containsExactly("113398:0.1");
        assertThat(rig.sync.provenDepth()).isEqualTo(20);
        assertThat(rig.sync.counts().ignored()).isEqualTo(1);
    }

    /** B4 */
    @Test
    void shouldNeverShowACrossedHyperliquidFrame() throws Exception {
        BookRig rig = new BookRig(script("hyperliquid", hyperliquid(1_000, "113377.0", "113397.5")), "BTC", 100);
        rig.sync.onSubscribed();
        rig.feed(hyperliquid(1_000, "113377.0", "113397.5"));
        rig.feed(hyperliquid(1_500, "113399.0", "113398.0"));
        assertThat(rig.isLive()).isFalse();
        rig.feed(hyperliquid(2_000, "113390.0", "113398.0"));
        assertThat(rig.isLive()).isTrue();
        assertThat(rig.sync.counts().crossed()).isEqualTo(1);
    }

    @Test
    void shouldReplayBothThroughTheWholeSidecar() throws Exception {
        Path coinbase = file(
                COINBASE_SNAPSHOT,
                coinbaseUpdate(3, "bid", "21922.00", "0.5"),
                HEARTBEAT.replace("SEQ", "4"),
                coinbaseUpdate(6, "offer", "21923.99", "0.25"),
                coinbaseUpdate(7, "bid", "21922.01", "1"));
        String report =
                ReplayRun.run(ReplayConfig.max("coinbase", List.of(coinbase))).toJson();
        assertThat(report)
                .contains("\"gaps\":1")
                .contains("\"resyncs\":1")
                .contains("\"bids\":[[\"21922.01\",\"1\"],[\"21922\",\"0.5\"]")
                .contains("\"asks\":[[\"21923.99\",\"0.25\"],[\"21924.06\",\"0.1\"]");
        Path hyperliquid = file(hyperliquid(1_000, "113377.0", "113397.5"), hyperliquid(1_500, "113378.0", "113398.0"));
        assertThat(ReplayRun.run(ReplayConfig.max("hyperliquid", List.of(hyperliquid)))
                        .toJson())
                .contains("{\"BTC\":{\"frames_applied\":2")
                .contains("\"bids\":[[\"113378\",\"7.6699\"]]");
    }

    @Test
    void shouldNameBrokenLinesOfEveryVenue() throws Exception {
        assertBroken("kraken", "{\"channel\":\"book\",\"data\":[{\"symbol\":\"A/B\",\"bids\":[]}]}", "checksum");
        assertBroken("okx", "{\"arg\":{\"channel\":\"books\",\"instId\":\"A-B\"},\"data\":[{}]}", "action");
        assertBroken("coinbase", "{\"channel\":\"l2_data\",\"events\":[]}", "sequence_num");
        assertBroken("hyperliquid", "{\"channel\":\"l2Book\",\"data\":{\"coin\":\"BTC\"}}", "time");
    }

    private void assertBroken(String venue, String frame, String reason) throws Exception {
        Path file = Files.write(
                dir.resolve("broken.jsonl"), List.of("", "{\"ts\": 1.5, \"frame\": " + quoted(frame) + "}"));
        assertThatThrownBy(() -> ReplayScript.read(venue, List.of(file)))
                .isInstanceOf(RecordingException.class)
                .hasMessageContaining(file + ":2: ")
                .hasMessageContaining(reason);
    }

    private static String quoted(String text) throws Exception {
        return RecordingReader.JSON.writeValueAsString(text);
    }
}
