package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import dev.relay.protocol.Partitions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Work groups: one of many, sticky by key, in order per key, with one owner and fencing epoch per partition. */
class GroupTest extends HeartTest {
    @Override
    BusConfig config() {
        return Heart.small(100, 1_000);
    }

    /** A member as a client would be: it knows which partition each of its lanes is of. */
    private static final class Member {
        final Peer peer;
        final Map<Long, String> lanes = new HashMap<>();

        Member(Peer peer) {
            this.peer = peer;
        }

        /** What was delivered, as "partition@epoch:seq". */
        List<String> got() {
            return deliveries().stream().map(this::word).toList();
        }

        List<Got> deliveries() {
            for (Got lane : peer.take(FrameType.LANE)) {
                Map<String, @Nullable Object> json = lane.json();
                lanes.put(
                        (Long) Objects.requireNonNull(json.get("lane")),
                        json.get("partition") + "@" + json.get("group_epoch"));
            }
            return peer.deliveries();
        }

        String word(Got got) {
            return lanes.get((long) got.lane()) + ":" + got.seq();
        }

        void ackAll() {
            deliveries().forEach(peer::ack);
            peer.heart.turn();
        }
    }

    private Member member(String name) {
        return joined(heart.join(name, "events", List.of("group")));
    }

    private static Member joined(Peer peer) {
        assertThat(peer.control("group.join", "group", "pricers").get("code")).isNull();
        peer.credit(100);
        return new Member(peer);
    }

    @Override
    Peer sender() {
        Peer peer = heart.join("sender");
        peer.bind(1, "group", "pricers", "message");
        return peer;
    }

    private static void send(Peer peer, long seq, int flags, String key) {
        byte[] block = new HeaderBlock.Builder().put(HeaderKey.KEY, key).build();
        peer.send(1, seq, flags, 0, block, key + seq);
        peer.heart.turn();
    }

    private static int of(String key) {
        return Partitions.ofKey(key);
    }

    private static Map<?, ?> seat(Peer peer, String key) {
        return peer.control("group.partition", "group", "pricers", "key", key);
    }

    /** Partition and epoch of a key as a member's words have them. */
    private static String at(Peer peer, String key) {
        return of(key) + "@" + seat(peer, key).get("epoch");
    }

    private static byte[] fence(String key, long epoch) {
        byte[] name = Partitions.address("pricers", of(key)).getBytes(StandardCharsets.UTF_8);
        ByteBuffer fence = ByteBuffer.allocate(8 + name.length).order(ByteOrder.LITTLE_ENDIAN);
        fence.putLong(epoch).put(name);
        return new HeaderBlock.Builder().put(HeaderKey.FENCE, fence.array()).build();
    }

    @Test
    void shouldKeepAKeyAtOneMemberInOrder() {
        Member a = member("a");
        Member b = member("b");
        Peer sender = sender();
        for (int i = 1; i <= 40; i++) {
            send(sender, i, 0, "k" + i % 4);
        }
        Map<String, List<Long>> byPartition = new HashMap<>();
        for (Member each : List.of(a, b)) {
            each.deliveries()
                    .forEach(got -> byPartition
                            .computeIfAbsent(each.lanes.get((long) got.lane()) + each.peer.name, p -> new ArrayList<>())
                            .add(got.seq()));
        }
        assertThat(byPartition).hasSize(4);
        assertThat(byPartition.values())
                .allSatisfy(seqs -> assertThat(seqs).hasSize(10).isSorted());
    }

    @Test
    void shouldGoRoundWithoutAKey() {
        Member a = member("a");
        Peer sender = sender();
        for (int i = 1; i <= Partitions.COUNT; i++) {
            sender.send(1, i, 0, "x");
        }
        heart.turn();
        a.deliveries();
        assertThat(a.lanes.values()).hasSize(Partitions.COUNT).doesNotHaveDuplicates();
    }

    @Test
    void shouldKeepMessagesUntilAMemberComesAlsoOverARestart() {
        Peer sender = heart.join("sender");
        assertThat(sender.control("group.add", "group", "pricers").get("queued"))
                .isEqualTo(0L);
        sender.bind(1, "group", "pricers", "message");
        send(sender, 1, 0, "BTC");
        send(sender, 2, 0, "BTC");
        assertThat(sender.take(FrameType.SENT)).isNotEmpty();
        heart.crash();
        Member a = member("a");
        assertThat(a.got()).containsExactly(of("BTC") + "@1:1", of("BTC") + "@1:2");
    }

    @Test
    void shouldRefuseBadCallsAndChangeNothing() {
        Peer sender = sender();
        send(sender, 1, 0, "BTC");
        assertThat(refusal(sender)).as("no such group").isEqualTo("NO_SUCH_RECIPIENT");
        assertThat(sender.control("group.join", "group", "Bad Name").get("code"))
                .isEqualTo("BAD_NAME");
        assertThat(sender.control("group.get", "group", "pricers").get("code")).isEqualTo("NOT_FOUND");
        assertThat(sender.control("group.leave", "group", "pricers").get("code"))
                .isEqualTo("NOT_FOUND");
        Member a = member("a");
        send(sender, 1, 0, "k".repeat(129));
        assertThat(refusal(sender)).as("long key").isEqualTo("BAD_REQUEST");
        send(sender, 1, 0, "");
        assertThat(refusal(sender)).as("empty key").isEqualTo("BAD_REQUEST");
        sender.bind(2, "group", "pricers", "express");
        assertThat(sender.one(FrameType.ERROR).json().get("code")).isEqualTo("BAD_NAME");
        assertThat(seat(sender, "").get("code")).isEqualTo("BAD_REQUEST");
        assertThat(sender.control("group.leave", "group", "pricers").get("code"))
                .isEqualTo("NOT_FOUND");
        assertThat(a.got()).isEmpty();
        send(sender, 1, 0, "BTC");
        assertThat(a.got()).containsExactly(of("BTC") + "@1:1");
    }

    private static String refusal(Peer peer) {
        Got refused = peer.one(FrameType.REFUSED);
        return Objects.requireNonNull(dev.relay.protocol.ErrorCode.byNumber(Frames.refusedCode(refused.b(), 0)))
                .name();
    }

    @Test
    void shouldMoveAPartitionOnlyWhenNothingOfItIsInFlight() {
        Member a = member("a");
        Peer sender = sender();
        List<String> keys = List.of("k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8");
        for (int i = 0; i < keys.size(); i++) {
            send(sender, i + 1, 0, keys.get(i));
        }
        List<Got> inFlight = a.deliveries();
        Member b = member("b");
        assertThat(b.got()).isEmpty();
        String moving = keys.stream()
                .filter(key -> Boolean.TRUE.equals(seat(sender, key).get("moving")))
                .findFirst()
                .orElseThrow();
        assertThat(seat(sender, moving))
                .matches(s -> "a".equals(s.get("owner")) && Long.valueOf(1).equals(s.get("epoch")));
        send(sender, 9, 0, moving);
        assertThat(a.got()).as("a draining owner gets nothing new").isEmpty();
        inFlight.forEach(a.peer::ack);
        heart.advanceMs(300);
        assertThat(b.got()).containsExactly(of(moving) + "@2:9");
        assertThat(seat(sender, moving).get("owner")).isEqualTo("b");
        assertThat(((List<?>) Objects.requireNonNull(
                        sender.control("group.get", "group", "pricers").get("members"))))
                .allSatisfy(
                        row -> assertThat(((Map<?, ?>) row).get("partitions")).isEqualTo(32L));
    }

    @Test
    void shouldGiveWhatADeadMemberHadInFlightToTheNextOwnerFlagged() {
        Member a = member("a");
        Peer sender = sender();
        send(sender, 1, 0, "BTC");
        send(sender, 2, 0, "BTC");
        assertThat(a.got()).hasSize(2);
        Member b = member("b");
        a.peer.die();
        List<Got> again = b.deliveries();
        assertThat(again).extracting(Got::seq).containsExactly(1L);
        assertThat(b.word(again.get(0))).isEqualTo(of("BTC") + "@2:1");
        assertThat(again.get(0).has(dev.relay.protocol.Flags.REDELIVERED)).isTrue();
        b.peer.ack(again.get(0));
        heart.turn();
        assertThat(b.got()).containsExactly(of("BTC") + "@2:2");
    }

    @Test
    void shouldDeliverUnderANewEpochOnlyOnceItIsCommitted() {
        Member a = member("a");
        Member b = member("b");
        Peer sender = sender();
        String key = "k1";
        String owner = String.valueOf(seat(sender, key).get("owner"));
        heart.store.isHolding = true;
        (owner.equals("a") ? a : b).peer.die();
        send(sender, 1, 0, key);
        Member other = owner.equals("a") ? b : a;
        assertThat(other.got()).as("not committed").isEmpty();
        heart.store.release();
        heart.turn();
        assertThat(seat(sender, key).get("epoch")).isEqualTo(3L);
        assertThat(other.got()).containsExactly(of(key) + "@3:1");
    }

    @Test
    void shouldFenceTheAckAndTheSendsOfAnOwnerThatFellSilent() {
        Member a = member("a");
        Peer sender = sender();
        send(sender, 1, 0, "BTC");
        Got late = a.deliveries().get(0);
        Member b = member("b");
        heart.liveMs(4_000, b.peer, sender);
        assertThat(b.got()).containsExactly(of("BTC") + "@2:1");
        a.peer.take(FrameType.ERROR);
        a.peer.ack(late);
        heart.turn();
        Map<String, @Nullable Object> error = a.peer.one(FrameType.ERROR).json();
        assertThat(error.get("code")).isEqualTo("NOT_OWNER");
        assertThat(error.get("fatal")).isEqualTo(false);
        a.peer.bind(5, "sender");
        a.peer.send(5, 1, 0, 0, fence("BTC", 1), "effect");
        assertThat(refusal(a.peer)).isEqualTo("NOT_OWNER");
        b.peer.bind(5, "sender");
        sender.credit(10);
        b.peer.send(5, 1, 0, 0, fence("BTC", 2), "effect");
        heart.turn();
        assertThat(sender.deliveries()).hasSize(1);
        assertThat(seat(sender, "BTC")).matches(s -> Long.valueOf(1).equals(s.get("unacked")), "still the new owner's");
    }

    @Test
    void shouldSeizeAPartitionFromAnOwnerThatKeepsItsMessages() {
        Member a = member("a");
        Peer sender = sender();
        for (int i = 1; i <= Partitions.COUNT; i++) {
            sender.send(1, i, 0, "x");
        }
        heart.turn();
        assertThat(a.got()).hasSize(Partitions.COUNT);
        Member b = member("b");
        heart.liveMs(29_000, a.peer, b.peer, sender);
        assertThat(b.got()).as("within the time to drain").isEmpty();
        heart.liveMs(2_000, a.peer, b.peer, sender);
        assertThat(b.got()).hasSize(Partitions.COUNT / 2).allMatch(word -> word.contains("@2:"));
        assertThat(heart.counter(Counter.PARTITIONS_SEIZED)).isEqualTo(Partitions.COUNT / 2);
    }

    @Test
    void shouldLeaveAProcessThatComesBackItsPartitionsAsTheyWere() {
        Member a = member("a");
        Member b = member("b");
        Peer sender = sender();
        send(sender, 1, 0, "k1");
        String owner = String.valueOf(seat(sender, "k1").get("owner"));
        Member mine = owner.equals("a") ? a : b;
        Member other = owner.equals("a") ? b : a;
        String before = at(sender, "k1");
        assertThat(mine.got()).containsExactly(before + ":1");
        heart.crash();
        Member otherAgain = joined(other.peer.reconnect());
        assertThat(otherAgain.got()).isEmpty();
        Member again = joined(mine.peer.reconnect());
        assertThat(again.got()).as("same owner, same epoch").containsExactly(before + ":1");
    }

    @Test
    void shouldGiveThePartitionsOfAnOwnerThatDoesNotComeBackAfterARestartToOthers() {
        Member a = member("a");
        Member b = member("b");
        Peer sender = sender();
        send(sender, 1, 0, "k1");
        Member other = String.valueOf(seat(sender, "k1").get("owner")).equals("a") ? b : a;
        heart.crash();
        Member again = joined(other.peer.reconnect());
        heart.liveMs(2_000, again.peer);
        assertThat(again.got()).isEmpty();
        heart.liveMs(2_000, again.peer);
        assertThat(again.got()).containsExactly(of("k1") + "@3:1");
    }

    @Test
    void shouldTakeWhatAClientSaysItHasFinishedOnlyUnderTheSameEpoch() {
        Member a = member("a");
        Peer sender = sender();
        send(sender, 1, 0, "k1");
        send(sender, 2, 0, "k1");
        assertThat(a.got()).hasSize(2);
        heart.advanceMs(50);
        heart.crash();
        Peer back = heart.connect();
        Map<String, Object> floor = new HashMap<>(Map.of("sender", "sender", "class", "group", "epoch", sender.epoch));
        floor.putAll(Map.of("seq", 1L, "group", "pricers", "partition", (long) of("k1"), "group_epoch", 1L));
        Map<String, Object> old = new HashMap<>(floor);
        old.putAll(Map.of("seq", 2L, "group_epoch", 0L));
        back.hello("a", "epoch", a.peer.epoch, "resume", a.peer.resume, "floors", List.of(floor, old));
        heart.turn();
        back.welcome();
        assertThat(joined(back).got()).containsExactly(of("k1") + "@1:2");
    }

    @Test
    void shouldLeaveOnceNothingIsInItsHands() {
        Member a = member("a");
        Peer sender = sender();
        send(sender, 1, 0, "k1");
        Got inHand = a.deliveries().get(0);
        a.peer.json(FrameType.CONTROL, Map.of("ref", 3L, "op", "group.leave", "group", "pricers"));
        heart.turn();
        assertThat(a.peer.take(FrameType.CONTROL_REPLY)).isEmpty();
        send(sender, 2, 0, "k1");
        a.peer.ack(inHand);
        heart.advanceMs(300);
        assertThat(a.peer.one(FrameType.CONTROL_REPLY).json().get("ok")).isEqualTo(true);
        assertThat(a.got()).isEmpty();
        assertThat(member("b").got()).containsExactly(of("k1") + "@2:2");
    }

    @Test
    void shouldHoldWhileItsOwnerIsPaused() {
        Member a = member("a");
        Peer sender = sender();
        assertThat(a.peer.control("pause").get("paused")).isEqualTo(true);
        send(sender, 1, 0, "k1");
        assertThat(a.got()).isEmpty();
        a.peer.control("resume");
        assertThat(a.got()).containsExactly(of("k1") + "@1:1");
    }

    @Test
    void shouldTellMembersWhenOwnersChange() {
        Member a = member("a");
        a.peer.take(FrameType.EVENT);
        member("b");
        Map<String, @Nullable Object> event = a.peer.one(FrameType.EVENT).json();
        assertThat(event.get("group")).isEqualTo("pricers");
        assertThat(event.get("members")).isEqualTo(List.of("a", "b"));
        assertThat((List<?>) Objects.requireNonNull(event.get("changes")))
                .hasSize(32)
                .allSatisfy(
                        change -> assertThat(((Map<?, ?>) change).get("owner")).isEqualTo("b"));
    }

    @Test
    void I16_shouldFindTheMessageThatKillsOneMemberAfterTheOther() {
        Peer sender = heart.join("sender");
        sender.control("group.add", "group", "pricers");
        sender.bind(1, "group", "pricers", "message");
        send(sender, 1, 0, "bad");
        for (int i = 2; i <= 8; i++) {
            send(sender, i, 0, "k" + i);
        }
        int lives = 0;
        while (heart.counter(Counter.DEAD_LETTERED) == 0 && ++lives < 20) {
            Member member = member("m" + lives % 2);
            for (boolean isAlive = true; isAlive; ) {
                List<Got> got = member.deliveries();
                isAlive = !got.isEmpty() && got.stream().allMatch(each -> each.seq() != 1);
                got.stream().filter(each -> each.seq() != 1).forEach(member.peer::ack);
                heart.turn();
            }
            member.peer.die();
        }
        assertThat(heart.counter(Counter.DEAD_LETTERED)).isEqualTo(1);
        assertThat(String.valueOf(sender.control("dlq.ls").get("dead_letters")))
                .contains("POISON_CRASH", "pricers#" + of("bad"));
    }

    @Test
    void shouldTellTheResultAndTheReply() {
        Member a = member("a");
        Peer sender = sender();
        sender.credit(10);
        send(sender, 1, dev.relay.protocol.Flags.WANT_RESULT, "k1");
        a.ackAll();
        assertThat(Frames.b6(sender.one(FrameType.RESULT).b(), 0)).isEqualTo(Frames.ACKED);
        send(sender, 2, dev.relay.protocol.Flags.REQUEST, "k1");
        Got request = a.deliveries().get(0);
        a.peer.bind(7, "agent", "sender", "reply");
        byte[] answers = new HeaderBlock.Builder()
                .answers(1, 1, request.lane(), request.epoch(), 2)
                .build();
        answers[answers.length - HeaderKey.ACKS_BYTES + HeaderKey.BY_GROUP_AT] = 1;
        a.peer.send(7, 1, dev.relay.protocol.Flags.REPLY, 0, answers, "yes");
        heart.turn();
        assertThat(sender.deliveries()).hasSize(1);
        assertThat(seat(sender, "k1").get("unacked")).isEqualTo(0L);
    }
}
