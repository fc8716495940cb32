package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.daemon.access.Access;
import dev.relay.daemon.access.AccessRules;
import dev.relay.daemon.access.Tokens;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.Frames;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import dev.relay.protocol.Json;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Copies for shadows: marked, in order, durable, never at the cost of the original. */
class ShadowTest extends HeartTest {
    @Override
    BusConfig config() {
        return Heart.small(100, 1_000);
    }

    private static Map<?, ?> mark(Got copy) {
        return (Map<?, ?>) Objects.requireNonNull(
                Json.parse(Objects.requireNonNull(HeaderBlock.text(copy.b(), 0, HeaderKey.SHADOW))));
    }

    private static List<String> copies(Peer watcher) {
        return watcher.deliveries().stream()
                .map(got -> mark(got).get("direction") + " " + mark(got).get("sender") + " " + got.payload())
                .toList();
    }

    /** Who is given copies, and reads them. */
    private Peer watcher() {
        Peer watcher = heart.join("watcher");
        watcher.credit(100);
        return watcher;
    }

    private static void shadow(Peer watcher, String agent, Object... more) {
        Object[] arguments = new Object[more.length + 2];
        arguments[0] = "agent";
        arguments[1] = agent;
        System.arraycopy(more, 0, arguments, 2, more.length);
        assertThat(watcher.control("shadow.start", arguments)).containsEntry("ok", true);
    }

    /** What bob gets and sends is copied. */
    private Peer watcherOfBob() {
        Peer watcher = watcher();
        shadow(watcher, "bob");
        return watcher;
    }

    /** It sends to bob. */
    private Peer ann() {
        return heart.sender("ann", "bob");
    }

    /** It takes what comes. */
    private Peer bob() {
        Peer bob = heart.join("bob");
        bob.credit(100);
        return bob;
    }

    @Test
    void shouldCopyWhatAnAgentGetsAndSendsInOrderAndMarked() {
        Peer bob = bob();
        Peer ann = ann();
        Peer watcher = watcherOfBob();
        bob.bind(1, "ann");
        ann.send(1, 1, 0, "a1");
        ann.send(1, 2, 0, "a2");
        bob.send(1, 1, 0, "b1");
        ann.send(1, 3, 0, "a3");
        heart.turn();
        assertThat(bob.seqs()).containsExactly(1L, 2L, 3L);
        assertThat(copies(watcher)).containsExactly("in ann a1", "in ann a2", "out bob b1", "in ann a3");
        watcher.control("shadow.stop", "agent", "bob");
        ann.send(1, 4, 0, "a4");
        heart.turn();
        assertThat(copies(watcher)).isEmpty();
    }

    @Test
    void shouldCopyPublicationsOnceEachWay() {
        Peer feed = heart.join("feed");
        Peer bob = heart.join("bob");
        Peer watcher = watcher();
        bob.control("subscribe", "topic", "px.>", "durable", true);
        shadow(watcher, "bob", "outgoing", false);
        shadow(watcher, "feed", "incoming", false);
        feed.bindTopics(1);
        feed.publish(1, 1, 0, "px.btc", "p");
        heart.turn();
        assertThat(copies(watcher)).containsExactlyInAnyOrder("in feed p", "out feed p");
    }

    @Test
    void shouldKeepCopiesForAWatcherThatIsAwayAlsoOverARestart() {
        heart.join("bob");
        watcherOfBob().die();
        ann().send(1, 1, 0, "a1");
        heart.advanceMs(100);
        heart.crash();
        ann().send(1, 1, 0, "a2");
        Peer back = watcher();
        heart.turn();
        assertThat(copies(back)).containsExactly("in ann a1", "in ann a2");
    }

    @Test
    void shouldRefuseTheCopyAndNotTheOriginalWhenTheWatcherHasNoRoom() {
        Peer bob = bob();
        Peer ann = ann();
        Peer watcher = heart.join("watcher");
        shadow(watcher, "bob");
        watcher.control("quota.set", "agent", "watcher", "mailbox_messages", 1L);
        ann.send(1, 1, 0, "a1");
        ann.send(1, 2, 0, "a2");
        heart.turn();
        assertThat(bob.seqs()).containsExactly(1L, 2L);
        assertThat(ann.take(FrameType.REFUSED)).isEmpty();
        assertThat(heart.counter(Counter.SHADOW_REFUSED)).isEqualTo(1);
        assertThat(heart.counter(Counter.SHADOWED)).isEqualTo(1);
    }

    /** The original, and behind it what became of it. */
    private static void expectItsDeathBehindIt(Peer watcher) {
        List<Got> copies = watcher.deliveries();
        assertThat(copies).hasSize(2);
        assertThat(copies.get(1).payload()).contains("REFUSED_BY_HANDLER");
    }

    @Test
    void shouldTellOfDeadLettersToo() {
        Peer bob = bob();
        Peer ann = ann();
        Peer watcher = watcher();
        shadow(watcher, "ann");
        ann.send(1, 1, 0, "bad");
        heart.turn();
        bob.nack(bob.one(FrameType.DELIVER), Frames.NACK_REFUSED);
        heart.turn();
        expectItsDeathBehindIt(watcher);
    }

    @Test
    void shouldTellOfChangesOfTheStateAndOfComingAndGoing() {
        Peer ann = heart.join("ann");
        Peer watcher = watcher();
        shadow(watcher, "ann");
        ann.control("state.update", "set", Map.of("confidence", 1L));
        ann.goodbye();
        List<Got> copies = watcher.deliveries();
        assertThat(copies).hasSize(2);
        assertThat(copies.get(0).payload()).contains("confidence");
        assertThat(copies.get(1).payload()).contains("leave");
    }

    @Test
    void shouldCopyOnlyTheKindsThatAreAskedFor() {
        heart.join("bob");
        Peer ann = ann();
        Peer watcher = watcher();
        shadow(watcher, "bob", "kinds", List.of("order"));
        ann.send(1, 1, 0, "without a kind");
        heart.turn();
        assertThat(copies(watcher)).isEmpty();
        assertThat(watcher.control("shadow.start", "agent", "watcher").get("code"))
                .isEqualTo("BAD_REQUEST");
        assertThat(watcher.control("shadow.start", "agent", "nobody").get("code"))
                .isEqualTo("NOT_FOUND");
        assertThat(watcher.control("shadow.stop", "agent", "ann").get("code")).isEqualTo("NOT_FOUND");
    }

    private Peer feed() {
        Peer feed = heart.join("feed");
        feed.bind(1, "group", "pricers", "message");
        return feed;
    }

    private static Peer member(Peer peer) {
        assertThat(peer.control("group.join", "group", "pricers").get("code")).isNull();
        peer.credit(100);
        return peer;
    }

    private void sendToGroup(Peer sender, long seq, String payload) {
        sender.send(
                1,
                seq,
                0,
                0,
                new HeaderBlock.Builder().put(HeaderKey.KEY, "BTC").build(),
                payload);
        heart.turn();
    }

    @Test
    void shouldCopyWhatAnAgentSendsToAGroupAndWhatItsMemberIsGiven() {
        Peer feed = feed();
        Peer bob = heart.join("bob");
        Peer watcher = watcherOfBob();
        shadow(watcher, "feed");
        assertThat(feed.control("group.add", "group", "pricers").get("code")).isNull();
        sendToGroup(feed, 1, "p1");
        assertThat(copies(watcher)).as("nobody was given it").containsExactly("out feed p1");
        member(bob);
        Got first = bob.one(FrameType.DELIVER);
        bob.nack(first, Frames.NACK_ERROR);
        heart.advanceMs(3_000);
        assertThat(bob.one(FrameType.DELIVER).attempt()).isEqualTo(2);
        Got copy = watcher.one(FrameType.DELIVER);
        assertThat(mark(copy))
                .as("once, however often it is tried")
                .isEqualTo(Map.of(
                        "agent",
                        "bob",
                        "direction",
                        "in",
                        "sender",
                        "feed",
                        "target",
                        "pricers",
                        "class",
                        "group",
                        "epoch",
                        feed.epoch,
                        "seq",
                        1L));
        assertThat(copy.payload()).isEqualTo("p1");
    }

    @Test
    void shouldCopyToTheShadowOfWhoIsGivenItNext() {
        Peer bob = member(heart.join("bob"));
        Peer cat = heart.join("cat");
        Peer watcher = watcher();
        shadow(watcher, "bob", "outgoing", false);
        shadow(watcher, "cat", "outgoing", false);
        sendToGroup(feed(), 1, "p1");
        assertThat(mark(watcher.one(FrameType.DELIVER)).get("agent")).isEqualTo("bob");
        member(cat);
        bob.die();
        assertThat(cat.one(FrameType.DELIVER).payload()).isEqualTo("p1");
        assertThat(mark(watcher.one(FrameType.DELIVER)).get("agent")).isEqualTo("cat");
    }

    @Test
    void shouldTellTheShadowOfAMemberOfDeadLettersOfItsGroup() {
        Peer bob = member(heart.join("bob"));
        Peer watcher = watcher();
        shadow(watcher, "bob", "outgoing", false);
        sendToGroup(feed(), 1, "p1");
        bob.nack(bob.one(FrameType.DELIVER), Frames.NACK_REFUSED);
        heart.turn();
        expectItsDeathBehindIt(watcher);
    }

    @Test
    void I50_shouldAskForPermission() {
        AccessRules rules = new AccessRules(
                List.of(), List.of(), AccessRules.operators("ops"), AccessRules.names("audit-* -> risk"), List.of());
        Access access = new Access(1_000, rules, Tokens.none());
        assertThat(access.mayShadow("default", "audit-1", "risk")).isTrue();
        assertThat(access.mayShadow("default", "audit-1", "other")).isFalse();
        assertThat(new Access(1_000, AccessRules.open(), Tokens.none()).mayShadow("default", "a", "b"))
                .isFalse();
        heart.useAccess(access);
        Peer watcher = heart.join("watcher");
        heart.join("risk");
        assertThat(watcher.control("shadow.start", "agent", "risk").get("code"))
                .isEqualTo(ErrorCode.UNAUTHORIZED.name());
        assertThat(heart.join("audit-1").control("shadow.start", "agent", "risk"))
                .containsEntry("ok", true);
        assertThat(heart.join("ops").control("shadow.start", "agent", "watcher"))
                .containsEntry("ok", true);
    }
}
