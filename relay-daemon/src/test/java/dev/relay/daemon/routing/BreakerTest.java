package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Breakers of lanes and agents, in virtual time. */
class BreakerTest extends HeartTest {
    private static final int COOL_DOWN_MS = 30_000;

    private Peer recipient(String name) {
        Peer peer = heart.join(name, "events", List.of("breaker"));
        peer.credit(100);
        return peer;
    }

    private static void sendAll(Peer sender, int messages) {
        for (int seq = 1; seq <= messages; seq++) {
            sender.send(1, seq, 0, "m" + seq);
        }
        sender.heart.turn();
    }

    /** Five lanes whose first message fails: the agent's breaker opens. */
    private List<Peer> fiveFailures(Peer failing) {
        List<Peer> senders = new ArrayList<>();
        for (int i = 1; i <= 5; i++) {
            Peer sender = heart.sender("sender" + i, failing.name);
            sendAll(sender, 3);
            senders.add(sender);
            failing.nack(failing.deliveries().get(0), Frames.NACK_ERROR);
        }
        heart.turn();
        return senders;
    }

    private Peer[] all(List<Peer> senders, Peer... more) {
        List<Peer> all = new ArrayList<>(senders);
        all.addAll(List.of(more));
        return all.toArray(Peer[]::new);
    }

    private static List<?> rows(Peer peer, Object... more) {
        return (List<?>) Objects.requireNonNull(peer.control("breaker.ls", more).get("breakers"));
    }

    @Test
    void B1_shouldOpenAfterFiveFailuresHoldForTheCoolDownAndDeliverInOrderWhenTheProbeIsAcked() {
        Peer failing = recipient("failing");
        List<Peer> senders = fiveFailures(failing);
        assertThat(failing.take(FrameType.EVENT))
                .hasSize(1)
                .allSatisfy(
                        e -> assertThat(e.json()).containsEntry("state", "open").containsEntry("scope", "agent"));
        heart.liveMs(COOL_DOWN_MS - 1_000, all(senders, failing));
        assertThat(failing.deliveries()).as("held").isEmpty();
        assertThat(heart.bus.snapshot().deadLetters()).isZero();
        heart.liveMs(3_500, all(senders, failing));
        List<Got> probes = failing.deliveries();
        assertThat(probes).as("one attempt while it is half open").hasSize(1);
        assertThat(probes.get(0).seq()).isEqualTo(1);
        assertThat(probes.get(0).attempt()).isEqualTo(2);
        failing.ack(probes.get(0));
        heart.liveMs(100, all(senders, failing));
        assertThat(rows(failing)).isEmpty();
        List<Long> ofOneLane = new ArrayList<>();
        for (Got d : failing.deliveries()) {
            if (Frames.handle(d.b(), 0) == 2) {
                ofOneLane.add(d.seq());
            }
        }
        assertThat(ofOneLane).containsExactly(1L, 2L, 3L);
    }

    @Test
    void B2_shouldLeaveOtherAgentsAlone() {
        Peer failing = recipient("failing");
        Peer healthy = recipient("healthy");
        List<Peer> senders = fiveFailures(failing);
        Peer first = senders.get(0);
        first.bind(2, "healthy");
        first.send(2, 1, 0, "now");
        heart.turn();
        assertThat(healthy.seqs()).containsExactly(1L);
        assertThat(healthy.take(FrameType.EVENT)).isEmpty();
    }

    @Test
    void I15_shouldChargeNoRetryTimeWhileABreakerIsOpen() {
        Peer failing = recipient("failing");
        List<Peer> senders = fiveFailures(failing);
        List<Integer> attempts = new ArrayList<>();
        for (int i = 0; i < 2_400; i++) {
            heart.liveMs(100, all(senders, failing));
            failing.deliveries().forEach(d -> {
                if (Frames.handle(d.b(), 0) == 1 && d.seq() == 1) {
                    attempts.add(d.attempt());
                }
                failing.nack(d, Frames.NACK_ERROR);
            });
        }
        assertThat(attempts).as("four minutes of open breakers cost no attempt").startsWith(2);
        assertThat(heart.bus.snapshot().deadLetters()).isZero();
    }

    @Test
    void B3_shouldOpenAgainWhenTheProbeFails() {
        Peer failing = recipient("failing");
        List<Peer> senders = fiveFailures(failing);
        heart.liveMs(COOL_DOWN_MS + 2_500, all(senders, failing));
        failing.nack(failing.one(FrameType.DELIVER), Frames.NACK_ERROR);
        heart.liveMs(COOL_DOWN_MS - 1_000, all(senders, failing));
        assertThat(failing.deliveries()).isEmpty();
        assertThat(((Map<?, ?>) rows(failing).get(0)).get("opened")).isEqualTo(2L);
    }

    @Test
    void I15_shouldNotOpenForASinglePoisonMessage() {
        Peer recipient = recipient("recipient");
        Peer sender = heart.sender("sender", "recipient");
        Peer other = heart.sender("other", "recipient");
        sendAll(sender, 1);
        for (int i = 0; i < 600; i++) {
            recipient.deliveries().forEach(d -> recipient.nack(d, Frames.NACK_ERROR));
            heart.liveMs(100, sender, recipient, other);
        }
        assertThat(heart.counter(Counter.BREAKERS_OPENED)).isZero();
        assertThat(heart.bus.snapshot().deadLetters()).isEqualTo(1);
    }

    @Test
    void B4_shouldOpenTheBreakerOfALaneThatOnlyFailsWhileOthersWork() {
        Peer recipient = recipient("recipient");
        Peer bad = heart.sender("bad", "recipient");
        Peer good = heart.sender("good", "recipient");
        sendAll(bad, 2);
        long seq = 0;
        for (int i = 0; i < 700; i++) {
            good.send(1, ++seq, 0, "fine");
            for (Got d : recipient.deliveries()) {
                if (Frames.handle(d.b(), 0) == 1) {
                    recipient.nack(d, Frames.NACK_ERROR);
                } else {
                    recipient.ack(d);
                }
            }
            recipient.take(FrameType.SKIP).forEach(recipient::ack);
            heart.liveMs(100, bad, good, recipient);
        }
        Map<?, ?> row = (Map<?, ?>) rows(recipient).get(0);
        assertThat(rows(recipient)).hasSize(1);
        assertThat(row.get("scope")).isEqualTo("lane");
        assertThat(row.get("sender")).isEqualTo("bad");
        Map<?, ?> lane = lane(recipient, "bad");
        assertThat(lane.get("breaker")).isEqualTo("open");
        good.send(1, ++seq, 0, "still");
        heart.turn();
        assertThat(recipient.deliveries()).isNotEmpty();
    }

    private static Map<?, ?> lane(Peer recipient, String sender) {
        List<?> lanes =
                (List<?>) Objects.requireNonNull(recipient.control("lane.ls").get("lanes"));
        return (Map<?, ?>) lanes.stream()
                .filter(row -> sender.equals(((Map<?, ?>) row).get("sender")))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void B5_shouldCloseWhenToldToAndSayNoToUnknownOnes() {
        Peer failing = recipient("failing");
        List<Peer> senders = fiveFailures(failing);
        assertThat(senders.get(0).control("breaker.reset", "agent", "nobody"))
                .containsEntry("code", ErrorCode.NOT_FOUND.name());
        assertThat(failing.control("breaker.reset")).containsEntry("closed", 1L);
        assertThat(rows(failing, "all", true)).isEmpty();
        heart.liveMs(2_100, all(senders, failing));
        assertThat(failing.deliveries()).extracting(Got::attempt).contains(2);
    }

    @Test
    void B6_shouldGiveANewProcessANewChance() {
        Peer failing = recipient("failing");
        fiveFailures(failing);
        failing.die();
        Peer back = recipient("failing");
        assertThat(rows(back, "all", true)).isEmpty();
        heart.liveMs(2_100, back);
        assertThat(back.deliveries()).extracting(Got::attempt).contains(2);
    }
}
