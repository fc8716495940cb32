package dev.relay.sidecar.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.sidecar.venue.Venues;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A short run of every part: figures are for the bench, here it counts that each frame is measured and each read right. */
class BookBenchIT {
    private static long number(Map<?, ?> figures, String name) {
        return figures.get(name) instanceof Number number ? number.longValue() : -1;
    }

    @Test
    void shouldMeasureEveryImageAndReadNoWrongBookFromASlowRedis() throws Exception {
        Map<String, Object> figures =
                BookBench.run(new BookBenchConfig(Venues.BINANCE_SPOT, List.of(), 0.3, 10_000, 20_000));
        assertThat(figures).containsEntry("source", "synthetic burst");
        assertThat(String.valueOf(figures.get("recorded"))).startsWith("recordings absent");
        for (String part : List.of("1x", "5x", "10x", "flash_crash", "sustained", "flood", "slow_redis")) {
            assertThat(figures.get(part)).as(part).isInstanceOfSatisfying(Map.class, measured -> {
                assertThat(number(measured, "images")).isPositive();
                assertThat(number(measured, "not_measured")).isZero();
                assertThat(number(measured, "visible_p50_us")).isPositive();
            });
        }
        assertThat(figures.get("slow_redis")).isInstanceOfSatisfying(Map.class, slow -> {
            assertThat(number(slow, "wrong")).isZero();
            assertThat(number(slow, "different_books")).isPositive();
        });
    }
}
