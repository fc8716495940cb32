package dev.relay.sidecar.order.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.relay.sidecar.order.EventFeed;
import dev.relay.sidecar.order.EventSink;
import dev.relay.sidecar.order.EventSource;
import dev.relay.sidecar.order.OrderEvent;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class UnlessFencedTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @Test
    void aNewerSidecarOnTheSameRedisEndsTheShowingForGood() {
        AtomicBoolean isFenced = new AtomicBoolean();
        try (EventFeed feed =
                new EventFeed("fenced", new UnlessFenced(new Shown(), isFenced::get), Empty::new, () -> 0)) {
            feed.start();
            await().atMost(PATIENCE).until(feed::isUp);
            isFenced.set(true);
            await().atMost(PATIENCE).until(() -> !feed.isUp());
            long failures = feed.failureCount();
            await().atMost(PATIENCE).until(() -> feed.failureCount() > failures);
            assertThat(feed.isUp()).as("it tried again").isFalse();
        }
    }

    private static final class Shown implements EventSink {
        @Override
        public long connect() {
            return 0;
        }

        @Override
        public void accept(OrderEvent event) {}

        @Override
        public void idle() {}

        @Override
        public void close() {}
    }

    private static final class Empty implements EventSource {
        @Override
        public List<OrderEvent> eventsAfter(long eventNo, int limit) {
            return List.of();
        }

        @Override
        public void close() {}
    }
}
