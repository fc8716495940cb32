package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a bad lane costs its neighbours (I18), in virtual time: nothing. Each message of the good sender is given, handled and receipted in the turn in which it was sent, as it is where no bad lane is,
 * beside a lane that fails for more than a minute, one that is never acked, and an agent that dies again and again. What the work for them takes of the processor is for the bench to measure.
 */
class IsolationTest extends HeartTest {
    private static final int STEPS = 1_300;
    private static final int WINDOW = 8;
    private static final String BAD = "bad";

    @SuppressWarnings("NullAway.Init")
    private Peer good;

    @SuppressWarnings("NullAway.Init")
    private Peer bad;

    @SuppressWarnings("NullAway.Init")
    private Peer shared;

    @SuppressWarnings("NullAway.Init")
    private Peer bystander;

    @BeforeEach
    void join() {
        shared = recipient("shared");
        bystander = recipient("bystander");
        good = heart.join("good");
        good.bind(1, "shared");
        good.bind(2, "bystander");
        bad = heart.join(BAD);
        bad.bind(1, "shared");
        heart.turn();
    }

    private Peer recipient(String name) {
        Peer recipient = heart.join(name);
        recipient.credit(WINDOW);
        return recipient;
    }

    /** One message each of good and bad; the good ones must have come through. What came by the bad lane. */
    private List<Got> exchange(int seq) {
        good.send(1, seq, 0, "good");
        good.send(2, seq, 0, "good");
        bad.send(1, seq, 0, BAD);
        List<Got> given = shared.deliveries();
        List<Got> ofGood = given.stream().filter(got -> !isBad(got)).toList();
        assertThat(ofGood).extracting(Got::seq).containsExactly((long) seq);
        ofGood.forEach(shared::ack);
        handleAtBystander(seq);
        heart.turn();
        assertThat(good.take(FrameType.SENT)).extracting(Got::seq).containsExactly((long) seq, (long) seq);
        return given.stream().filter(IsolationTest::isBad).toList();
    }

    private static boolean isBad(Got got) {
        return got.payload().equals(BAD);
    }

    private void handleAtBystander(int seq) {
        Got got = bystander.one(FrameType.DELIVER);
        assertThat(got.seq()).isEqualTo(seq);
        bystander.ack(got);
    }

    @Test
    void I18_shouldServeTheGoodInTheSameTurnBesideALaneThatOnlyFails() {
        for (int seq = 1; seq <= STEPS; seq++) {
            exchange(seq).stream().limit(1).forEach(got -> shared.nack(got, Frames.NACK_ERROR));
            heart.advanceMs(Heart.STEP_MS);
        }
        assertThat(heart.counter(Counter.NACKED)).isGreaterThanOrEqualTo(5);
    }

    @Test
    void I18_shouldServeTheGoodInTheSameTurnBesideALaneThatIsNeverAcked() {
        int given = 0;
        for (int seq = 1; seq <= STEPS; seq++) {
            given += exchange(seq).size();
            heart.advanceMs(Heart.STEP_MS);
        }
        assertThat(given).isEqualTo(WINDOW);
    }

    @Test
    void I18_shouldServeOthersInTheSameTurnBesideAnAgentThatDiesAgainAndAgain() {
        for (int seq = 1; seq <= STEPS / 2; seq++) {
            bad.send(1, seq, 0, BAD);
            good.send(2, seq, 0, "good");
            handleAtBystander(seq);
            heart.turn();
            assertThat(good.take(FrameType.SENT)).extracting(Got::seq).containsExactly((long) seq);
            if (seq % 50 == 0) {
                shared.die();
                shared = recipient("shared");
            }
            heart.advanceMs(Heart.STEP_MS);
        }
        assertThat(heart.counter(Counter.DEAD_LETTERED)).as("found out").isPositive();
    }
}
