package dev.relay.daemon.routing;

import dev.relay.daemon.session.Agent;
import dev.relay.protocol.TopicPattern;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Who wants which topic. Answers are cached per topic (at most {@value #CACHED}, then forgotten as a whole) until a subscription changes. Overlapping
 * interests of one agent give one recipient. Core thread only.
 */
final class TopicIndex {
    private static final int CACHED = 10_000;

    /** One recipient of a topic; durable if any of its matching subscriptions is. */
    record Target(Agent agent, boolean durable) {}

    /** {@code durable} and {@code live} count subscriptions, not agents. */
    record Match(List<Target> targets, int durable, int live) {}

    private final Core core;
    private final Map<String, Match> cache = new HashMap<>();

    TopicIndex(Core core) {
        this.core = core;
    }

    void changed() {
        cache.clear();
    }

    Match match(String namespace, String topic) {
        String key = namespace + "/" + topic;
        Match match = cache.get(key);
        if (match == null) {
            match = find(namespace, topic);
            if (cache.size() >= CACHED) {
                cache.clear();
            }
            cache.put(key, match);
        }
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
        return new Match(targets, durable, live);
    }

    private static int count(Iterable<String> patterns, String topic) {
        int n = 0;
        for (String pattern : patterns) {
            n += TopicPattern.matches(pattern, topic) ? 1 : 0;
        }
        return n;
    }
}
