package dev.relay.sidecar.book;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Books whose snapshots come in the stream, by chain and by checksum. */
class StreamedBookTest {
    private static final class Asked implements BookSync.Port {
        private int snapshots;
        private SyncReason last = SyncReason.START;

        @Override
        public void requestSnapshot(BookSync sync) {
            snapshots++;
        }

        @Override
        public void changed(BookSync sync) {}

        @Override
        public void transition(BookSync sync, BookStatus from, BookStatus to, SyncReason reason) {
            last = reason;
        }
    }

    /** Adds up what it covers, so that a test can make right and wrong ones. */
    private static final class Sum implements BookChecksum {
        @Override
        public long of(Book book, Scale priceScale, Scale quantityScale) {
            long sum = 0;
            for (int rank = 0; rank < Math.min(2, book.bids().size()); rank++) {
                sum += book.bids().price(rank) * 1_000 + book.bids().quantity(rank);
            }
            return sum;
        }

        @Override
        public int depth() {
            return 2;
        }
    }

    private final Asked asked = new Asked();

    private BookSync book(SequenceRule rule, @Nullable BookChecksum checksum, SnapshotSource source) {
        BookSync sync = new BookSync("A-B", BookRules.streamed(rule, checksum, source, 10), asked);
        sync.onSubscribed();
        return sync;
    }

    private static Delta delta(boolean isSnapshot, long bid, long quantity) {
        Delta delta = new Delta();
        if (isSnapshot) {
            delta.markSnapshot();
            delta.addAsk(1_000, 1);
        }
        delta.addBid(bid, quantity);
        return delta;
    }

    private static Delta linked(boolean isSnapshot, long previous, long id, long bid, long quantity) {
        Delta delta = delta(isSnapshot, bid, quantity);
        delta.ids(previous, id);
        delta.checksum(0); // the field is kept, it means nothing
        return delta;
    }

    @Test
    void B6_shouldAcceptChecksumZeroWhereTheChainHoldsAndBeginAgainWhereItDoesNot() {
        BookSync sync = book(SequenceRule.LINKED, new Sum(), SnapshotSource.EITHER);
        sync.onDelta(linked(true, -1, 10, 100, 5));
        sync.onDelta(linked(false, 10, 15, 101, 1));
        sync.onDelta(linked(false, 15, 15, 101, 1)); // a sign of life
        sync.onDelta(linked(false, 15, 3, 101, 2)); // the venue numbers anew
        sync.onDelta(linked(false, 3, 4, 101, 3));
        assertThat(sync.status()).isEqualTo(BookStatus.LIVE);
        assertThat(sync.counts().checksumBad()).isZero();
        sync.onDelta(linked(false, 5, 6, 101, 4));
        assertThat(sync.status()).isEqualTo(BookStatus.SYNCING);
        assertThat(asked.last).isEqualTo(SyncReason.GAP);
        assertThat(asked.snapshots).isEqualTo(1);
    }

    @Test
    void B6_shouldHoldABookWithoutIdsToItsChecksum() {
        BookSync sync = book(SequenceRule.LINKED, new Sum(), SnapshotSource.EITHER);
        Delta snapshot = delta(true, 100, 5);
        snapshot.checksum(100_005);
        sync.onDelta(snapshot);
        assertThat(sync.status()).isEqualTo(BookStatus.LIVE);
        assertThat(sync.provenDepth()).isEqualTo(2);
        Delta wrong = delta(false, 101, 1);
        wrong.checksum(0);
        sync.onDelta(wrong);
        assertThat(asked.last).isEqualTo(SyncReason.CHECKSUM);
        assertThat(sync.status()).isEqualTo(BookStatus.SYNCING);
    }

    @Test
    void shouldJoinASnapshotFetchedApartWhenTheStreamSendsNone() {
        BookSync sync = book(SequenceRule.LINKED, null, SnapshotSource.EITHER);
        sync.onDelta(linked(false, 8, 10, 99, 1));
        sync.onDelta(linked(false, 10, 12, 98, 2));
        sync.onDelta(linked(false, 12, 13, 97, 3));
        sync.onSnapshotFailed();
        Delta tooOld = delta(false, 90, 9);
        tooOld.addAsk(1_000, 1);
        tooOld.ids(7, 7);
        sync.onSnapshot(tooOld, Integer.MAX_VALUE);
        assertThat(sync.counts().snapshotsTooOld()).isEqualTo(1);
        Delta fitting = delta(false, 90, 9);
        fitting.addAsk(1_000, 1);
        fitting.ids(11, 11);
        sync.onSnapshot(fitting, Integer.MAX_VALUE);
        assertThat(sync.status()).isEqualTo(BookStatus.LIVE);
        assertThat(sync.seq()).isEqualTo(13);
        assertThat(sync.book().bids().price(0)).isEqualTo(98);
        assertThat(sync.book().bids().size()).isEqualTo(3);
    }

    @Test
    void shouldIgnoreChangesBeforeTheStreamsSnapshotAndTakeALaterOneInPlace() {
        BookSync sync = book(SequenceRule.NONE, null, SnapshotSource.STREAM);
        sync.onDelta(delta(false, 50, 1));
        assertThat(sync.status()).isEqualTo(BookStatus.SYNCING);
        sync.onDelta(delta(true, 100, 5));
        sync.onDelta(delta(false, 101, 1));
        sync.onDelta(delta(true, 90, 2));
        assertThat(sync.status()).isEqualTo(BookStatus.LIVE);
        assertThat(sync.book().bids().size()).isEqualTo(1);
        assertThat(sync.counts().resyncs()).isZero();
        assertThat(asked.snapshots).isZero();
        sync.onGap();
        assertThat(asked.snapshots).isEqualTo(1);
        assertThat(asked.last).isEqualTo(SyncReason.GAP);
    }

    /** The venue sends no removal for levels pushed out of its window; within one message order decides. */
    @Test
    void B3_shouldCutTheBookToTheVenuesWindowAfterEachMessage() {
        BookSync sync = new BookSync(
                "A-B",
                BookRules.streamed(SequenceRule.NONE, null, SnapshotSource.STREAM, 2)
                        .keeping(2),
                asked);
        sync.onSubscribed();
        Delta snapshot = delta(true, 100, 5);
        snapshot.addBid(99, 5);
        sync.onDelta(snapshot);
        Delta moves = delta(false, 101, 1);
        moves.addBid(101, 0);
        moves.addBid(98, 7);
        sync.onDelta(moves);
        assertThat(sync.book().bids().size()).isEqualTo(2);
        assertThat(sync.book().bids().price(1)).isEqualTo(99);
        sync.onDelta(delta(false, 102, 1));
        sync.onDelta(delta(false, 102, 0));
        assertThat(sync.book().bids().size()).isEqualTo(1); // 99 was pushed out; the venue would send it again
    }

    @Test
    void B4_shouldAskForASnapshotWhenChangesEmptyASideAndBelieveOneThatIsEmpty() {
        BookSync sync = book(SequenceRule.NONE, null, SnapshotSource.STREAM);
        sync.onDelta(delta(true, 100, 5));
        sync.onDelta(delta(false, 100, 0));
        assertThat(asked.last).isEqualTo(SyncReason.EMPTY);
        assertThat(sync.counts().emptied()).isEqualTo(1);
        Delta empty = new Delta();
        empty.markSnapshot();
        empty.addAsk(1_000, 1);
        sync.onDelta(empty);
        assertThat(sync.status()).isEqualTo(BookStatus.LIVE);
    }

    /** A book larger than its bound keeps its best levels and never claims what it dropped. */
    @Test
    void shouldShrinkWhatItKnowsWhenABookExceedsItsBound() {
        BookRules rules = new BookRules(SequenceRule.NONE, null, SnapshotSource.STREAM, 3, 0, Integer.MAX_VALUE, 4, 10);
        BookSync sync = new BookSync("A-B", rules, asked);
        sync.onSubscribed();
        Delta snapshot = delta(true, 100, 1);
        for (int i = 1; i < 6; i++) {
            snapshot.addBid(100 - i, 1);
        }
        sync.onDelta(snapshot);
        assertThat(sync.book().bids().size()).isEqualTo(4);
        assertThat(sync.book().bids().truncatedCount()).isEqualTo(2);
        assertThat(sync.provenDepth()).isEqualTo(3);
        sync.onDelta(delta(false, 100, 0));
        assertThat(sync.status()).isEqualTo(BookStatus.LIVE);
        Delta beyond = delta(false, 99, 0);
        beyond.addBid(90, 1);
        sync.onDelta(beyond);
        assertThat(asked.last).isEqualTo(SyncReason.RANGE);
    }
}
