package dev.relay.sidecar.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConnectionLifeTest {
    private static final long HOUR_MS = 3_600_000;

    /** A peer that accepts and drops at once, a thousand times. */
    @Test
    void C2_shouldSpreadAThousandReconnectsWithinTheCapAndTheVenuesLimit() {
        FakePeer peer = FakePeer.withDefaults(7);
        List<Long> delaysMs = new ArrayList<>();
        peer.onOpen = socket -> {
            peer.accept(socket);
            peer.life.onEnded(socket, FakePeer.DROPPED, peer.nowMs);
            delaysMs.add(peer.life.nextAttemptMs() - peer.nowMs);
        };
        peer.life.start(peer.nowMs);
        while (peer.openedAtMs.size() < 1_000) {
            peer.run(60_000);
        }
        assertThat(delaysMs).allMatch(delay -> delay >= 0 && delay <= 30_000);
        assertThat(delaysMs.subList(20, 1_000).stream().distinct().count()).isGreaterThan(900);
        assertThat(delaysMs.subList(20, 1_000).stream()
                        .mapToLong(Long::longValue)
                        .average()
                        .orElseThrow())
                .isBetween(13_500.0, 16_500.0);
        assertThat(mostWithin(peer.openedAtMs, 300_000)).isLessThan(300);
        assertThat(peer.losses).hasSizeGreaterThanOrEqualTo(1_000).containsOnly(EndReason.CONNECTION_LOST);
    }

    private static int mostWithin(List<Long> times, long windowMs) {
        int most = 0;
        int from = 0;
        for (int to = 0; to < times.size(); to++) {
            while (times.get(to) - times.get(from) >= windowMs) {
                from++;
            }
            most = Math.max(most, to - from + 1);
        }
        return most;
    }

    @Test
    void C2_shouldForgetFailuresOnlyAfterAHealthyInterval() {
        FakePeer peer = FakePeer.refusing(3);
        peer.run(10 * 60_000);
        peer.onOpen = peer::accept;
        peer.run(31_000);
        assertThat(peer.life.state()).isEqualTo(LifeState.STREAMING);
        long longest = 0;
        for (int i = 0; i < 20; i++) { // up for 30 s only: not healthy yet
            peer.runWithData(30_000);
            peer.life.onEnded(peer.life.serving(), FakePeer.DROPPED, peer.nowMs);
            longest = Math.max(longest, peer.life.nextAttemptMs() - peer.nowMs);
            peer.run(31_000, () -> peer.life.onData(peer.life.serving(), peer.nowMs));
        }
        assertThat(longest).isGreaterThan(10_000);
        peer.runWithData(61_000);
        peer.life.onEnded(peer.life.serving(), FakePeer.DROPPED, peer.nowMs);
        assertThat(peer.life.nextAttemptMs() - peer.nowMs).isLessThanOrEqualTo(250);
    }

    @Test
    void C3_shouldSurviveTenMinutesWithoutNames() {
        FakePeer peer = FakePeer.refusing(5);
        peer.run(10 * 60_000);
        assertThat(peer.life.state()).isEqualTo(LifeState.BACKING_OFF);
        assertThat(peer.openedAtMs.size()).isBetween(20, 240);
        peer.onOpen = peer::accept;
        peer.runWithData(30_100);
        assertThat(peer.life.state()).isEqualTo(LifeState.STREAMING);
        assertThat(peer.life.ends(EndReason.CONNECT_FAILED)).isEqualTo(peer.openedAtMs.size() - 1L);
    }

    @Test
    void shouldKeepWithinAVenuesAttemptsAndTheirDistance() {
        FakePeer peer = new FakePeer(LifeConfig.defaults(), new AttemptBudget(30, 600_000, 5_000), 1);
        peer.onOpen = peer::refuse;
        peer.life.start(peer.nowMs);
        peer.run(HOUR_MS);
        assertThat(mostWithin(peer.openedAtMs, 600_000)).isLessThanOrEqualTo(30);
        for (int i = 6; i < peer.openedAtMs.size(); i++) {
            assertThat(peer.openedAtMs.get(i) - peer.openedAtMs.get(i - 1)).isGreaterThanOrEqualTo(5_000);
        }
    }

    @Test
    void shouldGiveUpASocketThatShowsNoLife() {
        FakePeer peer = FakePeer.accepting(2);
        peer.runWithData(5_000);
        peer.run(10_200);
        assertThat(peer.losses).containsExactly(EndReason.SILENT);
        assertThat(peer.closed).containsExactly(0);
    }

    @Test
    void shouldNoticeAFeedThatPingsButTellsNothingAndBeMorePatientEachTime() {
        FakePeer peer = FakePeer.accepting(2);
        peer.runWithData(5_000);
        peer.run(30_200, () -> peer.life.onFrame(peer.life.serving(), peer.nowMs));
        assertThat(peer.losses).containsExactly(EndReason.DATA_SILENT);
        peer.run(HOUR_MS, () -> peer.life.onFrame(peer.life.serving(), peer.nowMs));
        assertThat(peer.losses).hasSizeBetween(5, 12);
    }

    @Test
    void shouldNotSuspectAMarketThatIsAsQuietAsItUsedToBe() {
        FakePeer peer = FakePeer.accepting(2);
        for (int i = 0; i < 60; i++) {
            peer.run(25_000, () -> peer.life.onFrame(peer.life.serving(), peer.nowMs));
            peer.life.onData(peer.life.serving(), peer.nowMs);
        }
        peer.run(80_000, () -> peer.life.onFrame(peer.life.serving(), peer.nowMs));
        assertThat(peer.losses).isEmpty();
    }

    @Test
    void C1_shouldReplaceAnOldSocketByAYoungerOneWithoutALoss() {
        FakePeer peer = FakePeer.accepting(2);
        peer.runWithData(23 * HOUR_MS + 200);
        assertThat(peer.handovers).containsExactly("handOver 1");
        assertThat(peer.closed).isEmpty();
        peer.life.onHandedOver(peer.nowMs);
        assertThat(peer.closed).containsExactly(0);
        assertThat(peer.life.serving()).isEqualTo(1);
        assertThat(peer.life.state()).isEqualTo(LifeState.STREAMING);
        assertThat(peer.losses).isEmpty();
    }

    @Test
    void C1_shouldRotateAtOnceWhenTheVenueAnnouncesItsShutdown() {
        FakePeer peer = FakePeer.accepting(2);
        peer.runWithData(5_000);
        peer.life.onShutdownAnnounced(0, peer.nowMs);
        assertThat(peer.handovers).containsExactly("handOver 1");
        peer.life.onEnded(0, FakePeer.DROPPED, peer.nowMs); // cut before every book had moved
        assertThat(peer.handovers).containsExactly("handOver 1", "finish 1");
        assertThat(peer.life.serving()).isEqualTo(1);
        assertThat(peer.losses).isEmpty();
    }

    @Test
    void shouldKeepTheOldSocketWhileTheYoungerOneFails() {
        FakePeer peer = FakePeer.accepting(2);
        peer.runWithData(5_000);
        peer.onOpen = peer::refuse;
        peer.life.onShutdownAnnounced(0, peer.nowMs);
        peer.runWithData(10_000);
        assertThat(peer.life.serving()).isZero();
        assertThat(peer.life.state()).isEqualTo(LifeState.STREAMING);
        assertThat(peer.losses).isEmpty();
        assertThat(peer.openedAtMs.size()).isGreaterThan(3);
        peer.onOpen = peer::accept;
        peer.runWithData(30_000);
        assertThat(peer.handovers).isNotEmpty();
    }

    @Test
    void shouldEndAHandOverThatTakesTooLong() {
        FakePeer peer = FakePeer.accepting(2);
        peer.runWithData(1_000);
        peer.life.onShutdownAnnounced(0, peer.nowMs);
        peer.runWithData(10_200);
        assertThat(peer.handovers).containsExactly("handOver 1", "finish 1");
        assertThat(peer.life.serving()).isEqualTo(1);
    }
}
