package dev.relay.sidecar.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A recording of connections beside each other, each with the venue's numbering of its own. */
class SeveralConnectionsIT {
    private static final int UPDATES = 20;

    @TempDir
    Path dir = Path.of("");

    private final List<String> lines = new ArrayList<>();

    private void line(int connection, long number, String product, String type, int quantity) {
        String frame = "{\"channel\":\"l2_data\",\"timestamp\":\"2026-10-06T10:00:00Z\",\"sequence_num\":" + number
                + ",\"events\":[{\"type\":\"" + type + "\",\"product_id\":\"" + product + "\",\"updates\":["
                + "{\"side\":\"bid\",\"price_level\":\"100.00\",\"new_quantity\":\"" + quantity + "\"},"
                + "{\"side\":\"offer\",\"price_level\":\"101.00\",\"new_quantity\":\"" + quantity + "\"}]}]}";
        lines.add("{\"ts\":" + lines.size() + ".5,\"conn\":" + connection + ",\"frame\":\""
                + frame.replace("\"", "\\\"") + "\"}");
    }

    private Path recording() throws Exception {
        line(0, 0, "BTC-USD", "snapshot", 1);
        line(1, 5_000, "ETH-USD", "snapshot", 1);
        for (int i = 1; i <= UPDATES; i++) {
            line(0, i, "BTC-USD", "update", 1 + i);
            line(1, 5_000 + i, "ETH-USD", "update", 100 + i);
        }
        line(2, 0, "BTC-USD", "snapshot", 70); // its first connection ended: the same book goes on
        line(2, 1, "BTC-USD", "update", 71);
        return Files.write(dir.resolve("two.jsonl"), lines);
    }

    @Test
    void shouldReplayConnectionsOneAtATimeAndFindNoGapBetweenThem() throws Exception {
        ReplayReport report = ReplayRun.run(ReplayConfig.max("coinbase", List.of(recording())));
        assertThat(report.books()).containsOnlyKeys("BTC-USD", "ETH-USD");
        report.books().values().forEach(book -> assertThat(book.gaps()).isZero());
        assertThat(quantity(report, "BTC-USD")).isEqualByComparingTo("71");
        assertThat(quantity(report, "ETH-USD")).isEqualByComparingTo("120");
    }

    private static BigDecimal quantity(ReplayReport report, String symbol) {
        ReplayReport.Entry book = report.books().get(symbol);
        assertThat(book).isNotNull();
        return book.bids().get(0).quantity();
    }

    @Test
    void shouldKeepConnectionsOfTheSameBookTogether() throws Exception {
        List<ReplayScript> parts = ReplayScript.readParts("coinbase", List.of(recording()));
        assertThat(parts).hasSize(2);
        assertThat(parts.stream().map(ReplayScript::symbols).map(List::copyOf))
                .containsExactlyInAnyOrder(List.of("BTC-USD"), List.of("ETH-USD"));
    }
}
