package dev.relay.sidecar.venue.binance;

import dev.relay.sidecar.book.Delta;
import dev.relay.sidecar.net.Backoff;
import dev.relay.sidecar.net.RestClient;
import dev.relay.sidecar.net.RestResponse;
import dev.relay.sidecar.net.SidecarClock;
import dev.relay.sidecar.venue.WeightBudget;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches snapshots one after another in the order asked, within the request-weight budget. Feed thread only; bounded by
 * the number of books, since each asks for one at a time. A failed fetch delays the queue with growing jittered pauses,
 * 429/418 until the stated time.
 */
@SuppressWarnings("FutureReturnValueIgnored") // every outcome is handled in the completion itself
final class SnapshotQueue {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotQueue.class);

    private final EventLoop loop;
    private final RestClient rest;
    private final SidecarClock clock;
    private final BinanceFeedConfig config;
    private final WeightBudget budget;
    private final Runnable onPrecisionLost;
    private final Backoff backoff;
    private final ArrayDeque<BinanceBook> waiting = new ArrayDeque<>();
    private boolean isBusy;

    SnapshotQueue(
            EventLoop loop,
            RestClient rest,
            SidecarClock clock,
            BinanceFeedConfig config,
            WeightBudget budget,
            Runnable onPrecisionLost) {
        this.loop = loop;
        this.rest = rest;
        this.clock = clock;
        this.config = config;
        this.budget = budget;
        this.onPrecisionLost = onPrecisionLost;
        this.backoff = new Backoff(200, 10_000, 0, config.seed() + 1);
    }

    void add(BinanceBook book) {
        waiting.add(book);
        next();
    }

    private void next() {
        if (isBusy || waiting.isEmpty()) {
            return;
        }
        isBusy = true;
        long waitMs = budget.take(config.snapshotWeight(), clock.wallMs());
        if (waitMs > 0) {
            pause(waitMs);
        } else {
            fetch(waiting.remove());
        }
    }

    private void pause(long ms) {
        loop.schedule(
                () -> {
                    isBusy = false;
                    next();
                },
                ms,
                TimeUnit.MILLISECONDS);
    }

    private void fetch(BinanceBook book) {
        String path = "/api/v3/depth?symbol=" + book.instrument().venueSymbol() + "&limit=" + config.snapshotLimit();
        rest.get(path).whenCompleteAsync((answer, error) -> onAnswer(book, answer, error), loop);
    }

    private void onAnswer(BinanceBook book, @Nullable RestResponse answer, @Nullable Throwable error) {
        if (answer == null) {
            fail(book, String.valueOf(error), backoff.nextDelayMs(clock.monotonicMs()));
            return;
        }
        answer.header("X-MBX-USED-WEIGHT-1M").ifPresent(used -> budget.onUsed(parse(used, 0), clock.wallMs()));
        if (!answer.isOk()) {
            fail(book, "status=" + answer.status(), retryDelayMs(answer));
            return;
        }
        try {
            Delta snapshot = BinanceRest.snapshot(answer.body(), book.instrument());
            backoff.onUp(clock.monotonicMs());
            isBusy = false;
            book.sync().onSnapshot(snapshot, config.snapshotLimit());
            next();
        } catch (IOException e) {
            onPrecisionLost.run();
            fail(book, e.getMessage(), backoff.nextDelayMs(clock.monotonicMs()));
        }
    }

    private long retryDelayMs(RestResponse answer) {
        long delayMs = backoff.nextDelayMs(clock.monotonicMs());
        if (answer.status() == 429 || answer.status() == 418) {
            delayMs = Math.max(
                    delayMs, 1_000L * parse(answer.header("Retry-After").orElse("60"), 60));
            budget.closeUntil(clock.wallMs() + delayMs);
        }
        return delayMs;
    }

    private void fail(BinanceBook book, @Nullable String problem, long delayMs) {
        LOG.warn(
                "snapshot_failed symbol={} problem={} retryInMs={}",
                book.instrument().symbol(),
                problem,
                delayMs);
        book.sync().onSnapshotFailed();
        pause(delayMs);
    }

    private static int parse(String number, int otherwise) {
        try {
            return Integer.parseInt(number.trim());
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }
}
