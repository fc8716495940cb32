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

/** Shared states on the real heart: what is told, kept, bounded and refused. */
class StateTest extends HeartTest {
    static Peer watching(Heart heart, String name, String pattern) {
        Peer peer = heart.join(name, "events", List.of("state", "latest", "proposal"));
        assertThat(peer.control("state.watch", "pattern", pattern)).containsEntry("ok", true);
        return peer;
    }

    private static List<Map<String, @Nullable Object>> events(Peer peer) {
        return peer.take(FrameType.EVENT).stream().map(Got::json).toList();
    }

    @Test
    void shouldTellTheWholeStateAndThenChangesWithTheVersionsBeforeAndAfter() {
        Peer source = heart.join("scanner");
        source.control("state.update", "set", Map.of("confidence", 1L));
        Peer watcher = watching(heart, "grid", "scan*");
        assertThat(events(watcher))
                .singleElement()
                .satisfies(e -> assertThat(e)
                        .containsEntry("agent", "scanner")
                        .containsEntry("version", 1L)
                        .containsEntry("first", true)
                        .containsEntry("more", false)
                        .containsEntry("state", Map.of("confidence", 1L)));
        source.control("state.update", "set", Map.of("confidence", 2L, "last", "buy"));
        source.control("state.update", "remove", List.of("last"));
        List<Map<String, @Nullable Object>> told = events(watcher);
        assertThat(told).extracting(e -> e.get("from")).containsExactly(1L, 2L);
        assertThat(told).extracting(e -> e.get("version")).containsExactly(2L, 3L);
        assertThat(told.get(1)).containsEntry("remove", List.of("last")).containsEntry("set", Map.of());
    }

    @Test
    void shouldTellNothingAndKeepTheVersionWhenNothingChanged() {
        Peer source = heart.join("scanner");
        Peer watcher = watching(heart, "grid", "*");
        source.control("state.update", "set", Map.of("a", 1L));
        events(watcher);
        assertThat(source.control("state.update", "set", Map.of("a", 1L), "remove", List.of("b")))
                .containsEntry("version", 1L)
                .containsEntry("changed", 0L);
        assertThat(events(watcher)).isEmpty();
    }

    @Test
    void shouldKeepStatesOverACrashAndGoOnCounting() {
        Peer source = heart.join("scanner");
        source.control("state.update", "set", Map.of("a", 1L, "b", List.of("x", "y")));
        source.control("state.update", "remove", List.of("a"), "set", Map.of("c", true));
        heart.crash();
        Peer again = heart.join("scanner");
        assertThat(again.control("state.get", "agent", "scanner"))
                .containsEntry("version", 2L)
                .containsEntry("state", Map.of("b", List.of("x", "y"), "c", true));
        assertThat(again.control("state.update", "set", Map.of("d", 1L))).containsEntry("version", 3L);
    }

    @Test
    void shouldAnswerAnUpdateOnlyWhenItIsOnDisk() {
        Peer source = heart.join("scanner");
        heart.store.isHolding = true;
        source.json(FrameType.CONTROL, Map.of("ref", 1L, "op", "state.update", "set", Map.of("a", 1L)));
        source.json(FrameType.CONTROL, Map.of("ref", 2L, "op", "state.update", "set", Map.of("a", 2L)));
        heart.bus.endOfBatch();
        assertThat(source.take(FrameType.CONTROL_REPLY)).isEmpty();
        heart.store.release();
        heart.turn();
        assertThat(source.take(FrameType.CONTROL_REPLY))
                .extracting(reply -> reply.json().get("version"))
                .containsExactly(1L, 2L);
    }

    @Test
    void shouldTellASlowWatcherNoChangesButTheWholeStateOnceThereIsRoom() {
        Peer source = heart.join("scanner");
        Peer watcher = watching(heart, "grid", "*");
        source.control("state.update", "set", Map.of("a", 1L));
        events(watcher);
        watcher.pendingBytes = 2 << 20;
        for (long i = 2; i < 1_000; i++) {
            source.control("state.update", "set", Map.of("a", i));
        }
        assertThat(events(watcher)).isEmpty();
        watcher.pendingBytes = 0;
        heart.advanceMs(300);
        assertThat(events(watcher))
                .singleElement()
                .satisfies(e -> assertThat(e).containsEntry("version", 999L).containsEntry("state", Map.of("a", 999L)));
    }

    @Test
    void shouldTellAndReadALargeStateInPagesOfOneVersion() {
        Peer source = heart.join("scanner");
        for (int i = 0; i < 20; i++) {
            source.control("state.update", "set", Map.of("k" + i, "v".repeat(10_000)));
        }
        Peer watcher = watching(heart, "grid", "scanner");
        List<Map<String, @Nullable Object>> pages = events(watcher);
        assertThat(pages).hasSizeGreaterThan(4).allSatisfy(p -> assertThat(p).containsEntry("version", 20L));
        Map<Object, Object> keys = new LinkedHashMap<>();
        pages.forEach(p -> keys.putAll((Map<?, ?>) Objects.requireNonNull(p.get("state"))));
        assertThat(keys).hasSize(20);
        List<String> read = new ArrayList<>();
        Map<String, @Nullable Object> page = source.control("state.get", "agent", "scanner");
        while (true) {
            ((Map<?, ?>) Objects.requireNonNull(page.get("state"))).keySet().forEach(key -> read.add((String) key));
            if (!Boolean.TRUE.equals(page.get("more"))) {
                break;
            }
            page = source.control("state.get", "agent", "scanner", "after", Objects.requireNonNull(page.get("next")));
        }
        assertThat(read).hasSize(20).doesNotHaveDuplicates();
    }

    @Test
    void shouldRefuseWhatIsTooLargeOrWrongAndChangeNothing() {
        Peer source = heart.join("scanner");
        source.control("state.update", "set", Map.of("a", 1L));
        assertThat(code(source.control("state.update", "set", Map.of("b", "v".repeat(17 << 10)))))
                .isEqualTo("TOO_LARGE");
        Map<String, Object> many = new LinkedHashMap<>();
        for (int i = 0; i < 4_096; i++) {
            many.put("k" + i, 1L);
        }
        assertThat(code(source.control("state.update", "set", many))).isEqualTo("TOO_LARGE");
        assertThat(code(source.control("state.update", "set", Map.of("", 1L)))).isEqualTo("BAD_REQUEST");
        assertThat(code(source.control("state.update", "set", Map.of("x", 1L), "remove", List.of("x"))))
                .isEqualTo("BAD_REQUEST");
        assertThat(code(source.control("state.update", "set", "no object"))).isEqualTo("BAD_REQUEST");
        assertThat(code(source.control("state.watch", "pattern", "Bad Name"))).isEqualTo("BAD_NAME");
        assertThat(code(source.control("state.unwatch", "pattern", "other"))).isEqualTo("NOT_FOUND");
        assertThat(code(source.control("state.get", "agent", "nobody"))).isEqualTo("NOT_FOUND");
        assertThat(code(source.control("state.sync", "agent", "scanner"))).isEqualTo("NOT_FOUND");
        assertThat(source.control("state.get", "agent", "scanner"))
                .containsEntry("version", 1L)
                .containsEntry("state", Map.of("a", 1L));
    }

    @Test
    void shouldListStatesAndTellNoMoreAfterUnwatch() {
        Peer source = heart.join("scanner");
        Peer watcher = watching(heart, "grid", "*");
        watcher.control("state.unwatch", "pattern", "*");
        source.control("state.update", "set", Map.of("a", 1L));
        assertThat(events(watcher)).isEmpty();
        assertThat(watcher.control("state.ls").get("states"))
                .isEqualTo(List.of(Map.of("agent", "scanner", "version", 1L, "keys", 1L, "bytes", 4L)));
    }
}
