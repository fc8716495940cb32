package dev.relay.client.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is sent of a state, what a watcher makes of events, and what waits for a conflated topic. */
class SharedStateTest {
    private static Map<String, @Nullable Object> change(long from, Map<String, Object> set) {
        return new HashMap<>(Map.of("agent", "x", "from", from, "version", from + 1, "set", set));
    }

    private static Map<String, @Nullable Object> whole(
            long version, boolean first, boolean more, Map<String, Object> state) {
        return new HashMap<>(Map.of("agent", "x", "version", version, "first", first, "more", more, "state", state));
    }

    @Test
    void shouldSendWhatChangedAndAgainWhatWasNotConfirmed() {
        StateSender sender = new StateSender();
        Map<String, Object> all = Map.of("set", Map.of("a", 1L));
        sender.confirmed(all, 1);
        assertThat(sender.changes(Map.of("a", 1L), List.of())).isEmpty();
        assertThat(sender.changes(Map.of("a", 2L), List.of("b", "b")))
                .containsExactly(Map.of("set", Map.of("a", 2L), "remove", List.of("b")));
        sender.writing(Map.of("set", Map.of("a", 2L)));
        assertThat(sender.changes(Map.of("a", 1L), List.of())).containsExactly(all);
    }

    @Test
    void shouldSendAllAgainToADaemonOfAnotherVersion() {
        StateSender sender = new StateSender();
        sender.confirmed(Map.of("set", Map.of("a", 1L)), 7);
        assertThat(sender.repair(7)).isEmpty();
        assertThat(sender.repair(0)).containsExactly(Map.of("set", Map.of("a", 1L)));
    }

    @Test
    void shouldAskOnceAfterAGapAndApplyNothingUntilTheWholeStateIsThere() {
        StateReplicas replicas = new StateReplicas();
        assertThat(replicas.take(change(0, Map.of("a", 1L)))).isNotNull();
        assertThat(replicas.take(change(2, Map.of("a", 3L)))).isNull();
        assertThat(replicas.take(change(3, Map.of("a", 4L)))).isNull();
        assertThat(replicas.pollGap()).isEqualTo("x");
        assertThat(replicas.pollGap()).isNull();
        assertThat(replicas.state("x")).isEqualTo(Map.of("a", 1L));
        assertThat(replicas.take(whole(4, true, true, Map.of("a", 4L)))).isNull();
        StateReplicas.Change healed = Objects.requireNonNull(replicas.take(whole(4, false, false, Map.of("b", 1L))));
        assertThat(healed.state()).isEqualTo(Map.of("a", 4L, "b", 1L));
        assertThat(healed.changed()).containsExactlyInAnyOrder("a", "b");
    }

    @Test
    void shouldBeginAnewWithADaemonOfAnotherStore() {
        StateReplicas replicas = new StateReplicas();
        replicas.take(whole(57, true, false, Map.of("a", 1L)));
        replicas.reconnected();
        StateReplicas.Change fresh = Objects.requireNonNull(replicas.take(change(0, Map.of("c", 3L))));
        assertThat(fresh.state()).isEqualTo(Map.of("c", 3L));
    }

    @Test
    void shouldReplaceWaitingValuesByKeyAndLetTopicsTakeTurns() {
        LatestBuffer buffer = new LatestBuffer();
        for (long n = 0; n < 1_000; n++) {
            assertThat(buffer.put("a", "k" + n % 100, n)).isTrue();
        }
        buffer.put("b", "k", 1L);
        LatestBuffer.Batch first = Objects.requireNonNull(buffer.take());
        assertThat(first.values()).hasSize(LatestBuffer.BATCH_KEYS).containsEntry("k0", 900L);
        assertThat(buffer.take()).isEqualTo(new LatestBuffer.Batch("b", Map.of("k", 1L)));
        buffer.put("a", "k0", -1L);
        buffer.giveBack(first);
        Map<String, @Nullable Object> rest = new HashMap<>();
        for (LatestBuffer.Batch batch = buffer.take(); batch != null; batch = buffer.take()) {
            rest.putAll(batch.values());
        }
        assertThat(rest).hasSize(100).containsEntry("k0", -1L).containsEntry("k1", 901L);
        assertThat(buffer.isEmpty()).isTrue();
    }

    @Test
    void shouldRefuseMoreKeysThanMayWait() {
        LatestBuffer buffer = new LatestBuffer();
        for (int n = 0; n < LatestBuffer.MAX_KEYS; n++) {
            assertThat(buffer.put("a", "k" + n, n)).isTrue();
        }
        assertThat(buffer.put("b", "one more", 1)).isFalse();
        assertThat(buffer.put("a", "k1", 2)).isTrue();
    }
}
