package dev.relay.daemon.routing;

import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Interest;
import dev.relay.daemon.session.InterestFilter;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import dev.relay.protocol.Names;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who wants which topic. Answers are kept by the topic's bytes (at most {@value #CACHED}, then forgotten as a whole), so that a steady publication makes no text. A change of a subscription
 * makes those stale whose topic begins with the same segment, or all when it begins with a wildcard; a stale one is found anew by one walk of the {@link TopicTrie} when it is next wanted.
 * Overlapping interests of one agent give one recipient. Core thread only.
 */
final class TopicIndex {
    private static final int CACHED = 8_192;
    /** What {@link Target#wish} says. */
    static final int NOT = 0;

    static final int LIVE = 1;
    static final int DURABLE = 2;

    /**
     * One recipient of a topic.
     *
     * @param durable any of its matching subscriptions is
     * @param filtered its matching subscriptions, if one of them has a filter: then each message is looked at; else null
     */
    record Target(Agent agent, boolean durable, Interest @Nullable [] filtered) {
        /** Whether it wants this message, and as what. */
        int wish(String sender, int content) {
            if (filtered == null) {
                return durable ? DURABLE : LIVE;
            }
            int wish = NOT;
            for (Interest interest : filtered) {
                if (interest.filter.wants(sender, content)) {
                    wish = Math.max(wish, interest.isDurable ? DURABLE : LIVE);
                }
            }
            return wish;
        }

        /** How many of the filtered subscriptions want this message. */
        int count(String sender, int content, boolean isDurable) {
            int n = 0;
            for (int i = 0; filtered != null && i < filtered.length; i++) {
                n += filtered[i].isDurable == isDurable && filtered[i].filter.wants(sender, content) ? 1 : 0;
            }
            return n;
        }
    }

    /** {@code durable} and {@code live} count subscriptions, not agents, and those of targets without filters only. Not to be changed. */
    record Match(String topic, Target[] targets, int durable, int live) {}

    /** What was found for a topic, and the stamps that it was found under. */
    private static final class Known {
        final int hash;
        final String namespace;
        final byte[] topic;
        final String text;
        final String first;
        Match match;
        long changes;
        long stamp;
        long wildStamp;

        Known(int hash, String namespace, byte[] topic, String text, Match match) {
            this.hash = hash;
            this.namespace = namespace;
            this.topic = topic;
            this.text = text;
            int dot = text.indexOf('.');
            this.first = dot < 0 ? text : text.substring(0, dot);
            this.match = match;
        }
    }

    private final @Nullable Known[] cache = new @Nullable Known[2 * CACHED];
    private final Map<String, TopicTrie> tries = new HashMap<>();
    private int cached;

    private void forget() {
        Arrays.fill(cache, null);
        cached = 0;
    }

    private TopicTrie trie(String namespace) {
        return tries.computeIfAbsent(namespace, n -> new TopicTrie());
    }

    /** The agent wants this pattern from now on; the same again changes its filter. False when nothing is new. */
    boolean add(Agent agent, String pattern, boolean isDurable, InterestFilter filter) {
        Map<String, Interest> interests = isDurable ? agent.durableInterests : agent.liveInterests;
        Interest interest = interests.get(pattern);
        if (interest == null) {
            interest = new Interest(agent, pattern, isDurable, filter);
            interests.put(pattern, interest);
            trie(agent.namespace).add(interest);
            return true;
        }
        boolean isNew = !interest.filter.equals(filter);
        interest.filter = filter;
        trie(agent.namespace).stamp(pattern);
        return isNew;
    }

    /** False when there was none. */
    boolean remove(Agent agent, String pattern, boolean isDurable) {
        Interest interest = (isDurable ? agent.durableInterests : agent.liveInterests).remove(pattern);
        if (interest != null) {
            trie(agent.namespace).remove(interest);
        }
        return interest != null;
    }

    /** The agent's session has ended. */
    void removeLive(Agent agent) {
        agent.liveInterests.values().forEach(interest -> trie(agent.namespace).remove(interest));
        agent.liveInterests.clear();
    }

    /** The match of the TOPIC of the message at {@code at}; null when it has none or no legal one. */
    @Nullable
    Match match(String namespace, ByteBuffer b, int at) {
        long found = HeaderBlock.find(b, at, HeaderKey.TOPIC);
        if (found < 0) {
            return null;
        }
        int from = HeaderBlock.offsetOf(found);
        int length = HeaderBlock.lengthOf(found);
        int hash = hash(namespace, b, from, length);
        Known known = cache[slot(hash, namespace, b, from, length)];
        return known != null ? current(known) : find(namespace, b, from, length, hash);
    }

    private Match current(Known known) {
        TopicTrie trie = trie(known.namespace);
        if (known.changes != trie.changes()) {
            if (known.stamp != trie.stampOf(known.first) || known.wildStamp != trie.wildStamp()) {
                known.match = find(trie, known.text);
            }
            stamp(known, trie);
        }
        return known.match;
    }

    private static void stamp(Known known, TopicTrie trie) {
        known.changes = trie.changes();
        known.stamp = trie.stampOf(known.first);
        known.wildStamp = trie.wildStamp();
    }

    private static int hash(String namespace, ByteBuffer b, int from, int length) {
        int h = namespace.hashCode();
        for (int i = 0; i < length; i++) {
            h = 31 * h + b.get(from + i);
        }
        return h * 0x9E3779B9;
    }

    private int slot(int hash, String namespace, ByteBuffer b, int from, int length) {
        int i = (hash >>> 8) & (cache.length - 1);
        for (Known k = cache[i]; k != null; k = cache[i]) {
            if (k.hash == hash && k.namespace.equals(namespace) && isSame(k.topic, b, from, length)) {
                return i;
            }
            i = (i + 1) & (cache.length - 1);
        }
        return i;
    }

    private static boolean isSame(byte[] topic, ByteBuffer b, int from, int length) {
        if (topic.length != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (topic[i] != b.get(from + i)) {
                return false;
            }
        }
        return true;
    }

    private @Nullable Match find(String namespace, ByteBuffer b, int from, int length, int hash) {
        byte[] bytes = new byte[length];
        b.get(from, bytes);
        String topic = new String(bytes, StandardCharsets.UTF_8);
        if (!Names.isTopic(topic)) {
            return null;
        }
        if (cached >= CACHED) {
            forget();
        }
        TopicTrie trie = trie(namespace);
        Known known = new Known(hash, namespace, bytes, topic, find(trie, topic));
        stamp(known, trie);
        cache[slot(hash, namespace, b, from, length)] = known;
        cached++;
        return known.match;
    }

    private static Match find(TopicTrie trie, String topic) {
        Map<Agent, List<Interest>> found = new LinkedHashMap<>();
        trie.collect(
                topic,
                interest -> found.computeIfAbsent(interest.agent, a -> new ArrayList<>(1))
                        .add(interest));
        Target[] targets = new Target[found.size()];
        int[] counts = new int[2];
        int n = 0;
        for (Map.Entry<Agent, List<Interest>> each : found.entrySet()) {
            targets[n++] = target(each.getKey(), each.getValue(), counts);
        }
        return new Match(topic, targets, counts[0], counts[1]);
    }

    private static Target target(Agent agent, List<Interest> interests, int[] counts) {
        boolean isDurable = interests.stream().anyMatch(interest -> interest.isDurable);
        if (!interests.stream().allMatch(interest -> interest.filter.isAll())) {
            return new Target(agent, isDurable, interests.toArray(new Interest[0]));
        }
        interests.forEach(interest -> counts[interest.isDurable ? 0 : 1]++);
        return new Target(agent, isDurable, null);
    }
}
