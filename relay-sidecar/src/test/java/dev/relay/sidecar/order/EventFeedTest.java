package dev.relay.sidecar.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The way of committed events to a sink when the journal cannot be read. */
class EventFeedTest {
    private final List<Long> delivered = new CopyOnWriteArrayList<>();
    private final AtomicInteger attempts = new AtomicInteger();

    private EventSource journal() {
        if (attempts.incrementAndGet() < 3) {
            throw new IllegalStateException("too many open files");
        }
        return new EventSource() {
            @Override
            public List<OrderEvent> eventsAfter(long eventNo, int limit) {
                return eventNo == 0 ? List.of(new OrderEvent(1, Map.of(), Map.of(), null)) : List.of();
            }

            @Override
            public void close() {}
        };
    }

    private EventSink sink() {
        return new EventSink() {
            @Override
            public long connect() {
                return 0;
            }

            @Override
            public void accept(OrderEvent event) {
                delivered.add(event.eventNo());
            }

            @Override
            public void idle() {}

            @Override
            public void close() {}
        };
    }

    @Test
    void aJournalThatCannotBeOpenedIsTriedAgainAndTheFeedLivesOn() {
        try (EventFeed feed = new EventFeed("feed-test", sink(), this::journal, () -> 1)) {
            feed.start();
            await().atMost(Duration.ofSeconds(10))
                    .untilAsserted(() -> assertThat(delivered).containsExactly(1L));
            assertThat(feed.isUp()).isTrue();
            assertThat(feed.failureCount()).isEqualTo(2);
        }
    }
}
