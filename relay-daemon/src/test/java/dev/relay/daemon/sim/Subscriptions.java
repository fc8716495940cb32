package dev.relay.daemon.sim;

import dev.relay.protocol.TopicPattern;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Who asked for which topics: whether a publication may come to an agent, and whether it has to. */
final class Subscriptions {
    private record Subscription(String agent, String pattern) {
        boolean wants(String topic) {
            return TopicPattern.matches(pattern, topic);
        }
    }

    private final List<Call> calls;
    private final Set<Subscription> durable = new HashSet<>();
    private final Set<Subscription> everAsked = new HashSet<>();
    /** Told to end: a confirmation that is still on its way says nothing. */
    private final Set<Subscription> ended = new HashSet<>();

    Subscriptions(List<Call> calls) {
        this.calls = calls;
    }

    void asked(String agent, String pattern) {
        everAsked.add(new Subscription(agent, pattern));
        ended.remove(new Subscription(agent, pattern));
    }

    /** Every publication sent from now on counts (I37). */
    void confirmed(String agent, String pattern) {
        if (!ended.contains(new Subscription(agent, pattern))) {
            durable.add(new Subscription(agent, pattern));
        }
    }

    /** What has no receipt yet may be accepted after this. */
    void ending(String agent, String pattern) {
        durable.remove(new Subscription(agent, pattern));
        ended.add(new Subscription(agent, pattern));
        for (Call c : calls) {
            if (c.by == 0 && c.isTopic()) {
                c.expected.remove(agent);
            }
        }
    }

    /** To whom a publication has to come. */
    Stream<String> durable(String topic) {
        return durable.stream().filter(s -> s.wants(topic)).map(Subscription::agent);
    }

    boolean mayCome(String agent, String topic) {
        return everAsked.stream().anyMatch(s -> s.agent.equals(agent) && s.wants(topic));
    }

    void storeReplaced() {
        durable.clear();
    }
}
