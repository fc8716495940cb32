package dev.relay.daemon.routing;

import dev.relay.daemon.session.Agent;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import dev.relay.protocol.Names;
import dev.relay.protocol.TopicPattern;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who wants which topic. Answers are cached by the topic's bytes (at most {@value #CACHED}, then forgotten as a whole) until a subscription changes, so that a
 * steady publication makes no text. Overlapping interests of one agent give one recipient. Core thread only.
 */
final class TopicIndex {
    private static final int CACHED = 8_192;

    /** One recipient of a topic; durable if any of its matching subscriptions is. */
    record Target(Agent agent, boolean durable) {}

    /** {@code durable} and {@code live} count subscriptions, not agents. Not to be changed. */
    record Match(String topic, Target[] targets, int durable, int live) {}

    private record Known(int hash, String namespace, byte[] topic, Match match) {}

    private final Core core;
    private final @Nullable Known[] cache = new @Nullable Known[2 * CACHED];
    private int cached;

    TopicIndex(Core core) {
        this.core = core;
    }

    void changed() {
        Arrays.fill(cache, null);
        cached = 0;
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
        int slot = slot(hash, namespace, b, from, length);
        Known known = cache[slot];
        return known != null ? known.match : find(namespace, b, from, length, hash);
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
            changed();
        }
        Match match = find(namespace, topic);
        cache[slot(hash, namespace, b, from, length)] = new Known(hash, namespace, bytes, match);
        cached++;
        return match;
    }

    private Match find(String namespace, String topic) {
        List<Target> targets = new ArrayList<>();
        int durable = 0;
        int live = 0;
        for (Agent agent : core.agents.values()) {
            if (agent.namespace.equals(namespace)) {
                int d = count(agent.durablePatterns, topic);
                int l = count(agent.livePatterns, topic);
                durable += d;
                live += l;
                if (d + l > 0) {
                    targets.add(new Target(agent, d > 0));
                }
            }
        }
        return new Match(topic, targets.toArray(new Target[0]), durable, live);
    }

    private static int count(Iterable<String> patterns, String topic) {
        int n = 0;
        for (String pattern : patterns) {
            n += TopicPattern.matches(pattern, topic) ? 1 : 0;
        }
        return n;
    }
}
