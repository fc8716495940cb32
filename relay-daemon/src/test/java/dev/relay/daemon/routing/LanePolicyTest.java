package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.DeadLetterReason;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Holes, and lanes that stop at them. */
class LanePolicyTest extends HeartTest {
    private static final int MEMORY = 4;

    @Override
    BusConfig config() {
        return Heart.small(MEMORY, 1_000);
    }

    @Override
    Peer recipient() {
        return heart.join("recipient", "events", List.of("lane_halted"));
    }

    private void refuse(Peer recipient, long seq) {
        List<Got> delivered = recipient.deliveries();
        Got it = delivered.stream().filter(d -> d.seq() == seq).findFirst().orElseThrow();
        recipient.nack(it, Frames.NACK_REFUSED);
        heart.turn();
    }

    @Test
    void I13_shouldAnnounceAHoleInLaneOrderAndTakeItsAck() {
        Peer recipient = recipient();
        Peer sender = sender();
        recipient.credit(10);
        for (int seq = 1; seq <= 3; seq++) {
            sender.send(1, seq, 0, "m" + seq);
        }
        heart.turn();
        refuse(recipient, 1);
        assertThat(recipient.take(FrameType.SKIP)).hasSize(1).allSatisfy(skip -> {
            assertThat(Frames.b6(skip.b(), 0)).isEqualTo(DeadLetterReason.REFUSED_BY_HANDLER.number());
            assertThat(skip.seq()).isEqualTo(1);
            assertThat(Frames.skipTo(skip.b(), 0)).isEqualTo(1);
            recipient.ack(skip);
        });
        assertThat(recipient.seqs()).containsExactly(2L, 3L);
        heart.advanceMs(50);
        heart.crash();
        Peer back = heart.join("recipient");
        back.credit(10);
        assertThat(back.stream()).containsExactly("2", "3");
    }

    private Peer haltedAtTwo(Peer sender) {
        Peer recipient = recipient();
        assertThat(recipient.control("lane.policy", "sender", "sender", "on_dead_letter", "halt"))
                .containsEntry("ok", true);
        for (int seq = 1; seq <= 3; seq++) {
            sender.send(1, seq, 0, "m" + seq);
        }
        recipient.credit(10);
        Got first = recipient.got.stream()
                .filter(g -> g.type() == FrameType.DELIVER)
                .findFirst()
                .orElseThrow();
        recipient.ack(first);
        refuse(recipient, 2);
        assertThat(recipient.stream()).isEmpty();
        return recipient;
    }

    @Test
    void I13_shouldHaltBeforeAHoleAndGoOnBehindItWhenToldTo() {
        Peer sender = sender();
        Peer recipient = haltedAtTwo(sender);
        Map<String, ?> event = recipient.one(FrameType.EVENT).json();
        assertThat(event.get("event")).isEqualTo("lane_halted");
        assertThat(event.get("seq")).isEqualTo(2L);
        heart.liveMs(120_000, sender, recipient);
        assertThat(recipient.stream()).isEmpty();
        assertThat(recipient.control("lane.skip", "sender", "sender")).containsEntry("ok", true);
        assertThat(recipient.stream()).containsExactly("skip 2", "3");
        assertThat(recipient.control("lane.skip", "sender", "sender"))
                .containsEntry("code", ErrorCode.BAD_REQUEST.name());
    }

    @Test
    void I13_shouldStayHaltedOverARestart() {
        Peer sender = sender();
        haltedAtTwo(sender);
        heart.crash();
        Peer back = recipient();
        back.credit(10);
        assertThat(back.stream()).isEmpty();
        assertThat(back.one(FrameType.EVENT).json()).containsEntry("seq", 2L);
        assertThat(back.control("lane.skip", "sender", "sender")).containsEntry("ok", true);
        assertThat(back.stream()).containsExactly("skip 2", "3");
    }

    @Test
    void I5_shouldBringADeadLetterBackInItsPlaceOnlyWhenToldTo() {
        Peer sender = sender();
        Peer recipient = haltedAtTwo(sender);
        assertThat(recipient.control("lane.resume", "sender", "sender")).containsEntry("ok", true);
        List<Got> again = recipient.deliveries();
        assertThat(again).extracting(Got::seq).containsExactly(2L, 3L);
        assertThat(again.get(0).has(dev.relay.protocol.Flags.REDELIVERED)).isTrue();
        assertThat(again.get(0).payload()).isEqualTo("m2");
        long no = deadLetters(recipient).get(0);
        assertThat(recipient.control("dlq.redrive", "no", no)).containsEntry("code", ErrorCode.NOT_FOUND.name());
        again.forEach(recipient::ack);
        heart.advanceMs(50);
        assertThat(deadLetters(recipient)).isEmpty();
        assertThat(heart.bus.snapshot().queuedMessages()).isZero();
        assertThat(heart.bus.snapshot().deadLetters()).isZero();
    }

    private static List<Long> deadLetters(Peer peer) {
        List<?> rows = (List<?>)
                java.util.Objects.requireNonNull(peer.control("dlq.ls").get("dead_letters"));
        return rows.stream().map(row -> (Long) ((Map<?, ?>) row).get("no")).toList();
    }

    @Test
    void I5_shouldKeepARevivedMessageOverARestart() {
        Peer sender = sender();
        Peer recipient = haltedAtTwo(sender);
        recipient.control("lane.resume", "sender", "sender");
        heart.crash();
        Peer back = recipient();
        back.credit(10);
        List<Got> again = back.deliveries();
        assertThat(again).extracting(Got::seq).containsExactly(2L, 3L);
        again.forEach(back::ack);
        heart.advanceMs(50);
        heart.crash();
        Peer last = recipient();
        last.credit(10);
        assertThat(last.stream()).isEmpty();
        assertThat(deadLetters(last)).isEmpty();
    }

    @Test
    void I13_shouldTryAgainWhatFailsBeforeTheHoleAtWhichTheLaneHalted() {
        Peer sender = sender();
        Peer recipient = recipient();
        recipient.control("lane.policy", "sender", "sender", "on_dead_letter", "halt");
        recipient.credit(10);
        for (int seq = 1; seq <= 3; seq++) {
            sender.send(1, seq, 0, "m" + seq);
        }
        List<Got> delivered = recipient.deliveries();
        recipient.nack(delivered.get(1), Frames.NACK_REFUSED);
        heart.turn();
        recipient.nack(delivered.get(0), Frames.NACK_ERROR);
        heart.turn();
        heart.liveMs(2_100, sender, recipient);
        Got again = recipient.one(FrameType.DELIVER);
        assertThat(again.seq()).isEqualTo(1);
        assertThat(again.attempt()).isEqualTo(2);
        recipient.ack(again);
        heart.turn();
        assertThat(recipient.stream()).isEmpty();
        assertThat(recipient.take(FrameType.EVENT)).as("told once").hasSize(1);
    }

    @Test
    void I5_shouldTakeOneWordOnHowAHaltedLaneGoesOn() {
        Peer sender = sender();
        Peer recipient = haltedAtTwo(sender);
        heart.store.isHolding = true;
        recipient.json(FrameType.CONTROL, Map.of("ref", 1L, "op", "lane.skip", "sender", "sender"));
        recipient.json(FrameType.CONTROL, Map.of("ref", 2L, "op", "lane.resume", "sender", "sender"));
        heart.turn();
        assertThat(recipient.one(FrameType.CONTROL_REPLY).json()).containsEntry("code", ErrorCode.BAD_REQUEST.name());
        heart.store.release();
        heart.turn();
        assertThat(recipient.one(FrameType.CONTROL_REPLY).json()).containsEntry("ok", true);
        assertThat(recipient.stream()).containsExactly("skip 2", "3");
        assertThat(deadLetters(recipient)).hasSize(1);
    }

    @Test
    void I13_shouldHaltAtALaterHoleWhileARevivedMessageIsUnderWay() {
        Peer sender = sender();
        Peer recipient = haltedAtTwo(sender);
        recipient.control("lane.resume", "sender", "sender");
        List<Got> again = recipient.deliveries();
        recipient.nack(again.get(1), Frames.NACK_REFUSED);
        heart.turn();
        assertThat(recipient.control("lane.skip", "sender", "sender")).containsEntry("code", "BAD_REQUEST");
        recipient.ack(again.get(0));
        heart.turn();
        assertThat(recipient.control("lane.skip", "sender", "sender")).containsEntry("ok", true);
        assertThat(recipient.stream()).containsExactly("skip 3");
        assertThat(deadLetters(recipient)).hasSize(1);
    }

    /** Two expired while the recipient was away, and the first of them lives again. */
    private Peer revivedBeforeAHole(Peer sender) {
        Peer away = recipient();
        assertThat(away.control("lane.policy", "sender", "sender", "on_dead_letter", "halt"))
                .containsEntry("ok", true);
        away.die();
        sender.send(1, 1, 0, 100, new byte[0], "m1");
        sender.send(1, 2, 0, 100, new byte[0], "m2");
        sender.send(1, 3, 0, "m3");
        heart.advanceMs(2_000);
        Peer recipient = recipient();
        recipient.credit(10);
        assertThat(recipient.control("lane.resume", "sender", "sender")).containsEntry("seq", 1L);
        return recipient;
    }

    private void say(Peer recipient, String onDeadLetter) {
        assertThat(recipient.control("lane.policy", "sender", "sender", "on_dead_letter", onDeadLetter))
                .containsEntry("ok", true);
    }

    /** To be told to halt again took the next hole for announced, and the lane went past it though nobody had said so. */
    @Test
    void I13_shouldStandBeforeTheNextHoleWhenItIsToldToHaltAgainMeanwhile() {
        Peer sender = sender();
        Peer recipient = revivedBeforeAHole(sender);
        say(recipient, "skip");
        say(recipient, "halt");
        recipient.deliveries().forEach(recipient::ack);
        heart.advanceMs(100);
        assertThat(recipient.stream()).isEmpty();
        assertThat(recipient.control("lane.skip", "sender", "sender")).containsEntry("seq", 2L);
        assertThat(recipient.stream()).containsExactly("skip 2", "3");
        assertThat(deadLetters(recipient)).hasSize(1);
    }

    /** The lane stood before the next hole, which it was not to halt at any more, until somebody said skip again. */
    @Test
    void I13_shouldGoPastTheNextHoleWhenItIsToldToSkipMeanwhile() {
        Peer sender = sender();
        Peer recipient = revivedBeforeAHole(sender);
        say(recipient, "skip");
        recipient.deliveries().forEach(recipient::ack);
        heart.advanceMs(100);
        assertThat(recipient.stream()).containsExactly("skip 2", "3");
    }

    @Test
    void I15_shouldKeepTheScheduleOfARevivedMessageOverARestart() {
        Peer sender = sender();
        Peer recipient = haltedAtTwo(sender);
        recipient.control("lane.resume", "sender", "sender");
        recipient.nack(recipient.deliveries().get(0), Frames.NACK_ERROR);
        heart.turn();
        heart.crash();
        Peer back = recipient();
        back.credit(10);
        assertThat(back.deliveries()).isEmpty();
        heart.liveMs(2_100, back);
        assertThat(back.deliveries()).extracting(Got::attempt).containsExactly(2, 1);
    }

    @Test
    void R4_I13_shouldGoOnBehindARevivedMessageThatWasHandledBeforeACrashForgotIt() {
        Peer sender = sender();
        Peer recipient = haltedAtTwo(sender);
        recipient.control("lane.resume", "sender", "sender");
        heart.store.isHolding = true;
        recipient.deliveries().forEach(recipient::ack);
        heart.advanceMs(100);
        heart.crash();
        Peer back = heart.connect();
        Object floor = Map.of("sender", "sender", "class", "message", "epoch", sender.epoch, "seq", 3L);
        back.hello("recipient", "epoch", recipient.epoch, "resume", recipient.resume, "floors", List.of(floor));
        heart.turn();
        back.welcome();
        back.credit(10);
        assertThat(back.stream()).isEmpty();
        assertThat(deadLetters(back)).isEmpty();
        sender = sender.reconnect();
        sender.bind(1, "recipient", "resolved_to", 3L);
        sender.send(1, 4, 0, "m4");
        assertThat(back.stream()).containsExactly("4");
    }

    @Test
    void I13_shouldHaltAgainWhenARevivedMessageDiesAgain() {
        Peer sender = sender();
        Peer recipient = haltedAtTwo(sender);
        long first = deadLetters(recipient).get(0);
        recipient.take(FrameType.EVENT);
        recipient.control("lane.resume", "sender", "sender");
        refuse(recipient, 2);
        assertThat(recipient.stream()).isEmpty();
        assertThat(recipient.one(FrameType.EVENT).json()).containsEntry("seq", 2L);
        assertThat(deadLetters(recipient)).hasSize(1).allMatch(no -> no > first);
        recipient.control("lane.skip", "sender", "sender");
        assertThat(recipient.stream()).containsExactly("skip 2", "3");
    }

    @Test
    void I31_shouldNotGiveAMessageWithoutItsBytesToWhoResumesTheLane() {
        Peer sender = sender();
        recipient().control("lane.policy", "sender", "sender", "on_dead_letter", "halt");
        sender.send(1, 1, 0, "m1");
        heart.turn();
        heart.crash();
        heart.store.isDamaged = true;
        Peer back = recipient();
        back.credit(10);
        assertThat(back.one(FrameType.EVENT).json()).containsEntry("seq", 1L);
        assertThat(back.control("lane.resume", "sender", "sender")).containsEntry("code", ErrorCode.NOT_FOUND.name());
        assertThat(back.control("lane.skip", "sender", "sender")).containsEntry("ok", true);
        assertThat(back.stream()).containsExactly("skip 1");
    }

    @Test
    void I17_shouldLeaveADeadLetterToWhoLaidHandsOnItFirst() {
        Peer sender = sender();
        Peer recipient = haltedAtTwo(sender);
        long no = deadLetters(recipient).get(0);
        heart.store.isHolding = true;
        sender.json(FrameType.CONTROL, Map.of("ref", 1L, "op", "dlq.drop", "no", no));
        recipient.json(FrameType.CONTROL, Map.of("ref", 2L, "op", "lane.resume", "sender", "sender"));
        heart.turn();
        assertThat(recipient.one(FrameType.CONTROL_REPLY).json()).containsEntry("code", ErrorCode.NOT_FOUND.name());
        heart.store.release();
        heart.turn();
        assertThat(sender.one(FrameType.CONTROL_REPLY).json()).containsEntry("ok", true);
        assertThat(recipient.stream()).isEmpty();
    }

    @Test
    void I17_shouldNotRedriveWhatAResumeHasBroughtToItsEnd() {
        Peer sender = sender();
        Peer recipient = haltedAtTwo(sender);
        long no = deadLetters(recipient).get(0);
        recipient.control("lane.resume", "sender", "sender");
        heart.store.isHolding = true;
        recipient.deliveries().forEach(recipient::ack);
        sender.json(FrameType.CONTROL, Map.of("ref", 1L, "op", "dlq.redrive", "no", no));
        heart.turn();
        assertThat(sender.one(FrameType.CONTROL_REPLY).json()).containsEntry("code", ErrorCode.NOT_FOUND.name());
        heart.store.release();
        heart.turn();
        assertThat(recipient.deliveries()).isEmpty();
        assertThat(deadLetters(recipient)).isEmpty();
    }

    @Test
    void I25_shouldRefuseInsteadOfSpillingWhereTheLaneSaysSo() {
        Peer sender = sender();
        Peer recipient = recipient();
        recipient.control("lane.policy", "sender", "sender", "overflow", "refuse");
        for (int seq = 1; seq <= MEMORY + 1; seq++) {
            sender.send(1, seq, 0, "m" + seq);
        }
        heart.turn();
        assertThat(sender.one(FrameType.REFUSED).code()).isEqualTo(ErrorCode.MAILBOX_FULL.number());
        recipient.control("lane.policy", "sender", "sender", "overflow", "block");
        sender.send(1, MEMORY + 1, 0, "again");
        assertThat(sender.one(FrameType.REFUSED).code()).isEqualTo(ErrorCode.QUEUE_FULL.number());
        heart.crash();
        Peer again = sender.reconnect();
        again.bind(1, "recipient", "resolved_to", (long) MEMORY);
        again.send(1, MEMORY + 1, 0, "again");
        assertThat(again.one(FrameType.REFUSED).code())
                .as("the option outlives the daemon")
                .isEqualTo(ErrorCode.QUEUE_FULL.number());
        Peer back = recipient();
        back.control("lane.policy", "sender", "sender", "overflow", "spill");
        again.send(1, MEMORY + 1, 0, "at last");
        heart.turn();
        assertThat(again.take(FrameType.REFUSED)).isEmpty();
    }

    @Test
    void I13_shouldLetOnlyTheRecipientAndOperatorsDecide() {
        sender();
        recipient();
        Peer stranger = heart.join("stranger");
        assertThat(stranger.control("lane.policy", "recipient", "recipient", "sender", "sender"))
                .as("any peer is an operator without an access list")
                .containsEntry("ok", true);
        assertThat(stranger.control("lane.policy", "sender", "nobody", "on_dead_letter", "halt"))
                .containsEntry("code", ErrorCode.NOT_FOUND.name());
        assertThat(stranger.control("lane.policy", "recipient", "recipient", "sender", "sender", "overflow", "drop"))
                .containsEntry("code", ErrorCode.BAD_REQUEST.name());
    }
}
