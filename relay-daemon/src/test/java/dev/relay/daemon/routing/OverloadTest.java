package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.FrameType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A recipient is sent three times of what it can handle (I28), in virtual time: it is never left without work, gets everything once and in order, and has its pace back within ten seconds of the end
 * when its sender heeds PAUSED; when its sender does not, as soon as the backlog is worked off. A step is 50 ms.
 */
class OverloadTest extends HeartTest {
    private static final int CAPACITY = 20;
    private static final int USUAL = CAPACITY / 2;
    private static final int FLOOD = 3 * CAPACITY;
    private static final int SECOND = 20;

    private final ArrayDeque<Got> inHand = new ArrayDeque<>();
    /** By seq. */
    private final List<Integer> sentAtStep = new ArrayList<>(List.of(0));

    @SuppressWarnings("NullAway.Init")
    private Peer sender;

    @SuppressWarnings("NullAway.Init")
    private Peer recipient;

    private boolean isPaused;
    private int step;
    private long handled;

    @BeforeEach
    void join() {
        recipient = heart.join("recipient");
        recipient.credit(100);
        sender = heart.join("sender");
        sender.bind(1, "recipient");
        heart.turn();
    }

    /** Sends at this rate; how long each message that was handled meanwhile took, in steps. */
    private List<Integer> run(int steps, int rate, boolean heedsPauses) {
        List<Integer> took = new ArrayList<>();
        for (int i = 0; i < steps; i++) {
            step++;
            for (int k = 0; k < rate && !(heedsPauses && isPaused()); k++) {
                sender.send(1, sentAtStep.size(), 0, "m");
                sentAtStep.add(step);
            }
            took.addAll(handle());
            heart.advanceMs(Heart.STEP_MS);
            assertThat(sender.take(FrameType.REFUSED)).isEmpty();
            sender.take(FrameType.SENT);
        }
        return took;
    }

    private List<Integer> handle() {
        List<Integer> took = new ArrayList<>();
        inHand.addAll(recipient.deliveries());
        while (took.size() < CAPACITY && !inHand.isEmpty()) {
            Got got = inHand.remove();
            assertThat(got.seq()).isEqualTo(++handled);
            took.add(1 + step - sentAtStep.get((int) got.seq()));
            recipient.ack(got);
        }
        return took;
    }

    private boolean isPaused() {
        List<Got> words = new ArrayList<>();
        sender.got.removeIf(
                got -> (got.type() == FrameType.PAUSED || got.type() == FrameType.RESUMED) && words.add(got));
        if (!words.isEmpty()) {
            isPaused = words.get(words.size() - 1).type() == FrameType.PAUSED;
        }
        return isPaused;
    }

    private static double p99(List<Integer> took) {
        return took.stream().sorted().skip(took.size() * 99L / 100).findFirst().orElseThrow();
    }

    @Test
    void I28_shouldHaveItsPaceBackTenSecondsAfterAMinuteOfThreeTimesItsLoad() {
        double before = p99(run(20 * SECOND, USUAL, true));
        assertThat(run(60 * SECOND, FLOOD, true)).as("never without work").hasSize(60 * SECOND * CAPACITY);
        run(10 * SECOND, USUAL, true);
        double after = p99(run(20 * SECOND, USUAL, true));
        assertThat(after).isLessThanOrEqualTo(1.2 * before);
        assertThat(heart.counter(Counter.PAUSES)).isPositive();
        assertNothingWasRepeated();
    }

    @Test
    void I28_shouldWorkOffAtFullPaceWhatASenderThatHeedsNothingHasPiledUp() {
        int flood = 10 * SECOND;
        int backlog = flood * (FLOOD - CAPACITY);
        assertThat(run(flood, FLOOD, false)).hasSize(flood * CAPACITY);
        assertThat(run(backlog / CAPACITY, 0, false)).hasSize(backlog);
        assertThat(p99(run(20 * SECOND, USUAL, false))).isEqualTo(1);
        assertThat(heart.counter(Counter.SPILLED)).isPositive();
        assertNothingWasRepeated();
    }

    private void assertNothingWasRepeated() {
        assertThat(heart.counter(Counter.REDELIVERED)).isZero();
        assertThat(heart.counter(Counter.DELIVERED)).isEqualTo(sentAtStep.size() - 1);
        assertThat(handled).isEqualTo(sentAtStep.size() - 1);
    }
}
