package dev.relay.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Events on their way to listeners: bounded, in order, and what is lost is told. */
class EventsTest {
    private final ArrayDeque<Runnable> later = new ArrayDeque<>();
    private final Events events = new Events(later::add);
    private final List<Object> seen = new ArrayList<>();

    private void runAll() {
        Runnable task;
        while ((task = later.poll()) != null) {
            task.run();
        }
    }

    private void tell(int count) {
        for (int i = 0; i < count; i++) {
            events.tell("state", Map.of("n", i));
        }
    }

    @Test
    void shouldCallEachListenerInOrder() {
        events.listen("state", event -> seen.add(event.get("n")));
        events.listen("other", event -> seen.add("other"));
        tell(3);
        runAll();
        tell(1);
        runAll();
        assertThat(seen).containsExactly(0, 1, 2, 0);
    }

    @Test
    void shouldLoseTheOldestCountThemAndTellWhenHalfIsDone() {
        List<Map<String, ?>> losses = new ArrayList<>();
        events.listen("state", event -> seen.add(event.get("n")));
        events.listen("resync", event -> {
            losses.add(event);
            assertThat(seen).hasSize(Events.MAX_WAITING / 2);
        });
        tell(Events.MAX_WAITING + 7);
        runAll();
        assertThat(seen).hasSize(Events.MAX_WAITING).startsWith(7).endsWith(Events.MAX_WAITING + 6);
        assertThat(losses).containsExactly(Map.of("event", "resync", "of", "state", "lost", 7L));
        assertThat(events.lostCount.sum()).isEqualTo(7);
    }

    @Test
    void shouldAskAgainOnlyForWhatWasLost() {
        events.listen("state", event -> {});
        events.listenForLoss("state", () -> seen.add("state"));
        events.listenForLoss("presence", () -> seen.add("presence"));
        tell(Events.MAX_WAITING + 1);
        runAll();
        assertThat(seen).containsExactly("state");
    }

    @Test
    void shouldGoOnAfterAListenerThatThrows() {
        List<Throwable> uncaught = new ArrayList<>();
        Thread.currentThread().setUncaughtExceptionHandler((thread, thrown) -> uncaught.add(thrown));
        try {
            events.listen("state", event -> {
                seen.add(event.get("n"));
                throw new IllegalStateException("listener");
            });
            tell(2);
            runAll();
        } finally {
            Thread.currentThread().setUncaughtExceptionHandler(null);
        }
        assertThat(seen).containsExactly(0, 1);
        assertThat(uncaught).hasSize(2);
        assertThat(events.failedCount.sum()).isEqualTo(2);
    }
}
