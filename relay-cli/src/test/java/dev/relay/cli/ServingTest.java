package dev.relay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class ServingTest {
    @Test
    void aServerThatCannotGoOnIsClosedAndTheReasonGivenBack() throws Exception {
        AtomicBoolean isClosed = new AtomicBoolean();
        CompletableFuture<String> broken = CompletableFuture.completedFuture("a bug");
        assertThat(Serving.untilSignalOr(broken, () -> isClosed.set(true))).isEqualTo("a bug");
        assertThat(isClosed).isTrue();
    }
}
