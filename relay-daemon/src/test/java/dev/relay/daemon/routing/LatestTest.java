package dev.relay.daemon.routing;

import static dev.relay.daemon.routing.Peer.code;
import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.FrameType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Conflated topics and windows on the real heart. */
class LatestTest extends HeartTest {
    private Peer reader(String name, String pattern) {
        Peer peer = heart.join(name, "events", List.of("latest"));
        assertThat(peer.control("latest.watch", "topic", pattern)).containsEntry("ok", true);
        return peer;
    }

    private static Map<String, @Nullable Object> batch(Peer reader) {
        return reader.one(FrameType.EVENT).json();
    }

    private static Object no(Map<String, @Nullable Object> batch) {
        return Objects.requireNonNull(batch.get("batch"));
    }

    /** Values by key, without their ages. */
    private static Map<String, @Nullable Object> values(Map<String, @Nullable Object> batch) {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        ((Map<?, ?>) Objects.requireNonNull(batch.get("values")))
                .forEach((key, pair) -> values.put((String) key, ((List<?>) pair).get(0)));
        return values;
    }

    private static long age(Map<String, @Nullable Object> batch, String key) {
        return (Long)
                ((List<?>) Objects.requireNonNull(((Map<?, ?>) Objects.requireNonNull(batch.get("values"))).get(key)))
                        .get(1);
    }

    @Test
    void shouldGiveASlowReaderOneBatchAndThenTheLatestOfEachKeyWithItsAge() {
        Peer publisher = heart.join("feed");
        Peer reader = reader("slow", "px.*");
        publisher.control("latest.put", "topic", "px.main", "values", Map.of("BTC", 1L));
        Map<String, @Nullable Object> first = batch(reader);
        assertThat(values(first)).isEqualTo(Map.of("BTC", 1L));
        for (long px = 2; px <= 1_000; px++) {
            publisher.control("latest.put", "topic", "px.main", "values", Map.of("BTC", px, "ETH", -px));
        }
        assertThat(reader.take(FrameType.EVENT)).isEmpty();
        heart.advanceMs(700);
        assertThat(code(reader.control("latest.more", "batch", no(first)))).isEqualTo("ok");
        Map<String, @Nullable Object> second = batch(reader);
        assertThat(values(second)).isEqualTo(Map.of("BTC", 1_000L, "ETH", -1_000L));
        assertThat(age(second, "BTC")).isBetween(700L, 900L);
        assertThat(code(reader.control("latest.more", "batch", no(second)))).isEqualTo("ok");
        assertThat(reader.take(FrameType.EVENT)).isEmpty();
    }

    @Test
    void shouldGiveEveryKeyItsTurnAmongThoseThatChangeAllTheTime() {
        Peer publisher = heart.join("feed");
        Peer reader = reader("slow", "px");
        List<String> seen = new ArrayList<>();
        Map<String, Object> values = new LinkedHashMap<>();
        for (int i = 0; i < 500; i++) {
            values.put("k" + i, (long) i);
        }
        publisher.control("latest.put", "topic", "px", "values", values);
        for (int round = 0; round < 4; round++) {
            Map<String, @Nullable Object> batch = batch(reader);
            seen.addAll(values(batch).keySet());
            publisher.control("latest.put", "topic", "px", "values", values);
            reader.control("latest.more", "batch", no(batch));
        }
        assertThat(seen.subList(0, 500)).doesNotHaveDuplicates();
    }

    @Test
    void shouldTellWhoJoinsWhatIsThereAndWhoReadsWithoutWatching() {
        Peer publisher = heart.join("feed");
        publisher.control("latest.put", "topic", "px", "values", Map.of("BTC", 7L));
        assertThat(values(batch(reader("late", ">")))).isEqualTo(Map.of("BTC", 7L));
        assertThat(values(publisher.control("latest.get", "topic", "px"))).isEqualTo(Map.of("BTC", 7L));
    }

    @Test
    void shouldRefuseBadTopicsTooManyKeysAndBatchesThatAreNotUnderWay() {
        Peer publisher = heart.join("feed");
        assertThat(code(publisher.control("latest.put", "topic", "p x", "values", Map.of("a", 1L))))
                .isEqualTo("BAD_NAME");
        assertThat(code(publisher.control("latest.put", "topic", "px", "values", Map.of())))
                .isEqualTo("BAD_REQUEST");
        assertThat(code(publisher.control("latest.put", "topic", "px", "values", Map.of("a", "x".repeat(5_000)))))
                .isEqualTo("TOO_LARGE");
        for (int page = 0; page < 4; page++) {
            Map<String, Object> values = new LinkedHashMap<>();
            for (int i = 0; i < 1_024; i++) {
                values.put("k" + (1_024 * page + i), 1L);
            }
            assertThat(code(publisher.control("latest.put", "topic", "px", "values", values)))
                    .isEqualTo("ok");
        }
        assertThat(code(publisher.control("latest.put", "topic", "px", "values", Map.of("one more", 1L))))
                .isEqualTo("TOO_LARGE");
        assertThat(code(publisher.control("latest.watch", "topic", "a..b"))).isEqualTo("BAD_NAME");
        assertThat(code(publisher.control("latest.unwatch", "topic", "px"))).isEqualTo("NOT_FOUND");
        assertThat(code(publisher.control("latest.more", "batch", 4L))).isEqualTo("NOT_FOUND");
        assertThat(code(publisher.control("latest.get", "topic", "other"))).isEqualTo("NOT_FOUND");
    }

    // ---- windows

    private static List<Object> read(Peer peer, Object... more) {
        List<Object> found = new ArrayList<>();
        List<?> rows = (List<?>)
                Objects.requireNonNull(peer.control("window.read", more).get("values"));
        rows.forEach(row -> found.add(Objects.requireNonNull(((Map<?, ?>) row).get("value"))));
        return found;
    }

    @Test
    void shouldKeepTheLastValuesOfAWindowWithinItsBounds() {
        Peer feed = heart.join("feed");
        feed.control("window.set", "window", "ticks.btc", "count", 3L, "bytes", 1_000L);
        feed.control("window.append", "window", "ticks.btc", "values", List.of(1L, 2L));
        feed.control("window.append", "window", "ticks.btc", "values", List.of(3L, 4L, 5L));
        Peer late = heart.join("late");
        assertThat(read(late, "window", "ticks.btc")).containsExactly(3L, 4L, 5L);
        assertThat(read(late, "window", "ticks.btc", "last", 1L)).containsExactly(5L);
        feed.control("window.append", "window", "ticks.btc", "values", List.of("x".repeat(600), "y".repeat(600)));
        assertThat(read(late, "window", "ticks.btc")).containsExactly("y".repeat(600));
        assertThat(code(late.control("window.read", "window", "none"))).isEqualTo("NOT_FOUND");
        assertThat(code(late.control("window.append", "window", "no name", "values", List.of(1L))))
                .isEqualTo("BAD_NAME");
        assertThat(code(late.control("window.append", "window", "w", "values", 1L)))
                .isEqualTo("BAD_REQUEST");
        assertThat(code(late.control("window.append", "window", "ticks.btc", "values", List.of("z".repeat(2_000)))))
                .isEqualTo("TOO_LARGE");
        assertThat(code(late.control("window.set", "window", "w", "count", 0L))).isEqualTo("BAD_REQUEST");
        assertThat(read(late, "window", "ticks.btc")).containsExactly("y".repeat(600));
    }
}
