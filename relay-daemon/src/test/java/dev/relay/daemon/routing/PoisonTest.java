package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A message that kills its agent ends dead-lettered, its neighbours do not (I16). */
class PoisonTest extends HeartTest {
    @Test
    void I16_shouldDeadLetterTheMessageThatKillsAndNoOther() {
        Peer one = heart.join("one");
        Peer two = heart.join("two");
        heart.join("victim").die();
        one.bind(1, "victim");
        two.bind(1, "victim");
        one.send(1, 1, 0, "poison");
        for (int seq = 1; seq <= 40; seq++) {
            two.send(1, seq, 0, "fine" + seq);
            one.send(1, seq + 1, 0, "behind");
        }
        heart.turn();
        List<String> handled = new ArrayList<>();
        int crashes = 0;
        while (heart.bus.snapshot().queuedMessages() > 0 && crashes < 30) {
            crashes += live(handled) ? 0 : 1;
        }
        assertThat(heart.bus.snapshot().deadByReason().get("POISON_CRASH")).isEqualTo(1);
        assertThat(heart.bus.snapshot().deadLetters()).isEqualTo(1);
        assertThat(handled).hasSize(80).doesNotContain("poison");
        assertThat(crashes).isBetween(6, 12);
    }

    /** One life of the agent: handles one message after the other until the poison kills it. */
    private boolean live(List<String> handled) {
        Peer victim = heart.join("victim");
        victim.credit(100);
        for (int turns = 0; turns < 200; turns++) {
            victim.take(FrameType.SKIP).forEach(victim::ack);
            List<Got> delivered = victim.deliveries();
            if (delivered.isEmpty()) {
                break;
            }
            for (Got d : delivered) {
                if (d.payload().equals("poison")) {
                    victim.die();
                    return false;
                }
                handled.add(d.payload());
                victim.ack(d);
            }
            heart.turn();
        }
        victim.goodbye();
        return true;
    }

    @Test
    void I15_shouldCountTheBudgetFromTheFirstFailureNotFromADeathBeforeIt() {
        Peer sender = heart.join("sender");
        heart.join("victim").die();
        sender.bind(1, "victim");
        sender.send(1, 1, 0, "m1");
        heart.turn();
        Peer first = heart.join("victim");
        first.credit(3);
        assertThat(first.deliveries()).hasSize(1);
        first.die();
        Peer next = heart.join("victim");
        next.credit(3);
        heart.turn();
        heart.liveMs(1_000, next, sender);
        next.nack(next.one(FrameType.DELIVER), Frames.NACK_ERROR);
        heart.liveMs(1_500, next, sender);
        assertThat(next.deliveries()).as("2 s after the failure").isEmpty();
        heart.liveMs(1_000, next, sender);
        assertThat(next.deliveries()).hasSize(1);
    }

    @Test
    void I16_shouldNarrowTheWindowAfterAnAbnormalEndUntilTheFirstAck() {
        Peer sender = heart.join("sender");
        heart.join("victim").die();
        sender.bind(1, "victim");
        for (int seq = 1; seq <= 5; seq++) {
            sender.send(1, seq, 0, "m" + seq);
        }
        Peer victim = heart.join("victim");
        victim.credit(3);
        assertThat(victim.deliveries()).hasSize(3);
        victim.die();
        Peer next = heart.join("victim");
        next.credit(3);
        List<Got> first = next.deliveries();
        assertThat(first).hasSize(1);
        next.ack(first.get(0));
        assertThat(next.deliveries()).hasSize(3);
    }

    @Test
    void I16_shouldGiveASingleMessageInAllAfterTheSecondAbnormalEnd() {
        heart.join("victim").die();
        for (String name : List.of("one", "two", "three")) {
            Peer sender = heart.join(name);
            sender.bind(1, "victim");
            sender.send(1, 1, 0, name);
        }
        for (int life = 0; life < 2; life++) {
            Peer victim = heart.join("victim");
            victim.credit(10);
            assertThat(victim.deliveries()).hasSize(3);
            victim.die();
        }
        Peer careful = heart.join("victim");
        careful.credit(10);
        for (int i = 0; i < 3; i++) {
            List<Got> single = careful.deliveries();
            assertThat(single).hasSize(1);
            careful.ack(single.get(0));
        }
        assertThat(heart.bus.snapshot().queuedMessages()).isZero();
    }

    @Test
    void I16_shouldServeOtherLanesWhenTheSingleMessageFails() {
        heart.join("victim").die();
        for (String name : List.of("one", "two")) {
            Peer sender = heart.join(name);
            sender.bind(1, "victim");
            sender.send(1, 1, 0, name);
        }
        for (int life = 0; life < 2; life++) {
            Peer victim = heart.join("victim");
            victim.credit(10);
            assertThat(victim.deliveries()).hasSize(2);
            victim.die();
        }
        Peer careful = heart.join("victim");
        careful.credit(10);
        careful.nack(careful.one(FrameType.DELIVER), Frames.NACK_ERROR);
        heart.turn();
        assertThat(careful.deliveries()).extracting(Got::payload).containsExactly("two");
    }

    @Test
    void I16_shouldDeliverARetryOnlyAfterItsRecordIsCommitted() {
        Peer sender = heart.join("sender");
        Peer recipient = heart.join("recipient");
        sender.bind(1, "recipient");
        recipient.credit(1);
        sender.send(1, 1, 0, "m1");
        heart.turn();
        heart.store.isHolding = true;
        recipient.nack(recipient.one(FrameType.DELIVER), Frames.NACK_ERROR);
        heart.advanceMs(2_500);
        assertThat(heart.store.isHeld()).isTrue();
        assertThat(recipient.deliveries()).isEmpty();
        heart.store.release();
        heart.turn();
        Got retry = recipient.one(FrameType.DELIVER);
        assertThat(retry.attempt()).isEqualTo(2);
        assertThat(retry.has(Flags.REDELIVERED)).isTrue();
        heart.crash();
        Peer back = heart.join("recipient");
        back.credit(1);
        heart.advanceMs(2_200);
        assertThat(back.one(FrameType.DELIVER).attempt())
                .as("attempts are counted over restarts")
                .isEqualTo(2);
    }

    @Test
    void I16_shouldChargeNobodyForAnOrderlyEndOrAReconnect() {
        Peer sender = heart.join("sender");
        Peer recipient = heart.join("recipient");
        sender.bind(1, "recipient");
        sender.send(1, 1, 0, "m1");
        recipient.credit(1);
        for (int i = 0; i < 8; i++) {
            assertThat(recipient.deliveries()).hasSize(1);
            recipient.die();
            recipient = recipient.reconnect();
            recipient.credit(1);
        }
        for (int i = 0; i < 8; i++) {
            recipient.take(FrameType.DELIVER);
            recipient.goodbye();
            recipient = heart.join("recipient");
            recipient.credit(1);
        }
        assertThat(recipient.one(FrameType.DELIVER).attempt()).isEqualTo(1);
        assertThat(heart.bus.snapshot().deadLetters()).isZero();
    }
}
