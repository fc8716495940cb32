package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.daemon.session.CloseReason;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who owns a name, and what becomes of peers that fall silent. */
class SessionsTest extends HeartTest {
    private static void pong(Peer peer) {
        peer.say(b -> FrameWriter.pong(b, 1));
    }

    private static @Nullable Object code(Peer peer) {
        return peer.one(FrameType.ERROR).json().get("code");
    }

    @Test
    void I19_shouldRefuseASecondProcessWhileTheOwnerIsLive() {
        Peer owner = heart.join("name");
        Peer second = heart.connect();
        second.hello("name");
        heart.turn();
        Map<String, @Nullable Object> error = second.one(FrameType.ERROR).json();
        assertThat(error).containsEntry("code", ErrorCode.NAME_IN_USE.name()).containsEntry("fatal", true);
        assertThat(second.closed).isEqualTo(CloseReason.REFUSED);
        assertThat(owner.closed).isNull();
    }

    @Test
    void I19_shouldFenceTheOldSessionBeforeTheTokenTakesOver() {
        Peer owner = heart.join("name");
        Peer same = owner.reconnect();
        assertThat(owner.closed).isEqualTo(CloseReason.FENCED);
        assertThat(code(owner)).isEqualTo(ErrorCode.FENCED.name());
        assertThat(same.epoch).isEqualTo(owner.epoch);
    }

    @Test
    void I19_shouldGiveTheNameToARestartedProcessOnceItsPredecessorIsSilent() {
        Peer owner = heart.join("name");
        heart.advanceMs(2_200);
        Peer restarted = heart.connect();
        restarted.hello("name");
        heart.turn();
        assertThat(restarted.got).isEmpty();
        assertThat(restarted.closed).isNull();
        heart.advanceMs(2_000);
        restarted.welcome();
        assertThat(restarted.epoch).isGreaterThan(owner.epoch);
        assertThat(owner.closed).isEqualTo(CloseReason.FENCED);
    }

    @Test
    void I19_shouldKeepTheOwnerThatAnswersWithinASecond() {
        Peer owner = heart.join("name");
        heart.advanceMs(3_500);
        owner.take(FrameType.PING);
        Peer second = heart.connect();
        second.hello("name");
        heart.turn();
        assertThat(owner.take(FrameType.PING)).hasSize(1);
        heart.advanceMs(600);
        pong(owner);
        heart.advanceMs(600);
        assertThat(code(second)).isEqualTo(ErrorCode.NAME_IN_USE.name());
        assertThat(owner.closed).isNull();
    }

    @Test
    void I21_shouldLetANewcomerInAtOnceWhenTheOwnersSocketEnds() {
        Peer owner = heart.join("name");
        heart.advanceMs(2_200);
        Peer restarted = heart.connect();
        restarted.hello("name");
        owner.die();
        heart.advanceMs(300);
        restarted.welcome();
    }

    @Test
    void I19_shouldTellBothWhenANameIsTakenOverTooOften() {
        Peer owner = heart.join("name");
        for (int i = 0; i < 3; i++) {
            owner = owner.reconnect();
            heart.advanceMs(100);
        }
        assertThat(owner.take(FrameType.ERROR)).isEmpty();
        Peer fourth = owner.reconnect();
        assertThat(String.valueOf(fourth.one(FrameType.ERROR).json())).contains("3 times", "fatal=false");
        assertThat(String.valueOf(owner.one(FrameType.ERROR).json())).contains("3 times");
        heart.advanceMs(1_000);
        assertThat(heart.counter(Counter.TAKEOVER_STORMS)).isEqualTo(1);
    }

    @Test
    void I21_shouldSuspectAfterThreeSecondsAndFenceAfterThirty() {
        Peer silent = heart.join("silent");
        heart.advanceMs(2_900);
        assertThat(heart.bus.snapshot().suspects()).isZero();
        heart.advanceMs(600);
        assertThat(heart.bus.snapshot().suspects()).isEqualTo(1);
        assertThat(silent.closed).isNull();
        pong(silent);
        heart.advanceMs(50);
        assertThat(heart.bus.snapshot().suspects()).isZero();
        heart.advanceMs(30_500);
        assertThat(silent.closed).isEqualTo(CloseReason.SILENT);
    }

    @Test
    void I21_shouldChargeNothingForSuspicion() {
        Peer sender = heart.join("sender");
        Peer recipient = heart.join("recipient");
        sender.bind(1, "recipient");
        recipient.credit(10);
        sender.send(1, 1, 0, "slow handler");
        heart.turn();
        Got delivered = recipient.one(FrameType.DELIVER);
        heart.advanceMs(20_000);
        assertThat(recipient.deliveries()).isEmpty();
        recipient.ack(delivered);
        heart.advanceMs(50);
        assertThat(heart.bus.snapshot().queuedMessages()).isZero();
    }

    @Test
    void I20_shouldIgnoreAcksOfAFencedSession() {
        Peer sender = heart.join("sender");
        Peer recipient = heart.join("recipient");
        sender.bind(1, "recipient");
        recipient.credit(10);
        sender.send(1, 1, 0, "m1");
        heart.turn();
        Got delivered = recipient.one(FrameType.DELIVER);
        Peer same = recipient.reconnect();
        recipient.ack(delivered);
        heart.turn();
        assertThat(heart.bus.snapshot().queuedMessages()).isEqualTo(1);
        same.credit(10);
        assertThat(same.one(FrameType.DELIVER).has(Flags.REDELIVERED)).isTrue();
    }

    @Test
    void I20_shouldTakeAcksCumulativelySelectivelyAndTwice() {
        Peer sender = heart.join("sender");
        Peer recipient = heart.join("recipient");
        sender.bind(1, "recipient");
        recipient.credit(10);
        for (int seq = 1; seq <= 5; seq++) {
            sender.send(1, seq, 0, "m" + seq);
        }
        heart.turn();
        Got last = recipient.deliveries().get(4);
        for (int i = 0; i < 2; i++) {
            recipient.ack(last.lane(), last.epoch(), 2, 0b010);
        }
        assertThat(heart.bus.snapshot().unackedMessages()).isEqualTo(2);
        heart.advanceMs(50);
        Peer back = recipient.reconnect();
        back.credit(10);
        assertThat(back.seqs()).containsExactly(3L, 5L);
    }

    @Test
    void I22_shouldDeliverTheOldProcessesMessagesFirstAndRefuseItsLateFrames() {
        Peer old = heart.join("sender");
        heart.join("recipient").die();
        old.bind(1, "recipient");
        old.send(1, 1, 0, "old1");
        old.send(1, 2, 0, "old2");
        heart.turn();
        old.die();
        Peer restarted = heart.join("sender");
        assertThat(restarted.epoch).isGreaterThan(old.epoch);
        restarted.bind(1, "recipient");
        restarted.send(1, 1, 0, "new1");
        long newEpoch = restarted.epoch;
        restarted.epoch = old.epoch;
        restarted.send(1, 3, 0, "late");
        restarted.epoch = newEpoch;
        heart.turn();
        assertThat(restarted.one(FrameType.REFUSED).code()).isEqualTo(ErrorCode.STALE_EPOCH.number());
        Peer recipient = heart.join("recipient");
        recipient.credit(10);
        assertThat(recipient.deliveries()).extracting(Got::payload).containsExactly("old1", "old2", "new1");
    }

    @Test
    void R1_shouldKeepTheEpochOverReconnectsAndRestartsAndRefuseAnOlderProcess() {
        Peer old = heart.join("name");
        Peer same = old.reconnect();
        assertThat(same.epoch).isEqualTo(old.epoch);
        heart.crash();
        Peer again = same.reconnect();
        assertThat(again.epoch).isEqualTo(old.epoch);
        again.die();
        Peer fresh = heart.join("name");
        assertThat(fresh.epoch >>> 32).isEqualTo(2);
        fresh.die();
        Peer stale = heart.connect();
        stale.hello("name", "epoch", old.epoch, "resume", old.resume);
        heart.turn();
        assertThat(code(stale)).isEqualTo(ErrorCode.STALE_EPOCH.name());
    }

    @Test
    void R1_shouldDeliverNothingOfAnEpochThatIsNotDurable() {
        Peer recipient = heart.join("recipient");
        recipient.credit(10);
        heart.store.isHolding = true;
        Peer sender = heart.connect();
        sender.hello("sender");
        heart.turn();
        sender.welcome();
        sender.bind(1, "recipient");
        sender.send(1, 1, 0, "early");
        heart.turn();
        assertThat(recipient.deliveries()).isEmpty();
        heart.store.release();
        heart.turn();
        assertThat(recipient.deliveries()).hasSize(1);
    }

    @Test
    void I24_shouldKeepNamespacesApart() {
        Peer live = heart.connect();
        live.hello("trader", "namespace", "live");
        Peer paper = heart.connect();
        paper.hello("trader", "namespace", "paper");
        Peer other = heart.connect();
        other.hello("risk", "namespace", "live");
        heart.turn();
        live.welcome();
        paper.welcome();
        other.welcome();
        other.credit(10);
        paper.bind(1, "risk");
        paper.send(1, 1, 0, "paper order");
        assertThat(paper.one(FrameType.REFUSED).code()).isEqualTo(ErrorCode.NO_SUCH_RECIPIENT.number());
        live.bind(1, "risk");
        live.send(1, 1, 0, "live order");
        other.control("subscribe", "topic", "a.b", "durable", true);
        paper.bindTopics(2);
        paper.publish(2, 1, 0, "a.b", "paper news");
        heart.turn();
        assertThat(other.deliveries()).extracting(Got::payload).containsExactly("live order");
        assertThat(String.valueOf(paper.control("agents").get("agents"))).doesNotContain("live");
        assertThat((List<?>) paper.control("agents", "namespace", "*").get("agents"))
                .hasSize(3);
    }

    @Test
    void I24_shouldMakeANameByAgentsAddAndRefuseBadOnes() {
        Peer sender = heart.join("sender");
        sender.bind(1, "later");
        sender.send(1, 1, 0, "x");
        assertThat(sender.one(FrameType.REFUSED).code()).isEqualTo(ErrorCode.NO_SUCH_RECIPIENT.number());
        assertThat(sender.control("agents.add", "name", "later")).containsEntry("ok", true);
        sender.send(1, 1, 0, "x");
        heart.turn();
        assertThat(sender.one(FrameType.SENT).seq()).isEqualTo(1);
        assertThat(sender.control("agents.add", "name", "../etc")).containsEntry("code", ErrorCode.BAD_NAME.name());
        sender.bind(2, "'; DROP TABLE lane");
        assertThat(code(sender)).isEqualTo(ErrorCode.BAD_NAME.name());
    }

    @Test
    void D10_shouldTakeNothingBeforeHello() {
        Peer early = heart.connect();
        early.send(1, 1, 0, "x");
        assertThat(code(early)).isEqualTo(ErrorCode.BAD_FRAME.name());
        assertThat(early.closed).isEqualTo(CloseReason.BAD_FRAME);
    }

    /** The whole directory of the store is put back as it was on an older day: epochs of the days since come again, and what the recipient finished under them stood above what is new. */
    @Test
    void I9_shouldDeliverUnderEpochsThatComeAgainAfterTheStoreWentBack(@TempDir Path copy) throws IOException {
        Peer recipient = heart.join("recipient");
        heart.store.close();
        copy(heart.dir, copy);
        heart.crash();
        recipient = recipient.reconnect();
        heart.join("other");
        Peer sender = heart.sender("sender", "recipient");
        Object floor = Map.of("sender", "sender", "class", "message", "epoch", sender.epoch, "seq", 3L);
        heart.crash();
        long seenBootNo = heart.bus.snapshot().bootNo();
        heart.store.close();
        copy(copy, heart.dir);
        heart.crash();
        Peer back = heart.connect();
        List<Object> hello = new ArrayList<>(List.of("epoch", recipient.epoch, "resume", recipient.resume));
        hello.addAll(List.of("boot_no", seenBootNo, "floors", List.of(floor)));
        hello.addAll(List.of("store_uuid", heart.bus.snapshot().storeUuid()));
        back.hello("recipient", hello.toArray());
        heart.turn();
        assertThat(back.welcome()).containsEntry("resumed", false);
        back.credit(10);
        Peer restarted = heart.sender("sender", "recipient");
        assertThat(restarted.epoch).isEqualTo(sender.epoch);
        restarted.send(1, 1, 0, "m1");
        heart.turn();
        assertThat(back.deliveries()).extracting(Got::payload).containsExactly("m1");
        assertThat(heart.counter(Counter.STORE_WENT_BACK)).isEqualTo(1);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (DirectoryStream<Path> old = Files.newDirectoryStream(to)) {
            for (Path file : old) {
                Files.delete(file);
            }
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(from)) {
            for (Path file : files) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    @Test
    void I9_shouldCountAStoreThatWentBackInTime() {
        Peer client = heart.connect();
        String uuid = heart.bus.snapshot().storeUuid();
        client.hello("name", "store_uuid", uuid, "boot_no", 99L);
        heart.turn();
        client.welcome();
        assertThat(heart.counter(Counter.STORE_WENT_BACK)).isEqualTo(1);
    }
}
