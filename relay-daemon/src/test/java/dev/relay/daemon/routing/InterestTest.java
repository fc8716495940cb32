package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Interest;
import dev.relay.daemon.session.InterestFilter;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import dev.relay.protocol.TopicPattern;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Interests: filters that the daemon applies, live changes, bounds, and an index that agrees with the rule of patterns. */
class InterestTest extends HeartTest {
    private static final int TEXT = 2;

    @Override
    BusConfig config() {
        return Heart.small(100, 1_000);
    }

    private Peer publisher(String name) {
        Peer peer = heart.join(name);
        peer.bindTopics(1);
        return peer;
    }

    /** Publishes and returns "durable live" as the publisher is told. */
    private String publish(Peer publisher, long seq, String payload) {
        publisher.publish(1, seq, 0, "px.btc", payload);
        heart.turn();
        ByteBuffer matched = publisher.one(FrameType.MATCHED).b();
        return matched.getInt(24) + " " + matched.getInt(28);
    }

    private static void publish(Peer publisher, long seq, int content, String payload) {
        byte[] block = new HeaderBlock.Builder().put(HeaderKey.TOPIC, "px.btc").build();
        ByteBuffer body = ByteBuffer.wrap(payload.getBytes(StandardCharsets.UTF_8));
        publisher.say(b -> FrameWriter.message(
                b, FrameType.SEND, 0, 0, content, 1, 0, publisher.epoch, seq, 0, 0, 5, seq, block, body));
    }

    private void tell(Peer peer, String op, String topic) {
        peer.json(FrameType.CONTROL, Map.of("ref", 1L, "op", op, "topic", topic, "durable", true));
        heart.bus.endOfBatch();
    }

    private List<String> payloads(Peer peer) {
        heart.turn();
        return peer.deliveries().stream().map(Got::payload).toList();
    }

    /** Both in one batch, because the disk was full for a while. */
    @Test
    void I37_shouldKeepASubscriptionThatWasEndedAndMadeAgainBeforeACommitOverACrash() {
        Peer reader = heart.join("reader");
        reader.control("subscribe", "topic", "px.*", "durable", true);
        heart.turn();
        heart.store.isHolding = true;
        tell(reader, "subscribe", "other.*");
        tell(reader, "unsubscribe", "px.*");
        tell(reader, "subscribe", "px.*");
        heart.store.isHolding = false;
        heart.store.release();
        heart.turn();
        heart.crash();
        assertThat(publish(publisher("feed"), 1, "after")).isEqualTo("1 0");
    }

    @Test
    void I37_shouldDeliverOnlyWhatPassesTheFilterAndTellThePublisherHowManyDid() {
        Peer picky = heart.join("picky");
        Peer all = heart.join("all");
        picky.control("subscribe", "topic", "px.*", "durable", true, "senders", List.of("feed-*"));
        all.control("subscribe", "topic", "px.>", "durable", false);
        picky.credit(10);
        all.credit(10);
        assertThat(publish(publisher("feed-a"), 1, "a")).isEqualTo("1 1");
        assertThat(publish(publisher("other"), 1, "b")).isEqualTo("0 1");
        assertThat(payloads(picky)).containsExactly("a");
        assertThat(payloads(all)).containsExactly("a", "b");
    }

    @Test
    void shouldFilterByContentType() {
        Peer picky = heart.join("picky");
        picky.control("subscribe", "topic", "px.btc", "durable", true, "content_types", List.of("text", 200L));
        picky.credit(10);
        Peer feed = publisher("feed");
        publish(feed, 1, 1, "json");
        publish(feed, 2, TEXT, "text");
        publish(feed, 3, 200, "own");
        assertThat(payloads(picky)).containsExactly("text", "own");
    }

    @Test
    void shouldTakeAMessageThatAnotherInterestOfTheAgentWants() {
        Peer picky = heart.join("picky");
        picky.control("subscribe", "topic", "px.btc", "durable", true, "senders", List.of("nobody"));
        picky.control("subscribe", "topic", "px.*", "durable", false);
        picky.credit(10);
        assertThat(publish(publisher("feed"), 1, "a")).isEqualTo("0 1");
        assertThat(payloads(picky)).containsExactly("a");
    }

    @Test
    void shouldChangeAFilterWhileConnectedAndKeepItOverARestart() {
        Peer picky = heart.join("picky");
        picky.control("subscribe", "topic", "px.btc", "durable", true, "senders", List.of("one"));
        assertThat(publish(publisher("two"), 1, "no")).isEqualTo("0 0");
        picky.control("subscribe", "topic", "px.btc", "durable", true, "senders", List.of("three"));
        heart.crash();
        assertThat(publish(publisher("one"), 1, "no")).isEqualTo("0 0");
        assertThat(publish(publisher("three"), 1, "yes")).isEqualTo("1 0");
        Peer again = heart.join("picky");
        again.credit(10);
        assertThat(payloads(again)).containsExactly("yes");
        again.control("subscribe", "topic", "px.btc", "durable", true);
        heart.crash();
        assertThat(publish(publisher("one"), 1, "all")).isEqualTo("1 0");
    }

    @Test
    void shouldTakeInterestsFromHelloAndTellOfABadOne() {
        Peer agent = heart.connect();
        agent.hello(
                "agent",
                "interests",
                List.of(
                        java.util.Map.of("topic", "px.btc", "durable", true),
                        java.util.Map.of("topic", "no topic"),
                        java.util.Map.of("topic", "px.>")));
        heart.turn();
        assertThat(agent.one(FrameType.ERROR).json())
                .containsEntry("code", "BAD_NAME")
                .containsEntry("fatal", false);
        assertThat(publish(publisher("feed"), 1, "a")).isEqualTo("1 1");
    }

    @Test
    void shouldRefuseBadFiltersAndTooManyInterestsAndChangeNothing() {
        Peer agent = heart.join("agent");
        assertThat(agent.control("subscribe", "topic", "px..x").get("code")).isEqualTo("BAD_NAME");
        assertThat(agent.control("subscribe", "topic", "px", "senders", List.of("A b"))
                        .get("code"))
                .isEqualTo("BAD_REQUEST");
        assertThat(agent.control("subscribe", "topic", "px", "content_types", List.of(256L))
                        .get("code"))
                .isEqualTo("BAD_REQUEST");
        assertThat(agent.control("interest.ls").get("interests")).isEqualTo(List.of());
        for (int i = 0; i < InterestDesk.MAX_INTERESTS; i++) {
            agent.json(
                    FrameType.CONTROL,
                    java.util.Map.of("ref", 1L, "op", "subscribe", "topic", "t." + i, "durable", false));
        }
        heart.turn();
        agent.take(FrameType.CONTROL_REPLY);
        assertThat(agent.control("subscribe", "topic", "one.more").get("code")).isEqualTo("OVERLOADED");
    }

    @Test
    void shouldFindWhatTheRuleOfPatternsFindsWhileInterestsComeAndGo() {
        Random random = new Random(7);
        TopicTrie trie = new TopicTrie();
        Agent agent = new Agent("default", "a", 0, 0);
        List<Interest> all = new ArrayList<>();
        for (int round = 0; round < 3_000; round++) {
            if (all.isEmpty() || random.nextInt(5) < 3) {
                Interest interest = new Interest(agent, pattern(random), true, InterestFilter.ALL);
                trie.add(interest);
                all.add(interest);
            } else {
                trie.remove(all.remove(random.nextInt(all.size())));
            }
            String topic = topic(random);
            List<Interest> found = new ArrayList<>();
            trie.collect(topic, found::add);
            assertThat(found)
                    .as(topic)
                    .containsExactlyInAnyOrderElementsOf(all.stream()
                            .filter(interest -> TopicPattern.matches(interest.pattern, topic))
                            .toList());
        }
        all.forEach(trie::remove);
        assertThat(trie.stampOf("a")).isZero();
    }

    @Test
    void shouldAnswerFromTheCacheAsWithoutIt() {
        Random random = new Random(11);
        TopicIndex index = new TopicIndex();
        List<Agent> agents = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            agents.add(new Agent("default", "a" + i, 0, 0));
        }
        for (int round = 0; round < 3_000; round++) {
            Agent agent = agents.get(random.nextInt(agents.size()));
            String pattern = pattern(random);
            if (random.nextInt(5) < 3) {
                index.add(agent, pattern, random.nextBoolean(), InterestFilter.ALL);
            } else if (random.nextInt(10) == 0) {
                index.removeLive(agent);
            } else {
                index.remove(agent, pattern, random.nextBoolean());
            }
            String topic = topic(random);
            TreeSet<String> wanted = new TreeSet<>();
            for (Agent each : agents) {
                each.durableInterests.keySet().stream()
                        .filter(p -> TopicPattern.matches(p, topic))
                        .forEach(p -> wanted.add(each.name));
                each.liveInterests.keySet().stream()
                        .filter(p -> TopicPattern.matches(p, topic))
                        .forEach(p -> wanted.add(each.name));
            }
            TreeSet<String> found = new TreeSet<>();
            for (TopicIndex.Target target : matched(index, topic).targets()) {
                found.add(target.agent().name);
            }
            assertThat(found).as(topic).isEqualTo(wanted);
        }
    }

    private static TopicIndex.Match matched(TopicIndex index, String topic) {
        byte[] block = new HeaderBlock.Builder().put(HeaderKey.TOPIC, topic).build();
        ByteBuffer b = ByteBuffer.allocate(512).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        FrameWriter.message(b, FrameType.SEND, 0, 0, 0, 1, 0, 1, 1, 0, 0, 0, 0, block, ByteBuffer.allocate(0));
        return java.util.Objects.requireNonNull(index.match("default", b, 0));
    }

    private static String topic(Random random) {
        StringBuilder text = new StringBuilder();
        for (int n = 1 + random.nextInt(4); n > 0; n--) {
            text.append(text.length() == 0 ? "" : ".").append((char) ('a' + random.nextInt(3)));
        }
        return text.toString();
    }

    private static String pattern(Random random) {
        String[] segments = topic(random).split("\\.");
        for (int i = 0; i < segments.length; i++) {
            int kind = random.nextInt(6);
            segments[i] = kind == 0 ? "*" : kind == 1 && i == segments.length - 1 ? ">" : segments[i];
        }
        return String.join(".", segments);
    }
}
