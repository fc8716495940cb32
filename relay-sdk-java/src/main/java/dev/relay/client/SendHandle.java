package dev.relay.client;

import dev.relay.client.SendResult.Accepted;
import dev.relay.client.SendResult.Refused;
import dev.relay.client.SendResult.Unknown;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One send under way: a future of its receipt, safe for any thread. It fails with {@link RelayRefused} when the message was not accepted and with
 * {@link RelayClosed} when nothing more can be learned. Cancelling it does not call the message back.
 */
public final class SendHandle extends Awaited<Receipt> {
    volatile int durableMatches = -1;
    volatile int liveMatches = -1;
    volatile @Nullable MessageRef message;
    /** Whose message it is; null when it was refused before it got there. */
    volatile @Nullable Engine engine;

    /** Names the message for {@link Relay#fate}; null when it was refused before it was numbered. */
    public @Nullable MessageRef message() {
        return message;
    }

    /** Waits for the receipt and returns it, or throws what went wrong as the exception that it is. */
    public Receipt result(Duration timeout) {
        long deadlineNs = System.nanoTime() + timeout.toNanos();
        return Outcomes.await(() -> awaitOnLink(deadlineNs), "send", timeout.toMillis());
    }

    private Receipt awaitOnLink(long deadlineNs) throws InterruptedException, ExecutionException, TimeoutException {
        Engine owner = engine;
        return owner == null ? awaitUntil(deadlineNs) : owner.link.await(this, deadlineNs);
    }

    /** What is known now, without waiting. */
    public SendResult outcome() {
        if (!isDone()) {
            return new Unknown("no receipt yet");
        }
        try {
            return new Accepted(join());
        } catch (RuntimeException e) {
            RelayException cause = Failures.unwrap(e);
            return cause instanceof RelayRefused || cause instanceof RelayDeadLettered
                    ? new Refused(cause)
                    : new Unknown(String.valueOf(cause.getMessage()));
        }
    }
}
