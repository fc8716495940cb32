package dev.relay.sidecar.quality;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.sidecar.book.BookImage;
import dev.relay.sidecar.book.BookMailbox;
import dev.relay.sidecar.book.BookStatus;
import dev.relay.sidecar.book.BookSync;
import dev.relay.sidecar.book.Delta;
import dev.relay.sidecar.book.Scale;
import dev.relay.sidecar.book.SyncReason;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class QualityGateTest {
    private static final Scale PRICE = new Scale(2);
    private static final Scale QUANTITY = new Scale(8);

    private final QualityCounts counts = new QualityCounts();
    private final QualityGate gate = new QualityGate(new QualityConfig(50_000, 3, 300, 3_000), 100, counts);
    private final BookSync sync = new BookSync("BTC-USDT", 100, 1_000, 100, new BookSync.Port() {
        @Override
        public void requestSnapshot(BookSync asked) {}

        @Override
        public void changed(BookSync changed) {}

        @Override
        public void transition(BookSync stepped, BookStatus from, BookStatus to, SyncReason reason) {}
    });
    private long id = 100;
    private long nowMs = 1_000;

    @BeforeEach
    void goLive() {
        sync.onSubscribed();
        Delta snapshot = new Delta();
        snapshot.ids(id, id);
        snapshot.addBid(1_000_000, 5);
        snapshot.addAsk(1_000_100, 5);
        sync.onSnapshot(snapshot, 1_000);
        assertThat(judge()).isEqualTo(Verdict.PASS);
    }

    private Verdict judge() {
        return gate.onChange(sync, nowMs);
    }

    /** The best levels go and others stand in their place. */
    private Verdict moveTo(long bid, long ask) {
        Delta delta = new Delta();
        delta.ids(++id, id);
        for (int rank = 0; rank < sync.book().bids().size(); rank++) {
            delta.addBid(sync.book().bids().price(rank), 0);
        }
        for (int rank = 0; rank < sync.book().asks().size(); rank++) {
            delta.addAsk(sync.book().asks().price(rank), 0);
        }
        delta.addBid(bid, 7);
        delta.addAsk(ask, 7);
        sync.onDelta(delta);
        return judge();
    }

    private BookImage published() {
        BookMailbox mailbox = new BookMailbox("BTC-USDT", 100);
        mailbox.put(sync, gate.verdict().name(), PRICE, QUANTITY, 1);
        BookImage image = mailbox.take();
        if (image == null) {
            throw new AssertionError("nothing published");
        }
        return image;
    }

    @Test
    void shouldPassWhatMovesWithinTheBound() {
        assertThat(moveTo(1_049_000, 1_049_100)).isEqualTo(Verdict.PASS);
        assertThat(published().isLive()).isTrue();
    }

    @Test
    void shouldHoldAJumpUntilItIsConfirmedByChangesAndTime() {
        assertThat(moveTo(1_100_000, 1_100_100)).isEqualTo(Verdict.PRICE_JUMP);
        assertThat(published().status()).isEqualTo(BookStatus.STALE);
        assertThat(published().quality()).isEqualTo("PRICE_JUMP");
        for (int i = 0; i < 5; i++) {
            assertThat(moveTo(1_100_000 + i, 1_100_100 + i)).isEqualTo(Verdict.PRICE_JUMP);
        }
        nowMs += 300;
        assertThat(moveTo(1_100_200, 1_100_300)).isEqualTo(Verdict.PASS);
        assertThat(published().isLive()).isTrue();
        assertThat(counts.of(Verdict.PRICE_JUMP)).isEqualTo(6);
    }

    @Test
    void shouldForgetAJumpThatWasATypingError() {
        assertThat(moveTo(10_000_000, 10_000_100)).isEqualTo(Verdict.PRICE_JUMP);
        assertThat(moveTo(1_000_010, 1_000_110)).isEqualTo(Verdict.PASS);
        nowMs += 10_000;
        assertThat(moveTo(10_000_000, 10_000_100)).isEqualTo(Verdict.PRICE_JUMP);
    }

    @Test
    void shouldBelieveAJumpThatStandsWithoutAnyFurtherChange() {
        moveTo(1_100_000, 1_100_100);
        assertThat(gate.onTick(sync, nowMs + 2_900, 0)).isFalse();
        assertThat(gate.onTick(sync, nowMs + 3_000, 0)).isTrue();
        assertThat(gate.verdict()).isEqualTo(Verdict.PASS);
    }

    @Test
    void shouldCallABookSilentWhenNothingComesAndGoodWhenSomethingDoes() {
        assertThat(gate.onTick(sync, nowMs, 3_000)).isFalse();
        assertThat(gate.onTick(sync, nowMs, 3_100)).isTrue();
        assertThat(published().quality()).isEqualTo("SILENT");
        assertThat(gate.onTick(sync, nowMs, 3_200)).isFalse();
        assertThat(gate.onTick(sync, nowMs, 0)).isTrue();
        assertThat(published().isLive()).isTrue();
    }

    @Test
    void shouldRefusePricesOfZero() {
        Delta delta = new Delta();
        delta.ids(++id, id);
        delta.addBid(0, 5);
        sync.onDelta(delta);
        assertThat(judge()).isEqualTo(Verdict.NON_POSITIVE);
        assertThat(published().isLive()).isFalse();
    }

    @Test
    void shouldLeaveABookThatIsNotLiveToItsOwnStatus() {
        sync.onDisconnected();
        assertThat(judge()).isEqualTo(Verdict.PASS);
        assertThat(published().status()).isEqualTo(BookStatus.STALE);
        assertThat(gate.onTick(sync, nowMs, 60_000)).isFalse();
    }
}
