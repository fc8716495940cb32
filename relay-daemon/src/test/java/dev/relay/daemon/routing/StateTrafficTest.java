package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.client.internal.StateReplicas;
import dev.relay.client.internal.StateSender;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Json;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** State sync in bytes: 100 agents of 1,000 keys each, 1 % of them change in a round; frames of both directions against whole states. */
class StateTrafficTest extends HeartTest {
    private static final int AGENTS = 100;
    private static final int KEYS = 1_000;
    private static final int ROUNDS = 3;

    @Test
    void shouldMoveANinthOfWholeStatesOrLess() {
        SplittableRandom random = new SplittableRandom(7);
        Peer watcher = StateTest.watching(heart, "grid", "agent-*");
        StateReplicas replicas = new StateReplicas();
        long deltas = 0;
        long whole = 0;
        for (int a = 0; a < AGENTS; a++) {
            Peer source = heart.join("agent-" + a);
            StateSender sender = new StateSender();
            Map<String, Object> state = new LinkedHashMap<>();
            for (int k = 0; k < KEYS; k++) {
                state.put("BTC-USD.level." + k, random.nextInt(1_000_000) / 100.0);
            }
            send(source, sender, state);
            watcher.take(FrameType.EVENT).forEach(event -> replicas.take(event.json()));
            for (int round = 0; round < ROUNDS; round++) {
                for (int i = 0; i < KEYS / 100; i++) {
                    state.put("BTC-USD.level." + random.nextInt(KEYS), random.nextInt(1_000_000) / 100.0);
                }
                deltas += send(source, sender, state);
                List<Got> events = watcher.take(FrameType.EVENT);
                deltas +=
                        events.stream().mapToLong(event -> event.b().capacity()).sum();
                events.forEach(event -> replicas.take(event.json()));
                whole += 2L * (8 + Json.write(state).getBytes(StandardCharsets.UTF_8).length);
            }
            assertThat(replicas.state("agent-" + a)).isEqualTo(Json.object(Json.write(state)));
            source.goodbye();
        }
        System.out.printf(
                "state traffic: agents=%d keys=%d changed=1%% deltaBytes=%d wholeBytes=%d saved=%.1f%%%n",
                AGENTS, KEYS, deltas, whole, 100.0 - 100.0 * deltas / whole);
        assertThat(deltas).isLessThan(whole / 10);
    }

    private static long send(Peer source, StateSender sender, Map<String, Object> state) {
        long bytes = 0;
        for (Map<String, Object> change : sender.changes(state, List.of())) {
            sender.writing(change);
            Map<String, Object> frame = new LinkedHashMap<>(change);
            frame.put("ref", 9L);
            frame.put("op", "state.update");
            bytes += 8 + FrameWriter.controlBody(frame).length;
            Map<String, ?> answer = source.control("state.update", "set", change.getOrDefault("set", Map.of()));
            sender.confirmed(change, answer.get("version") instanceof Long version ? version : 0);
        }
        return bytes;
    }
}
