package dev.relay.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The future that knows who waits for it. */
@Timeout(20)
class AwaitedTest {
    private final Awaited<String> answer = new Awaited<>();

    private static long inMs(long ms) {
        return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms);
    }

    private CompletableFuture<String> waiter() {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return answer.awaitUntil(inMs(10_000));
            } catch (InterruptedException | ExecutionException | TimeoutException e) {
                return String.valueOf(e.getCause() == null ? e : e.getCause().getMessage());
            }
        });
    }

    @Test
    void shouldWakeWhoWaitsWithTheValueOrTheError() {
        CompletableFuture<String> first = waiter();
        CompletableFuture<String> second = waiter();
        answer.complete("value");
        assertThat(first.join()).isEqualTo("value");
        assertThat(second.join()).as("a second waiter waits as for any future").isEqualTo("value");
    }

    @Test
    void shouldWakeWhoWaitsWithAnError() {
        CompletableFuture<String> waiting = waiter();
        answer.completeExceptionally(new IllegalStateException("refused"));
        assertThat(waiting.join()).isEqualTo("refused");
    }

    @Test
    void shouldNotCountAWaiterAsUserCodeThatHangsOnIt() {
        CompletableFuture<String> waiting = waiter();
        assertThat(answer.getNumberOfDependents()).isZero();
        CompletableFuture<Void> hung = answer.thenAccept(value -> {});
        assertThat(answer.getNumberOfDependents()).isEqualTo(1);
        answer.complete("value");
        assertThat(waiting.join()).isEqualTo("value");
        assertThat(hung).isCompleted();
    }

    @Test
    void shouldEndAtTheDeadlineAndOnAnInterrupt() {
        assertThatThrownBy(() -> answer.awaitUntil(inMs(1))).isInstanceOf(TimeoutException.class);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> answer.awaitUntil(inMs(10_000))).isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).as("the interruption was taken").isFalse();
    }
}
