package dev.relay.sidecar.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.relay.sidecar.risk.RiskLimits;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An unexpected exception of the order thread is a critical error: nobody looks after the open orders any more. */
class OrderCrashTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path directory = Path.of("");

    @Test
    void I44_aCrashOfTheOrderThreadKillsForTheNextProcessTooAndIsTold() throws Exception {
        FakeVenue venue = new FakeVenue();
        AtomicBoolean isTold = new AtomicBoolean();
        try (OrderSide side = open(venue, () -> isTold.set(true))) {
            assertThat(side.isKilled()).isFalse();
            venue.hasBug = true;
            await().atMost(PATIENCE).until(isTold::get);
            assertThat(side.isCrashed()).isTrue();
            assertThat(side.isKilled()).isTrue();
            assertThat(side.onRequest("orders.cancel_all", "alice", new byte[16], Map.of())
                            .get(15, TimeUnit.SECONDS))
                    .containsEntry("code", "SHUTTING_DOWN");
        }
        try (OrderSide next = open(new FakeVenue(), () -> {})) {
            assertThat(next.isKilled()).isTrue();
            assertThat(next.onRequest("orders.limits", "alice", new byte[16], Map.of())
                            .get(15, TimeUnit.SECONDS))
                    .containsEntry("kill_reason", "critical error: the order thread stopped");
        }
    }

    private OrderSide open(FakeVenue venue, Runnable onCrash) {
        return OrderSide.start(
                new OrderConfig(
                        "paper",
                        directory,
                        List.of(Instrument.of("BTC-USDT")),
                        access -> venue,
                        OrderLimits.defaults(),
                        RiskLimits.off()),
                (topic, kind, id, event) -> {},
                () -> {
                    throw new IllegalStateException("no Redis here");
                },
                symbol -> null,
                () -> false,
                onCrash);
    }
}
