package dev.relay.sidecar.venue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.sidecar.book.BookMailbox;
import dev.relay.sidecar.book.BookRules;
import dev.relay.sidecar.book.BookStatus;
import dev.relay.sidecar.book.BookSync;
import dev.relay.sidecar.book.Delta;
import dev.relay.sidecar.book.Scale;
import dev.relay.sidecar.book.SyncReason;
import dev.relay.sidecar.net.Loop;
import dev.relay.sidecar.net.RestCalls;
import dev.relay.sidecar.net.RestResponse;
import dev.relay.sidecar.net.SidecarClock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The queue of snapshots in virtual time against a venue that counts weight by the minute of the clock. */
class RestSnapshotsTest {
    private static final int BUDGET = 3_000;
    private static final long MINUTE_MS = 60_000;

    private long nowMs = 1_000;
    private final PriorityQueue<Task> tasks = new PriorityQueue<>();
    private final List<String> paths = new ArrayList<>();
    private final Map<Long, Integer> weightByMinute = new HashMap<>();
    private int underWay;
    private int mostUnderWay;
    private int status = 200;
    private long refusedUntilMs;
    private int requestsWhileRefused;

    private record Task(long atMs, long number, Runnable run) implements Comparable<Task> {
        @Override
        public int compareTo(Task other) {
            int byTime = Long.compare(atMs, other.atMs);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }

    private final Loop loop = new Loop() {
        private long number;

        @Override
        public void schedule(Runnable task, long delayMs) {
            tasks.add(new Task(nowMs + delayMs, number++, task));
        }

        @Override
        public void execute(Runnable task) {
            schedule(task, 0);
        }
    };

    private final SidecarClock clock = new SidecarClock() {
        @Override
        public long wallMs() {
            return nowMs;
        }

        @Override
        public long monotonicMs() {
            return nowMs;
        }
    };

    private final SnapshotApi api = new SnapshotApi() {
        @Override
        public List<Integer> limits() {
            return List.of(5_000, 1_000);
        }

        @Override
        public int weight(int limit) {
            return limit == 5_000 ? 250 : 50;
        }

        @Override
        public String path(Instrument instrument, int limit) {
            return instrument.venueSymbol() + " " + limit;
        }

        @Override
        public int usedWeight(RestResponse answer) {
            return -1;
        }

        @Override
        public Delta read(byte[] body, Instrument instrument) {
            Delta snapshot = new Delta();
            snapshot.ids(100, 100);
            snapshot.addBid(99, 1);
            snapshot.addAsk(101, 1);
            return snapshot;
        }
    };

    private final RestCalls venue = new RestCalls() {
        @Override
        public CompletableFuture<RestResponse> get(String path) {
            paths.add(path);
            requestsWhileRefused += nowMs < refusedUntilMs ? 1 : 0;
            weightByMinute.merge(nowMs / MINUTE_MS, path.endsWith(" 5000") ? 250 : 50, Integer::sum);
            mostUnderWay = Math.max(mostUnderWay, ++underWay);
            CompletableFuture<RestResponse> answer = new CompletableFuture<>();
            int code = status;
            loop.schedule(
                    () -> {
                        underWay--;
                        if (code != 200) {
                            refusedUntilMs = nowMs + 30_000;
                        }
                        answer.complete(new RestResponse(code, Map.of("Retry-After", List.of("30")), new byte[0]));
                    },
                    40);
            return answer;
        }

        @Override
        public void close() {}
    };

    private final RestSnapshots queue =
            new RestSnapshots(loop, venue, clock, api, new WeightBudget(BUDGET), () -> {}, FrameTap.NONE, 1);
    private final Map<BookSync, VenueBook> books = new HashMap<>();

    private BookSync book(String symbol) {
        BookSync sync = new BookSync(symbol, BookRules.ranges(10), new BookSync.Port() {
            @Override
            public void requestSnapshot(BookSync asking) {
                VenueBook book = books.get(asking);
                if (book != null) {
                    queue.add(book);
                }
            }

            @Override
            public void changed(BookSync changed) {}

            @Override
            public void transition(BookSync stepped, BookStatus from, BookStatus to, SyncReason reason) {}
        });
        Instrument instrument = new Instrument(symbol, symbol, new Scale(0), new Scale(0));
        books.put(sync, new VenueBook(instrument, sync, new BookMailbox(symbol, 10)));
        return sync;
    }

    private void runFor(long ms) {
        long endMs = nowMs + ms;
        while (!tasks.isEmpty() && tasks.element().atMs() <= endMs) {
            Task task = tasks.remove();
            nowMs = Math.max(nowMs, task.atMs());
            task.run().run();
        }
        nowMs = endMs;
    }

    private List<BookSync> twentyBooks() {
        List<BookSync> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            all.add(book("S" + i));
        }
        return all;
    }

    @Test
    void B2_shouldStayWithinTheBudgetWhenTwentyBooksGapAgainAndAgain() {
        List<BookSync> all = twentyBooks();
        all.forEach(BookSync::onSubscribed);
        runFor(5_000);
        assertThat(all).allMatch(sync -> sync.status() == BookStatus.LIVE);
        for (int round = 0; round < 30; round++) {
            Delta gap = new Delta();
            gap.ids(500, 501);
            all.forEach(sync -> sync.onDelta(gap));
            all.forEach(BookSync::onSubscribed);
            runFor(5_000);
        }
        runFor(120_000);
        assertThat(all).allMatch(sync -> sync.status() == BookStatus.LIVE);
        assertThat(weightByMinute.values()).allMatch(weight -> weight <= BUDGET);
        assertThat(mostUnderWay).isEqualTo(1);
    }

    @Test
    void shouldTakeDeepSnapshotsWhenTheBudgetSufficesForAllThatWait() {
        BookSync one = book("ONE");
        one.onSubscribed();
        runFor(1_000);
        assertThat(paths).containsExactly("ONE 5000");
        assertThat(one.status()).isEqualTo(BookStatus.LIVE);
    }

    @Test
    void L2_shouldAskNothingBeforeTheTimeThatARefusalStates() {
        for (int code : new int[] {429, 418}) {
            status = code;
            book("A" + code).onSubscribed();
            runFor(1_000);
            status = 200;
            runFor(120_000);
            assertThat(requestsWhileRefused).isZero();
        }
        assertThat(books.keySet()).allMatch(sync -> sync.status() == BookStatus.LIVE);
    }
}
