package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.client.internal.StateReplicas;
import dev.relay.client.internal.StateSender;
import dev.relay.protocol.FrameType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The real heart, the real code of sources and watchers, and a schedule from a seed: updates, slow connections, cut ones with what is on its way, watchers that are killed and start
 * with nothing, sources that do, a daemon that is killed. In the end every watcher equals the source. {@code -Drelay.state.seeds=1000} for the long run.
 */
class StateSimTest {
    private static final int SOURCES = 3;
    private static final int STEPS = 120;

    @TempDir
    Path dir = Path.of("");

    private static final class Source {
        final String name;
        final Map<String, Object> truth = new LinkedHashMap<>();
        StateSender sender = new StateSender();
        Peer peer;

        Source(String name, Peer peer) {
            this.name = name;
            this.peer = peer;
        }
    }

    private static final class Watcher {
        StateReplicas replicas = new StateReplicas();
        Peer peer;

        Watcher(Peer peer) {
            this.peer = peer;
        }
    }

    @Test
    void shouldEqualTheSourceAfterEverySchedule() throws java.io.IOException {
        int seeds = Integer.getInteger("relay.state.seeds", 40);
        long gaps = 0;
        for (int seed = 1; seed <= seeds; seed++) {
            gaps += run(seed);
        }
        assertThat(gaps).as("the schedules must make watchers miss changes").isPositive();
    }

    private long run(int seed) throws java.io.IOException {
        try (Heart heart = new Heart(Files.createDirectories(dir.resolve("s" + seed)))) {
            SplittableRandom random = new SplittableRandom(seed);
            List<Source> sources = new ArrayList<>();
            for (int i = 0; i < SOURCES; i++) {
                sources.add(new Source("src-" + i, heart.join("src-" + i)));
            }
            Watcher watcher = new Watcher(StateTest.watching(heart, "grid", "src-*"));
            for (int step = 0; step < STEPS; step++) {
                act(heart, random, sources, watcher);
            }
            settle(heart, sources, watcher);
            for (Source source : sources) {
                assertThat(watcher.replicas.state(source.name))
                        .as("seed=%d agent=%s", seed, source.name)
                        .isEqualTo(
                                source.truth.isEmpty() && watcher.replicas.version(source.name) == 0
                                        ? watcher.replicas.state(source.name)
                                        : source.truth);
            }
            return watcher.replicas.gapCount();
        }
    }

    private static void act(Heart heart, SplittableRandom random, List<Source> sources, Watcher watcher) {
        Source source = sources.get(random.nextInt(sources.size()));
        switch (random.nextInt(16)) {
            case 0 -> watcher.peer.pendingBytes = 2 << 20;
            case 1 -> {
                watcher.peer.pendingBytes = 0;
                heart.advanceMs(300);
            }
            case 2 -> { // a connection is cut with what is on its way; the client keeps what it knows
                watcher.peer.die();
                watcher.peer = StateTest.watching(heart, "grid", "src-*");
                watcher.replicas.reconnected();
            }
            case 3 -> { // kill -9 and a new process
                watcher.peer.die();
                watcher.peer = StateTest.watching(heart, "grid", "src-*");
                watcher.replicas = new StateReplicas();
            }
            case 4 -> { // a source that starts anew knows nothing of what it told
                source.peer.die();
                source.peer = heart.join(source.name);
                source.sender = new StateSender();
            }
            case 5 -> lose(watcher, random);
            case 6 -> {
                if (random.nextInt(4) == 0) {
                    crash(heart, sources, watcher);
                }
            }
            case 7, 8 -> take(watcher, random.nextInt(1, 5));
            default -> update(random, source);
        }
    }

    /** A fault that no stream connection has: single events vanish. Only the versions can show it. */
    private static void lose(Watcher watcher, SplittableRandom random) {
        List<Got> events = watcher.peer.got.stream()
                .filter(got -> got.type() == FrameType.EVENT && !got.json().containsKey("state"))
                .toList();
        if (!events.isEmpty()) {
            watcher.peer.got.remove(events.get(random.nextInt(events.size())));
        }
    }

    private static void crash(Heart heart, List<Source> sources, Watcher watcher) {
        heart.crash();
        for (Source source : sources) {
            source.peer = heart.join(source.name);
            Map<String, @Nullable Object> answer = source.peer.control("state.get", "agent", source.name);
            Object version = answer.get("version");
            send(source, source.sender.repair(version instanceof Long number ? number : 0));
        }
        watcher.peer = StateTest.watching(heart, "grid", "src-*");
        watcher.replicas.reconnected();
    }

    private static void update(SplittableRandom random, Source source) {
        Map<String, Object> set = new LinkedHashMap<>();
        List<String> remove = new ArrayList<>();
        for (int i = random.nextInt(1, 4); i > 0; i--) {
            String key = "k" + random.nextInt(12);
            if (random.nextInt(4) == 0 && !set.containsKey(key)) {
                remove.add(key);
            } else if (!remove.contains(key)) {
                set.put(
                        key,
                        random.nextInt(20) == 0
                                ? "x".repeat(9_000) + random.nextInt(9)
                                : (Object) (long) random.nextInt(5));
            }
        }
        send(source, source.sender.changes(set, remove));
        source.truth.putAll(set);
        source.truth.keySet().removeAll(remove);
    }

    private static void send(Source source, List<Map<String, Object>> changes) {
        for (Map<String, Object> change : changes) {
            source.sender.writing(change);
            Map<String, @Nullable Object> answer = source.peer.control(
                    "state.update",
                    "set",
                    change.getOrDefault("set", Map.of()),
                    "remove",
                    change.getOrDefault("remove", List.of()));
            assertThat(answer).containsEntry("ok", true);
            source.sender.confirmed(change, answer.get("version") instanceof Long version ? version : 0);
        }
    }

    /** The watcher's own loop: events in order, and the question after a gap. */
    private static void take(Watcher watcher, int events) {
        int left = events;
        while (left-- > 0) {
            Got next = watcher.peer.got.stream()
                    .filter(got -> got.type() == FrameType.EVENT)
                    .findFirst()
                    .orElse(null);
            if (next == null) {
                return;
            }
            watcher.peer.got.remove(next);
            watcher.replicas.take(next.json());
            String gap = watcher.replicas.pollGap();
            if (gap != null) {
                assertThat(watcher.peer.control("state.sync", "agent", gap)).containsEntry("ok", true);
            }
        }
    }

    /** Every source changes once more, so that a lost last event shows, and the watcher reads all. */
    private static void settle(Heart heart, List<Source> sources, Watcher watcher) {
        watcher.peer.pendingBytes = 0;
        for (Source source : sources) {
            send(source, source.sender.changes(Map.of("end", 1L), List.of()));
            send(source, source.sender.changes(Map.of("end", 2L), List.of()));
            source.truth.put("end", 2L);
        }
        heart.advanceMs(600);
        take(watcher, Integer.MAX_VALUE);
    }
}
