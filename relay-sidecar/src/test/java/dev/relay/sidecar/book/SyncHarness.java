package dev.relay.sidecar.book;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** A venue that knows its true book, a book under test, and what that book asked for and published. */
final class SyncHarness implements BookSync.Port {
    final TreeMap<Long, Long> trueBids = new TreeMap<>();
    final TreeMap<Long, Long> trueAsks = new TreeMap<>();
    final List<SyncReason> reasons = new ArrayList<>();
    final BookSync sync;
    final SplittableRandom random;
    long id = 1_000;
    int requests;
    int publishedWrong;
    boolean isSnapshotAsked;
    /** Books at each id, as the venue had them: what a LIVE publication must equal. */
    final Map<Long, List<TreeMap<Long, Long>>> history = new TreeMap<>();

    SyncHarness(long seed, int maxBuffered) {
        random = new SplittableRandom(seed);
        sync = new BookSync("BTC-USDT", 100, 10_000, maxBuffered, this);
        for (int i = 1; i <= 50; i++) {
            trueBids.put(10_000L - i, random.nextLong(1, 100));
            trueAsks.put(10_000L + i, random.nextLong(1, 100));
        }
        remember();
    }

    Delta venueMoves() {
        Delta delta = new Delta();
        long first = id + 1;
        id += random.nextInt(1, 4);
        delta.ids(first, id);
        for (int i = 0; i < random.nextInt(1, 5); i++) {
            long price = random.nextLong(9_930, 10_000);
            long quantity = random.nextInt(3) == 0 ? 0 : random.nextLong(1, 100);
            delta.addBid(price, quantity);
            put(trueBids, price, quantity);
            long ask = random.nextLong(10_001, 10_070);
            delta.addAsk(ask, quantity + 1);
            put(trueAsks, ask, quantity + 1);
        }
        remember();
        return delta;
    }

    private static void put(Map<Long, Long> side, long price, long quantity) {
        if (quantity == 0) {
            side.remove(price);
        } else {
            side.put(price, quantity);
        }
    }

    private void remember() {
        history.put(id, List.of(new TreeMap<>(trueBids), new TreeMap<>(trueAsks)));
    }

    Delta snapshot() {
        Delta snapshot = new Delta();
        snapshot.ids(id, id);
        trueBids.descendingMap().forEach(snapshot::addBid);
        trueAsks.forEach(snapshot::addAsk);
        return snapshot;
    }

    void answerSnapshot() {
        isSnapshotAsked = false;
        sync.onSnapshot(snapshot(), 1_000);
    }

    static Map<Long, Long> levels(BookSide side) {
        Map<Long, Long> levels = new TreeMap<>();
        for (int rank = 0; rank < side.size(); rank++) {
            levels.put(side.price(rank), side.quantity(rank));
        }
        return levels;
    }

    @Override
    public void requestSnapshot(BookSync asked) {
        if (isSnapshotAsked) {
            throw new AssertionError("two snapshots under way");
        }
        isSnapshotAsked = true;
        requests++;
    }

    @Override
    public void changed(BookSync changed) {
        if (changed.status() == BookStatus.LIVE) {
            List<TreeMap<Long, Long>> truth = history.get(changed.seq());
            boolean isTrue = truth != null
                    && truth.get(0).equals(levels(changed.book().bids()))
                    && truth.get(1).equals(levels(changed.book().asks()));
            publishedWrong += isTrue ? 0 : 1;
        }
    }

    @Override
    public void transition(BookSync stepped, BookStatus from, BookStatus to, SyncReason reason) {
        reasons.add(reason);
    }
}
