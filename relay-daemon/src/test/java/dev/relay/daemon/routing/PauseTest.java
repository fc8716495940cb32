package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
import dev.relay.protocol.Json;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Agents and lanes that are told to hold. */
class PauseTest extends HeartTest {
    @Override
    Peer recipient() {
        Peer peer = heart.join("recipient", "events", List.of("lifecycle"));
        peer.credit(100);
        return peer;
    }

    private Peer sender(String name) {
        return heart.sender(name, "recipient");
    }

    private void send(Peer sender, int from, int to) {
        for (int seq = from; seq <= to; seq++) {
            sender.send(1, seq, 0, "m" + seq);
        }
        heart.turn();
    }

    @Test
    void I1_shouldHoldEverythingOfAPausedAgentAndDropNothing() {
        Peer recipient = recipient();
        Peer sender = sender("sender");
        assertThat(sender.control("pause", "agent", "recipient", "reason", "lunch"))
                .containsEntry("changed", true);
        assertThat(recipient.one(FrameType.EVENT).json()).containsEntry("what", "paused");
        send(sender, 1, 3);
        Peer late = sender("late");
        send(late, 1, 1);
        heart.liveMs(600_000, recipient, sender, late);
        assertThat(recipient.deliveries()).isEmpty();
        assertThat(sender.control("resume", "agent", "recipient")).containsEntry("changed", true);
        assertThat(recipient.deliveries()).hasSize(4);
    }

    @Test
    void I3_shouldStayPausedOverARestartOfTheDaemon() {
        recipient();
        Peer sender = sender("sender");
        send(sender, 1, 1);
        sender.control("pause", "agent", "recipient");
        heart.crash();
        Peer back = recipient();
        assertThat(back.deliveries()).isEmpty();
        assertThat(back.control("resume")).containsEntry("changed", true);
        assertThat(back.seqs()).containsExactly(1L);
        heart.crash();
        assertThat(recipient().seqs()).containsExactly(1L);
    }

    @Test
    void I18_shouldHoldASingleLane() {
        Peer recipient = recipient();
        Peer held = sender("held");
        Peer free = sender("free");
        send(held, 1, 1);
        recipient.deliveries().forEach(recipient::ack);
        assertThat(recipient.control("pause", "sender", "held")).containsEntry("ok", true);
        send(held, 2, 3);
        send(free, 1, 1);
        assertThat(recipient.deliveries()).hasSize(1);
        heart.crash();
        Peer back = recipient();
        assertThat(back.deliveries()).as("held over a restart").hasSize(1);
        back.control("resume", "sender", "held");
        assertThat(back.seqs()).containsExactly(2L, 3L);
    }

    @Test
    void I15_shouldChargeNoRetryTimeWhilePaused() {
        Peer recipient = recipient();
        Peer sender = sender("sender");
        send(sender, 1, 1);
        Got first = recipient.one(FrameType.DELIVER);
        recipient.control("pause");
        recipient.nack(first, Frames.NACK_ERROR);
        heart.liveMs(300_000, recipient, sender);
        assertThat(heart.bus.snapshot().deadLetters()).isZero();
        recipient.control("resume");
        heart.liveMs(1_800, recipient, sender);
        assertThat(recipient.deliveries()).isEmpty();
        heart.liveMs(400, recipient, sender);
        assertThat(recipient.one(FrameType.DELIVER).attempt()).isEqualTo(2);
    }

    @Test
    void I44_shouldPauseAllAndTellTheSidecarToRaiseTheKillSwitch() {
        Peer recipient = recipient();
        Peer sidecar = heart.join("sidecar");
        sidecar.credit(10);
        Peer sender = sender("sender");
        assertThat(sender.control("emergency_stop", "reason", "fire"))
                .containsEntry("kill_switch", "told")
                .containsEntry("agents", 2L);
        assertThat(Json.object(sidecar.one(FrameType.DELIVER).payload()).get("reason"))
                .asString()
                .startsWith("fire by default/sender");
        send(sender, 1, 1);
        assertThat(recipient.deliveries()).isEmpty();
        assertThat(sender.control("resume", "agent", "*")).containsEntry("agents", 2L);
        assertThat(recipient.seqs()).containsExactly(1L);
    }

    @Test
    void C_shouldSayByCodeWhatItCannotDo() {
        Peer sender = heart.join("sender");
        assertThat(sender.control("pause", "agent", "nobody")).containsEntry("code", ErrorCode.NOT_FOUND.name());
        assertThat(sender.control("pause", "sender", "nobody")).containsEntry("code", ErrorCode.NOT_FOUND.name());
        assertThat(sender.control("emergency_stop"))
                .as("no sidecar")
                .containsEntry("kill_switch_code", ErrorCode.NO_SUCH_RECIPIENT.name());
    }
}
