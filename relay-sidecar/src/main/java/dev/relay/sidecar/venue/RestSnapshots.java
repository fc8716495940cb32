package dev.relay.sidecar.venue;

import dev.relay.sidecar.book.Delta;
import dev.relay.sidecar.net.Backoff;
import dev.relay.sidecar.net.Loop;
import dev.relay.sidecar.net.RestCalls;
import dev.relay.sidecar.net.RestResponse;
import dev.relay.sidecar.net.SidecarClock;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches snapshots one after another in the order asked, within the request-weight budget: as deep as the budget of this
 * window allows for all that wait, so that many books at once become LIVE soon and few books become deep. Feed thread
 * only; bounded by the number of books, since each asks for one at a time. A failed fetch delays the queue with growing
 * jittered pauses, 429/418 until the stated time.
 */
@SuppressWarnings("FutureReturnValueIgnored") // every outcome is handled in the completion itself
final class RestSnapshots {
    private static final Logger LOG = LoggerFactory.getLogger(RestSnapshots.class);

    private final Loop loop;
    private final RestCalls rest;
    private final SidecarClock clock;
    private final SnapshotApi api;
    private final WeightBudget budget;
    private final Runnable onPrecisionLost;
    private final FrameTap tap;
    private final Backoff backoff;
    private final ArrayDeque<VenueBook> waiting = new ArrayDeque<>();
    private boolean isBusy;

    RestSnapshots(
            Loop loop,
            RestCalls rest,
            SidecarClock clock,
            SnapshotApi api,
            WeightBudget budget,
            Runnable onPrecisionLost,
            FrameTap tap,
            long seed) {
        this.loop = loop;
        this.rest = rest;
        this.clock = clock;
        this.api = api;
        this.budget = budget;
        this.onPrecisionLost = onPrecisionLost;
        this.tap = tap;
        this.backoff = new Backoff(200, 10_000, 0, seed + 1);
    }

    /** Asked twice, a book still waits once. */
    void add(VenueBook book) {
        if (!waiting.contains(book)) {
            book.queued();
            waiting.add(book);
        }
        next();
    }

    private void next() {
        if (isBusy || waiting.isEmpty()) {
            return;
        }
        isBusy = true;
        int limit = affordableLimit();
        long waitMs = budget.take(api.weight(limit), clock.wallMs());
        if (waitMs > 0) {
            pause(waitMs);
        } else {
            fetch(waiting.remove(), limit);
        }
    }

    private int affordableLimit() {
        List<Integer> limits = api.limits();
        int left = budget.left(clock.wallMs());
        for (int limit : limits) {
            if ((long) api.weight(limit) * waiting.size() <= left) {
                return limit;
            }
        }
        return limits.get(limits.size() - 1);
    }

    private void pause(long ms) {
        loop.schedule(
                () -> {
                    isBusy = false;
                    next();
                },
                ms);
    }

    private void fetch(VenueBook book, int limit) {
        String path = api.path(book.instrument(), limit);
        rest.get(path).whenCompleteAsync((answer, error) -> onAnswer(book, path, limit, answer, error), loop);
    }

    private void onAnswer(
            VenueBook book, String path, int limit, @Nullable RestResponse answer, @Nullable Throwable error) {
        if (answer == null) {
            fail(book, String.valueOf(error), backoff.nextDelayMs(clock.monotonicMs()));
            return;
        }
        budget.onUsed(api.usedWeight(answer), clock.wallMs());
        if (!answer.isOk()) {
            fail(book, "status=" + answer.status(), retryDelayMs(answer));
            return;
        }
        try {
            Delta snapshot = api.read(answer.body(), book.instrument());
            tap.onRest(path, answer.body());
            backoff.onUp(clock.monotonicMs());
            isBusy = false;
            book.asked(clock.monotonicMs());
            book.sync().onSnapshot(snapshot, limit);
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

    private void fail(VenueBook book, @Nullable String problem, long delayMs) {
        LOG.warn(
                "snapshot_failed symbol={} problem={} retryInMs={}",
                book.instrument().symbol(),
                problem,
                delayMs);
        book.sync().onSnapshotFailed();
        pause(delayMs);
    }

    /** A whole number in a header, or another value. */
    static int parse(String number, int otherwise) {
        try {
            return Integer.parseInt(number.trim());
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }
}
