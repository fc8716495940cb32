package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.daemon.session.CloseReason;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Health names a stalled and a lost agent within a second, and nobody who only pauses for a moment. */
class SessionWatchTest {
    @TempDir
    Path dir = Path.of("");

    private Heart heart;

    @AfterEach
    void stop() {
        heart.close();
    }

    @BeforeEach
    void start() {
        heart = new Heart(dir, BusConfig.defaults("test").withProbing(new BusConfig.Probing(200, 350)));
    }

    @Test
    void shouldNameAnAgentThatDoesNotAnswerWithinASecond() {
        heart.join("worker");
        heart.advanceMs(900);
        assertThat(heart.bus.snapshot().silentAgents())
                .singleElement()
                .asString()
                .startsWith("worker (pid 7) silent for 0.");
        assertThat(HealthRules.judge(heart.bus.snapshot()).points("agents_silent"))
                .isEqualTo(5);
        assertThat(heart.bus.snapshot().suspects()).isZero();
    }

    @Test
    void shouldCallItSuspectAndNotSilentAfterThreeSeconds() {
        heart.join("worker");
        heart.advanceMs(3_500);
        assertThat(heart.bus.snapshot().silentAgents()).isEmpty();
        assertThat(HealthRules.judge(heart.bus.snapshot()).points("agents_suspect"))
                .isEqualTo(10);
    }

    @Test
    void shouldNameNobodyWhoAnswersItsProbesAfterAShortPause() {
        Peer worker = heart.join("worker");
        for (int i = 0; i < 10; i++) {
            heart.advanceMs(450); // asked after 200 to 300 ms, answered 150 ms or more later
            assertThat(worker.take(FrameType.PING)).isNotEmpty();
            worker.say(b -> FrameWriter.pong(b, 1));
            heart.advanceMs(10);
            assertThat(heart.bus.snapshot().silentAgents()).isEmpty();
        }
    }

    @Test
    void shouldBlameNobodyForAPauseOfItsOwn() {
        heart.join("worker");
        heart.advanceMs(250);
        heart.clock.advanceMs(1_000);
        heart.bus.onTimer();
        assertThat(heart.bus.snapshot().silentAgents()).isEmpty();
    }

    @Test
    void shouldSpreadTheProbesOfACrowdOverARound() {
        List<Peer> crowd =
                IntStream.range(0, 300).mapToObj(i -> heart.join("idle-" + i)).toList();
        Set<Peer> asked = new HashSet<>();
        for (int ms = 0; ms < 400; ms++) {
            heart.advanceMs(1);
            List<Peer> now = crowd.stream()
                    .filter(peer -> !peer.take(FrameType.PING).isEmpty())
                    .toList();
            assertThat(now).hasSizeLessThanOrEqualTo(64);
            asked.addAll(now);
        }
        assertThat(asked).hasSize(300);
    }

    @Test
    void I21_shouldAskACrowdRarelyAndSuspectNoLater() {
        List<Peer> crowd =
                IntStream.range(0, 1_100).mapToObj(i -> heart.join("idle-" + i)).toList();
        advanceSmoothlyMs(1_950);
        assertThat(crowd).allMatch(peer -> peer.take(FrameType.PING).isEmpty());
        advanceSmoothlyMs(350);
        assertThat(crowd).allMatch(peer -> !peer.take(FrameType.PING).isEmpty());
        crowd.subList(1, crowd.size()).forEach(peer -> peer.say(b -> FrameWriter.pong(b, 1)));
        advanceSmoothlyMs(1_000);
        assertThat(heart.bus.snapshot().suspects()).isEqualTo(1);
    }

    /** So that no turn of a round is late. */
    private void advanceSmoothlyMs(int ms) {
        for (int i = 0; i < ms; i++) {
            heart.advanceMs(1);
        }
    }

    @Test
    void shouldNameForAMinuteWhoEndedWithoutAGoodbye() {
        Peer lost = heart.join("lost");
        Peer polite = heart.join("polite");
        polite.goodbye();
        lost.die();
        assertThat(heart.bus.snapshot().lostAgents())
                .singleElement()
                .asString()
                .startsWith("lost ended without a goodbye");
        assertThat(polite.closed).isEqualTo(CloseReason.GOODBYE);
        heart.join("lost");
        assertThat(heart.bus.snapshot().lostAgents()).isEmpty();
    }
}
