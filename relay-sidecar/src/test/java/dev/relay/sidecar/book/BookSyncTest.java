package dev.relay.sidecar.book;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BookSyncTest {
    private static SyncHarness live(long seed) {
        SyncHarness venue = new SyncHarness(seed, 1_000);
        venue.sync.onSubscribed();
        venue.answerSnapshot();
        assertThat(venue.sync.status()).isEqualTo(BookStatus.LIVE);
        return venue;
    }

    /** B1: drop, duplicate or reorder one delta of a clean stream; a wrong book is never published as LIVE. */
    @Test
    void shouldNeverPublishAWrongBookWhateverHappensToOneDelta() {
        for (long seed = 0; seed < 2_000; seed++) {
            SyncHarness venue = live(seed);
            List<Delta> stream = new ArrayList<>();
            int faultAt = venue.random.nextInt(1, 18);
            int fault = venue.random.nextInt(3);
            for (int i = 0; i < 20; i++) {
                stream.add(venue.venueMoves());
            }
            if (fault == 0) {
                stream.remove(faultAt);
            } else if (fault == 1) {
                stream.add(faultAt, stream.get(faultAt));
            } else {
                stream.add(faultAt, stream.remove(faultAt + 1));
            }
            stream.forEach(venue.sync::onDelta);
            assertThat(venue.publishedWrong).as("seed=%d fault=%d", seed, fault).isZero();
            assertThat(venue.sync.status())
                    .as("seed=%d fault=%d", seed, fault)
                    .isEqualTo(fault == 1 ? BookStatus.LIVE : BookStatus.SYNCING);
            if (venue.isSnapshotAsked) {
                venue.answerSnapshot();
            }
            venue.sync.onDelta(venue.venueMoves());
            assertThat(venue.sync.status()).isEqualTo(BookStatus.LIVE);
            assertThat(SyncHarness.levels(venue.sync.book().bids())).isEqualTo(venue.trueBids);
            assertThat(SyncHarness.levels(venue.sync.book().asks())).isEqualTo(venue.trueAsks);
            assertThat(venue.publishedWrong).isZero();
        }
    }

    @Test
    void shouldApplyWhatArrivedWhileTheSnapshotWasUnderWay() {
        SyncHarness venue = new SyncHarness(5, 1_000);
        venue.sync.onSubscribed();
        venue.sync.onDelta(venue.venueMoves());
        venue.sync.onDelta(venue.venueMoves());
        Delta snapshot = venue.snapshot();
        venue.sync.onDelta(venue.venueMoves());
        venue.sync.onSnapshot(snapshot, 1_000);
        assertThat(venue.sync.status()).isEqualTo(BookStatus.LIVE);
        assertThat(venue.sync.seq()).isEqualTo(venue.id);
        assertThat(venue.sync.counts().applied()).isEqualTo(1);
        assertThat(venue.sync.counts().ignored()).isEqualTo(2);
        assertThat(SyncHarness.levels(venue.sync.book().bids())).isEqualTo(venue.trueBids);
    }

    /** B2 */
    @Test
    void shouldFetchAgainWhenTheSnapshotIsOlderThanTheFirstKeptEvent() {
        SyncHarness venue = new SyncHarness(6, 1_000);
        Delta old = venue.snapshot();
        venue.sync.onSubscribed();
        venue.venueMoves(); // before the subscription took effect: never sent
        venue.sync.onDelta(venue.venueMoves());
        venue.isSnapshotAsked = false;
        venue.sync.onSnapshot(old, 1_000);
        assertThat(venue.sync.status()).isEqualTo(BookStatus.SYNCING);
        assertThat(venue.requests).isEqualTo(2);
        venue.answerSnapshot();
        assertThat(venue.sync.status()).isEqualTo(BookStatus.LIVE);
    }

    /** B4 */
    @Test
    void shouldResynchroniseOnACrossedBookFromACleanSequence() {
        SyncHarness venue = live(7);
        Delta crossing = new Delta();
        crossing.ids(venue.id + 1, venue.id + 1);
        crossing.addBid(10_500, 1);
        venue.sync.onDelta(crossing);
        assertThat(venue.sync.status()).isEqualTo(BookStatus.SYNCING);
        assertThat(venue.reasons).endsWith(SyncReason.CROSSED);
        assertThat(venue.publishedWrong).isZero();
    }

    @Test
    void shouldCompareWithTheTickerOfTheSameIdBeforeOrAfterTheEvent() {
        SyncHarness venue = live(8);
        Delta early = venue.venueMoves();
        ticker(venue, 0);
        venue.sync.onDelta(early);
        venue.sync.onDelta(venue.venueMoves());
        ticker(venue, 0);
        assertThat(venue.sync.secondOpinion().okCount()).isEqualTo(2);
        Delta doubted = venue.venueMoves();
        ticker(venue, 1);
        venue.sync.onDelta(doubted);
        assertThat(venue.sync.secondOpinion().badCount()).isEqualTo(1);
        assertThat(venue.reasons).endsWith(SyncReason.DISAGREED);
        assertThat(venue.sync.status()).isEqualTo(BookStatus.SYNCING);
    }

    private static void ticker(SyncHarness venue, long error) {
        venue.sync.onTicker(
                venue.id,
                venue.trueBids.lastKey(),
                venue.trueBids.lastEntry().getValue() + error,
                venue.trueAsks.firstKey(),
                venue.trueAsks.firstEntry().getValue());
    }

    @Test
    void shouldBeStaleWithoutAConnectionAndDropASnapshotAskedBefore() {
        SyncHarness venue = new SyncHarness(9, 1_000);
        venue.sync.onSubscribed();
        Delta old = venue.snapshot();
        venue.sync.onDisconnected();
        assertThat(venue.sync.status()).isEqualTo(BookStatus.STALE);
        venue.sync.onSubscribed();
        venue.isSnapshotAsked = false;
        venue.sync.onSnapshot(old, 1_000);
        assertThat(venue.sync.status()).isEqualTo(BookStatus.SYNCING);
        venue.answerSnapshot();
        assertThat(venue.sync.status()).isEqualTo(BookStatus.LIVE);
    }

    @Test
    void shouldBeginAgainWhenTooManyEventsWaitForASnapshot() {
        SyncHarness venue = new SyncHarness(10, 5);
        venue.sync.onSubscribed();
        for (int i = 0; i < 6; i++) {
            venue.sync.onDelta(venue.venueMoves());
        }
        assertThat(venue.sync.counts().overflows()).isEqualTo(1);
        assertThat(venue.requests).isEqualTo(1);
    }

    /** B3: levels that the snapshot did not reach may exist unseen; the book must not be published over them. */
    @Test
    void shouldResynchroniseWhenTheSnapshotsRangeIsUsedUp() {
        SyncHarness venue = new SyncHarness(12, 100);
        venue.sync.onSubscribed();
        Delta partial = new Delta();
        partial.ids(venue.id, venue.id);
        partial.addBid(100, 1);
        partial.addBid(99, 1);
        partial.addAsk(101, 1);
        partial.addAsk(102, 1);
        venue.history.clear();
        venue.isSnapshotAsked = false;
        venue.sync.onSnapshot(partial, 2);
        Delta beyond = new Delta();
        beyond.ids(venue.id + 1, venue.id + 1);
        beyond.addBid(100, 0);
        beyond.addBid(90, 5);
        venue.sync.onDelta(beyond);
        assertThat(venue.reasons).endsWith(SyncReason.RANGE);
    }

    @Test
    void X1_shouldNoticeThatTheVenueNumbersAnewInsteadOfTakingAllChangesForOld() {
        SyncHarness venue = live(12);
        venue.sync.onDelta(venue.venueMoves());
        venue.id = 0;
        venue.history.clear();
        for (int i = 0; i < 3; i++) {
            assertThat(venue.sync.status()).isEqualTo(BookStatus.LIVE);
            venue.sync.onDelta(venue.venueMoves());
        }
        assertThat(venue.sync.status()).isEqualTo(BookStatus.SYNCING);
        assertThat(venue.reasons).endsWith(SyncReason.RENUMBERED);
        venue.answerSnapshot();
        venue.sync.onDelta(venue.venueMoves());
        assertThat(venue.sync.status()).isEqualTo(BookStatus.LIVE);
        assertThat(venue.publishedWrong).isZero();
    }

    @Test
    void shouldTakeTheSameOldChangeTwiceForADuplicateOnly() {
        SyncHarness venue = live(13);
        Delta first = venue.venueMoves();
        venue.sync.onDelta(first);
        for (int i = 0; i < 10; i++) {
            venue.sync.onDelta(first);
        }
        assertThat(venue.sync.status()).isEqualTo(BookStatus.LIVE);
    }
}
