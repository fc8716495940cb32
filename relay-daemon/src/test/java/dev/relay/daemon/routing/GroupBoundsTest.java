package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.daemon.access.Access;
import dev.relay.daemon.access.AccessRules;
import dev.relay.daemon.access.Tokens;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
import dev.relay.protocol.Partitions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who may use a work group, and how much one may take: rules, mailbox, handles. */
class GroupBoundsTest extends HeartTest {
    private static final int MAILBOX = 100;

    @Override
    BusConfig config() {
        return Heart.small(100, MAILBOX);
    }

    private static @Nullable Object join(Peer peer) {
        return peer.control("group.join", "group", "pricers").get("code");
    }

    private static @Nullable Object add(Peer peer, String group) {
        return peer.control("group.add", "group", group).get("code");
    }

    private Peer sender(String name) {
        Peer peer = heart.join(name);
        peer.bind(1, "group", "pricers", "message");
        return peer;
    }

    private Peer member(String name) {
        Peer peer = heart.join(name);
        assertThat(join(peer)).isNull();
        peer.credit(100);
        return peer;
    }

    private static int refusal(Peer peer) {
        return Frames.refusedCode(peer.one(FrameType.REFUSED).b(), 0);
    }

    private void rules(String allowSend, String allowJoin) {
        AccessRules rules = new AccessRules(
                AccessRules.sends(allowSend),
                List.of(),
                AccessRules.operators("ops"),
                List.of(),
                AccessRules.names(allowJoin));
        heart.useAccess(new Access(1_000, rules, Tokens.none()));
    }

    @Test
    void I50_shouldLetJoinAndMakeAGroupWhomARuleNamesAndOperatorsMakeIt() {
        rules("", "pricer-* -> pricers");
        assertThat(join(heart.join("eve"))).isEqualTo("UNAUTHORIZED");
        assertThat(add(heart.join("mallory"), "pricers")).isEqualTo("UNAUTHORIZED");
        Peer operator = heart.join("ops");
        assertThat(operator.control("group.ls").get("groups"))
                .as("none was made")
                .isEqualTo(List.of());
        assertThat(join(heart.join("pricer-1"))).isNull();
        Peer other = heart.join("pricer-2");
        assertThat(other.control("group.join", "group", "others").get("code")).isEqualTo("UNAUTHORIZED");
        assertThat(add(heart.join("ops-2"), "others")).isEqualTo("UNAUTHORIZED");
        assertThat(add(operator, "others")).isNull();
        assertThat(heart.counter(Counter.UNAUTHORIZED)).isEqualTo(4);
    }

    @Test
    void I50_shouldLetSendToAGroupOnlyWhomARuleForGroupsNames() {
        rules("* -> *, feed -> group:pric*", "");
        Peer member = member("a");
        Peer feed = sender("feed");
        Peer eve = sender("eve");
        eve.bind(2, "a");
        feed.send(1, 1, 0, "tick");
        eve.send(1, 1, 0, "tick");
        assertThat(refusal(eve)).isEqualTo(ErrorCode.UNAUTHORIZED.number());
        eve.send(2, 1, 0, "hello");
        heart.turn();
        assertThat(eve.take(FrameType.REFUSED)).as("agents are another matter").isEmpty();
        assertThat(member.deliveries()).extracting(Got::payload).containsExactly("tick", "hello");
        rules("eve -> pricers", "");
        Peer again = sender("eve");
        again.send(1, 1, 0, "tick");
        assertThat(refusal(again)).as("the agent of that name is meant").isEqualTo(ErrorCode.UNAUTHORIZED.number());
    }

    /** All partitions together have the room of one agent, before and after a restart. */
    @Test
    void I25_shouldCountWhatWaitsForAGroupOnce() {
        Peer sender = sender("sender");
        assertThat(add(sender, "pricers")).isNull();
        for (int seq = 1; seq <= MAILBOX; seq++) {
            sender.send(1, seq, 0, "tick");
        }
        sender.send(1, MAILBOX + 1, 0, "tick");
        heart.turn();
        assertThat(refusal(sender)).isEqualTo(ErrorCode.MAILBOX_FULL.number());
        heart.crash();
        Peer again = sender("sender");
        again.send(1, 1, 0, "tick");
        assertThat(refusal(again)).isEqualTo(ErrorCode.MAILBOX_FULL.number());
        Peer member = member("a");
        List<Got> got = member.deliveries();
        assertThat(got).hasSize(MAILBOX);
        member.ack(got.get(0));
        heart.turn();
        again.send(1, 1, 0, "tick");
        heart.turn();
        assertThat(again.take(FrameType.REFUSED)).isEmpty();
    }

    @Test
    void shouldTakeTheHandlesOfPartitionsThatMoveAwayBack() {
        Peer sender = sender("sender");
        Peer a = member("a");
        long seq = 0;
        long epoch = sender.epoch;
        List<Long> handles = new ArrayList<>();
        for (int round = 0; round < 5; round++) {
            for (int i = 0; i < Partitions.COUNT; i++) {
                sender.send(1, ++seq, 0, "tick");
            }
            heart.turn();
            handles.addAll(lanes(a));
            a.deliveries().forEach(a::ack);
            Peer b = member("b");
            heart.advanceMs(300);
            b.goodbye();
            heart.advanceMs(300);
        }
        assertThat(handles).hasSize(Partitions.COUNT + 4 * Partitions.COUNT / 2).doesNotHaveDuplicates();
        assertThat(heart.counter(Counter.LANE_HANDLES_RECLAIMED)).isEqualTo(5 * Partitions.COUNT / 2);
        a.take(FrameType.ERROR);
        a.ack((int) (long) handles.get(Partitions.COUNT - 2), epoch, 1, 0);
        heart.turn();
        assertThat(a.one(FrameType.ERROR).json().get("code"))
                .as("a lane of before")
                .isEqualTo("NOT_OWNER");
    }

    private static List<Long> lanes(Peer peer) {
        return peer.take(FrameType.LANE).stream()
                .map(got -> (Long) Objects.requireNonNull(got.json().get("lane")))
                .toList();
    }

    /** 100 senders to 64 partitions: 6,400 lanes to one member. */
    @Test
    void shouldTakeTheHandlesOfIdleLanesBackAboveTheBound() {
        Peer member = member("a");
        List<Object> retired = new ArrayList<>();
        List<Peer> senders = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Peer sender = sender("s" + i);
            senders.add(sender);
            for (int seq = 1; seq <= Partitions.COUNT; seq++) {
                sender.send(1, seq, 0, "tick");
            }
            heart.turn();
            List<Got> got = member.deliveries();
            assertThat(got).hasSize(Partitions.COUNT);
            got.forEach(member::ack);
            heart.advanceMs(100);
            for (Got lane : member.take(FrameType.LANE)) {
                Map<String, @Nullable Object> json = lane.json();
                retired.addAll((List<?>) Objects.requireNonNullElse(json.get("retired"), List.of()));
            }
        }
        assertThat(retired).hasSize(4_096).doesNotHaveDuplicates();
        assertThat(heart.counter(Counter.LANE_HANDLES_RECLAIMED)).isEqualTo(4_096);
        Peer first = senders.get(0);
        first.send(1, Partitions.COUNT + 1, 0, "again");
        heart.turn();
        assertThat(member.take(FrameType.LANE)).hasSize(1);
        Got again = member.one(FrameType.DELIVER);
        assertThat(again.payload()).isEqualTo("again");
        member.ack(again);
        heart.turn();
        assertThat(member.take(FrameType.ERROR)).isEmpty();
        assertThat(first.control("group.get", "group", "pricers").get("queued")).isEqualTo(0L);
    }
}
